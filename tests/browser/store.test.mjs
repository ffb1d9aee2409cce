// What a real browser keeps of a model: the second load doesn't download it, nor does one without a network, and the bits are the same.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, CLI, launch, MODEL, newPage, readFolder, ROOT, serve } from './harness.mjs';
import * as safetensors from './safetensors.mjs';

const BERT = '/checkpoints/bert/';
const bert = await readFolder('tests/fixtures/checkpoints/bert');
const QUESTION = 'Who sells bread?';
const CONTEXT = 'Ada sells bread in the market. Grace repairs clocks.';
const ALLOWED = { 'Access-Control-Allow-Origin': '*' };

/** The weights as the command line quantises them. */
function quantised() {
  const folder = mkdtempSync(path.join(tmpdir(), 'answerlet-'));
  try {
    execFileSync(CLI, ['quantize', '--model', path.join(ROOT, 'tests/fixtures/checkpoints/bert'), '--out', path.join(folder, 'int8'), '--language', 'en', '--no-answer', 'none']);
    return readFileSync(path.join(folder, 'int8/model.safetensors'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const name of BROWSERS) {
  describe(`the store in ${name}`, () => {
    let browser, server, page;
    before(async () => {
      browser = await launch(name);
    });
    after(() => browser?.close());

    /** A server of its own, which to a browser is a site without a past. */
    const site = async (options) => {
      server = await serve(options);
      page = await newPage(browser, server.url);
    };
    const leave = async () => {
      await page?.close();
      await server?.close();
    };

    /** Loads in a fresh worker, asks; with the requests for files of the model. */
    const read = async (options) => {
      const from = server.log.length;
      const seen = await page.evaluate(async (options, question, context) => {
        const told = [];
        const answerlet = await Answerlet.load({ ...options, onProgress: (progress) => told.push(progress) });
        const { timing, ...result } = await answerlet.ask(question, { context, topK: 3, threshold: -1000, scores: true });
        await answerlet.dispose();
        return { result, progress: told.at(-1) };
      }, options, QUESTION, CONTEXT);
      assert.ok(seen.result.windows[0].startLogits.length > 5);
      assert.equal(seen.progress.phase, 'ready');
      assert.equal(seen.progress.loaded, seen.progress.total);
      const asked = server.log.slice(from).map(({ path }) => path).filter((path) => !path.startsWith('/dist/'));
      return { ...seen, asked: asked.map((path) => path.split('/').at(-1)).sort() };
    };

    /** The sizes of what is kept, by key. */
    const kept = () =>
      page.evaluate(async () => {
        const sizes = {};
        const cache = await caches.open('answerlet-1');
        for (const request of await cache.keys()) sizes[request.url] = (await (await cache.match(request)).arrayBuffer()).byteLength;
        return sizes;
      });

    const weightsKey = (sizes) => Object.keys(sizes).find((key) => /answerlet=\w+\./.test(key));

    it('a model with a manifest: the second load asks for the manifest alone', async () => {
      await site();
      const first = await read({ model: MODEL });
      assert.ok(first.asked.includes('model.safetensors'));
      const second = await read({ model: MODEL });
      assert.deepEqual(second.asked, ['answerlet.json']);
      assert.deepEqual(second.result, first.result);
      // In another page of the site, too.
      await page.close();
      page = await newPage(browser, server.url);
      const third = await read({ model: MODEL });
      assert.deepEqual(third.asked, ['answerlet.json']);
      assert.deepEqual(third.result, first.result);
      await leave();
    });

    it('a checkpoint of floats: kept as int8, as the command line writes it, and loaded to the same bits', async () => {
      // So slow that whoever downloads it again takes two seconds.
      await site({ bytesPerSecond: (path) => (path.endsWith('.safetensors') ? 65_000 : 0) });
      const first = await read({ model: BERT });
      const sizes = await kept();
      const bytes = await page.evaluate(async (key) => [...new Uint8Array(await (await (await caches.open('answerlet-1')).match(key)).arrayBuffer())], weightsKey(sizes));
      assert.ok(quantised().equals(Buffer.from(bytes)));
      const begin = performance.now();
      const second = await read({ model: BERT });
      const took = performance.now() - begin;
      assert.deepEqual(second.result, first.result);
      assert.ok(took < 1500, `the second load took ${took} ms`);
      await leave();
    });

    it('without a network: what was loaded last', async () => {
      await site();
      const far = await serve({ headers: ALLOWED });
      const models = [`${far.url}${BERT}`, `${far.url}${MODEL}`];
      const first = [];
      for (const model of models) first.push(await read({ model }));
      await far.close();
      for (const [at, model] of models.entries()) assert.deepEqual((await read({ model })).result, first[at].result);
      const { error } = await page.evaluate((model) => T.outcome(Answerlet.load({ model, cache: false })), models[0]);
      assert.equal(error?.code, 'network');
      await leave();
    });

    it('another model at the same place takes the place of the old one', async () => {
      let weights = bert['model.safetensors'];
      let version = 1;
      const files = Object.fromEntries(['config.json', 'tokenizer.json'].map((file) => [`/m/${file}`, bert[file]]));
      files['/m/model.safetensors'] = () => ({ headers: { ETag: `"${version}"` }, body: weights });
      await site({ files });
      const first = await read({ model: '/m/' });
      const before = await kept();
      weights = safetensors.changed(weights, (tensors) => {
        const head = tensors.get('qa_outputs.weight');
        tensors.set('qa_outputs.weight', { ...head, bytes: Buffer.from(head.bytes).reverse().map((byte, at) => (at % 4 === 3 ? 0x3d : byte)) });
      });
      version = 2;
      const second = await read({ model: '/m/' });
      assert.notDeepEqual(second.result, first.result);
      const sizes = await kept();
      assert.equal(Object.keys(sizes).length, 2);
      assert.notEqual(weightsKey(sizes), weightsKey(before));
      assert.deepEqual((await read({ model: '/m/' })).result, second.result);
      await leave();
    });

    it('a model that breaks off or is damaged is not kept, and the page loads a good one', async () => {
      const good = bert['model.safetensors'];
      const damaged = safetensors.changed(good, (tensors) => {
        const bias = tensors.get('qa_outputs.bias');
        const bytes = Buffer.from(bias.bytes);
        bytes.writeFloatLE(NaN, 0);
        tensors.set('qa_outputs.bias', { ...bias, bytes });
      });
      const files = Object.fromEntries(['a', 'b'].flatMap((folder) => ['config.json', 'tokenizer.json'].map((file) => [`/${folder}/${file}`, bert[file]])));
      files['/a/model.safetensors'] = () => ({ headers: { ETag: '"1"' }, body: damaged });
      files['/b/model.safetensors'] = () => ({ headers: { ETag: '"1"' }, body: good.subarray(0, good.length - 1000) });
      await site({ files });
      for (const model of ['/a/', '/b/']) assert.ok((await page.evaluate((model) => T.outcome(Answerlet.load({ model })), model)).error, model);
      assert.deepEqual(await kept(), {});
      await read({ model: BERT });
      assert.equal(Object.keys(await kept()).length, 2);
      await leave();
    });

    if (name === 'chromium') {
      it('no room: the model loads, and is not kept', async () => {
        await site();
        const session = await page.createCDPSession();
        await session.send('Storage.overrideQuotaForOrigin', { origin: server.url, quotaSize: 2_000_000 });
        for (let time = 0; time < 2; time++) assert.ok((await read({ model: MODEL })).asked.includes('model.safetensors'));
        assert.equal(weightsKey(await kept()), undefined);
        await leave();
      });
    }
  });
}
