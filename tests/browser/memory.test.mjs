// The engine's memory while a model loads: linear memory never shrinks, so what it is afterwards is the peak.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, launch, MODEL, newPage, readFolder, serve } from './harness.mjs';
import * as safetensors from './safetensors.mjs';

const model = await readFolder('www/model');
const INT8_BYTES = model['model.safetensors'].length;
/** Far below the size of the model as F32. */
const MOST_BYTES = 1.3 * INT8_BYTES + (32 << 20);

/** The default model as the F32 checkpoint that it could have been. */
function dequantised() {
  return safetensors.changed(model['model.safetensors'], (tensors) => {
    for (const [name, { dtype, shape, bytes }] of [...tensors]) {
      if (dtype !== 'I8') continue;
      const scale = tensors.get(`${name}.scale`);
      tensors.delete(`${name}.scale`);
      const [rows, width] = shape;
      const values = new Float32Array(rows * width);
      for (let row = 0; row < rows; row += 1) {
        const factor = scale.bytes.readFloatLE(4 * row);
        for (let at = row * width; at < (row + 1) * width; at += 1) values[at] = factor * bytes.readInt8(at);
      }
      tensors.set(name, { dtype: 'F32', shape, bytes: Buffer.from(values.buffer) });
    }
  });
}

for (const name of BROWSERS) {
  describe(`memory in ${name}`, () => {
    let browser, server, page;
    before(async () => {
      const float = dequantised();
      assert.ok(float.length > 1.3 * MOST_BYTES);
      const files = { '/float/config.json': model['config.json'], '/float/tokenizer.json': model['tokenizer.json'], '/float/model.safetensors': () => ({ headers: { ETag: '"1"' }, body: float }) };
      server = await serve({ files });
      browser = await launch(name);
      page = await newPage(browser, server.url);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    const memoryOf = (options) =>
      page.evaluate(async (options) => {
        const answerlet = await Answerlet.load(options);
        const { memoryBytes } = answerlet.info;
        await answerlet.dispose();
        return memoryBytes;
      }, options);

    for (const [what, options] of Object.entries({
      'an int8 folder': { model: MODEL, cache: false },
      'a checkpoint of F32, from the network': { model: '/float/' },
      'a checkpoint of F32, from what the browser kept': { model: '/float/' },
    })) {
      it(`loading ${what} takes little more than its int8 weights`, async () => {
        const bytes = await memoryOf(options);
        assert.ok(bytes > INT8_BYTES && bytes <= MOST_BYTES, `${bytes} bytes, of at most ${MOST_BYTES}`);
      });
    }

    it('whatever size the pieces have that it comes in', async () => {
      const bytes = await page.evaluate(async (folder) => {
        const bytes = async (file) => new Uint8Array(await (await fetch(folder + file)).arrayBuffer());
        const model = { config: await bytes('config.json'), tokenizer: await bytes('tokenizer.json'), weights: `${folder}model.safetensors` };
        const whole = async (url, init) => {
          const content = new Uint8Array(await (await fetch(url, init)).arrayBuffer());
          // All in one piece.
          return new Response(new ReadableStream({ start: (controller) => (controller.enqueue(content), controller.close()) }));
        };
        const answerlet = await Answerlet.load({ model, fetch: whole, cache: false });
        const { memoryBytes } = answerlet.info;
        await answerlet.dispose();
        return memoryBytes;
      }, '/float/');
      assert.ok(bytes > INT8_BYTES && bytes <= MOST_BYTES, `${bytes} bytes, of at most ${MOST_BYTES}`);
    });
  });
}
