// The two builds of the engine: which one runs, that only that is fetched, and that in int8 both give the same bits.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, launch, MODEL, newPage, serve } from './harness.mjs';

const QUESTION = 'Who sells bread?';
const CONTEXT = 'Ada sells bread in the market. Grace repairs clocks.';
const WASM = { simd128: '/dist/answerlet.simd128.wasm', relaxed: '/dist/answerlet.relaxed.wasm' };

for (const name of BROWSERS) {
  describe(`variants in ${name}`, () => {
    let browser, server, page, best;
    before(async () => {
      server = await serve();
      browser = await launch(name);
      page = await newPage(browser, server.url);
      // The browser compiles the real thing, whatever our probe says.
      best = await page.evaluate(async (url) => ((await WebAssembly.compileStreaming(fetch(url)).catch(() => undefined)) ? 'relaxed' : 'simd128'), WASM.relaxed);
      if (name === 'chromium') assert.equal(best, 'relaxed');
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    const read = async (options) => {
      const from = server.log.length;
      const seen = await page.evaluate(async (options, question, context) => {
        const answerlet = await Answerlet.load(options);
        const { timing, ...result } = await answerlet.ask(question, { context, topK: 3, threshold: -1000, scores: true });
        const { variant, precision } = answerlet.info;
        await answerlet.dispose();
        return { result, variant, precision };
      }, options, QUESTION, CONTEXT);
      return { ...seen, fetched: server.log.slice(from).map(({ path }) => path).filter((path) => path.endsWith('.wasm')) };
    };

    it('the best one that runs here is fetched, and no other', async () => {
      const { variant, precision, fetched } = await read({ model: MODEL });
      assert.deepEqual({ variant, precision, fetched }, { variant: best, precision: 'int8', fetched: [WASM[best]] });
      assert.deepEqual((await read({ model: MODEL, wasmUrl: WASM })).fetched, [WASM[best]]);
    });

    it('the one that is asked for runs', async () => {
      for (const wasmUrl of [WASM.simd128, { simd128: WASM.simd128 }]) {
        const { variant, fetched } = await read({ model: MODEL, wasmUrl });
        assert.deepEqual({ variant, fetched }, { variant: 'simd128', fetched: [WASM.simd128] });
      }
      if (best === 'relaxed') assert.equal((await read({ model: MODEL, wasmUrl: WASM.relaxed })).variant, 'relaxed');
    });

    it('int8 gives the same bits in both', async () => {
      const results = [];
      for (const variant of new Set([best, 'simd128'])) results.push((await read({ model: MODEL, wasmUrl: WASM[variant] })).result);
      assert.ok(results[0].windows[0].startLogits.length > 10);
      for (const other of results) assert.deepEqual(other, results[0]);
    });

    it('f32 is another computation of nearly the same', async () => {
      const [int8, f32] = [await read({ model: MODEL }), await read({ model: MODEL, precision: 'f32' })];
      assert.equal(f32.precision, 'f32');
      const [a, b] = [int8, f32].map(({ result }) => result.windows[0].startLogits);
      assert.notDeepEqual(a, b);
      assert.ok(Math.max(...a.map((logit, at) => Math.abs(logit - b[at]))) < 1);
    });
  });
}
