// Where a model can come from, who may be asked for it, and what is left after dispose.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, askNative, launch, newPage, serve } from './harness.mjs';

/** The three architectures, and folders from before `tokenizer.json`. */
const CHECKPOINTS = ['bert', 'roberta', 'distilbert', 'bert-vocab-txt', 'roberta-vocab-merges', 'bert-old-names'];
const BERT = '/checkpoints/bert/';
const QUESTION = 'Who sells bread?';
const CONTEXT = 'Ada sells bread in the market. Grace repairs clocks.';
/** Nothing from elsewhere, no eval but wasm's. */
const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:";

for (const name of BROWSERS) {
  describe(`model sources in ${name}`, () => {
    let browser, server, page, expected;
    before(async () => {
      server = await serve({ headers: { 'Content-Security-Policy': CSP } });
      browser = await launch(name);
      page = await newPage(browser, server.url);
      expected = await ask(page, { model: BERT });
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    /** What the model says about one question, without the times. */
    const ask = (page, options) =>
      page.evaluate(async (options, question, context) => {
        const answerlet = await Answerlet.load(options);
        const { timing, ...result } = await answerlet.ask(question, { context, topK: 3, threshold: -1000, scores: true });
        await answerlet.dispose();
        return result;
      }, options, QUESTION, CONTEXT);

    it('a folder, with or without the slash, relative or absolute', async () => {
      assert.ok(expected.answers.length > 0);
      for (const model of ['/checkpoints/bert', 'checkpoints/bert/', `${server.url}${BERT}`]) {
        assert.deepEqual(await ask(page, { model }), expected, model);
      }
    });

    it('one URL for each file', async () => {
      const model = { config: `${BERT}config.json`, tokenizer: `${BERT}tokenizer.json`, weights: `${server.url}${BERT}model.safetensors` };
      assert.deepEqual(await ask(page, { model }), expected);
    });

    for (const kind of ['bytes', 'ArrayBuffer', 'File']) {
      it(`${kind}, which stay the caller's`, async () => {
        const seen = await page.evaluate(async (folder, kind, question, context) => {
          const file = async (name) => {
            const buffer = await (await fetch(folder + name)).arrayBuffer();
            return kind === 'bytes' ? new Uint8Array(buffer) : kind === 'File' ? new File([buffer], name) : buffer;
          };
          const model = { config: await file('config.json'), tokenizer: await file('tokenizer.json'), weights: await file('model.safetensors') };
          const size = (source) => source.size ?? source.byteLength;
          const before = Object.values(model).map(size);
          const answerlet = await Answerlet.load({ model });
          const { timing, ...result } = await answerlet.ask(question, { context, topK: 3, threshold: -1000, scores: true });
          await answerlet.dispose();
          return { result, before, after: Object.values(model).map(size) };
        }, BERT, kind, QUESTION, CONTEXT);
        assert.deepEqual(seen.result, expected);
        assert.deepEqual(seen.after, seen.before);
      });
    }

    it("the caller's own fetch", async () => {
      const seen = await page.evaluate(async (model, question, context) => {
        const asked = [];
        const own = (input, init) => {
          asked.push(new URL(String(input?.url ?? input), location.href).pathname);
          return fetch(input, init);
        };
        const answerlet = await Answerlet.load({ model, fetch: own });
        const { timing, ...result } = await answerlet.ask(question, { context, topK: 3, threshold: -1000, scores: true });
        await answerlet.dispose();
        return { asked, result };
      }, BERT, QUESTION, CONTEXT);
      assert.deepEqual(seen.result, expected);
      for (const file of ['config.json', 'tokenizer.json', 'model.safetensors']) assert.ok(seen.asked.includes(BERT + file), file);
    });

    it("a fetch of the caller's that fails", async () => {
      const { error } = await page.evaluate((model) => T.outcome(Answerlet.load({ model, fetch: () => Promise.reject(new Error('no signal on board')) })), BERT);
      assert.equal(error?.code, 'network', error?.text);
      assert.match(error.message, /no signal on board/);
    });

    for (const checkpoint of CHECKPOINTS) {
      it(`${checkpoint}: as the native build reads it`, async () => {
        // As a reader that has learned to refuse: else the floor of the confidence leaves random weights no answer.
        const result = await ask(page, { model: `/checkpoints/${checkpoint}/`, noAnswer: 'learned' });
        const native = await askNative(`tests/fixtures/checkpoints/${checkpoint}`, QUESTION, CONTEXT, '--top-k', '3', '--threshold=-1000', '--no-answer', 'learned');
        const shape = ({ answers }) => answers.map(({ text, start, end }) => ({ text, start, end }));
        assert.ok(result.answers.length > 0);
        assert.deepEqual(shape(result), shape(native));
        for (const [i, { score }] of result.answers.entries()) assert.ok(Math.abs(score - native.answers[i].score) < 1e-5);
      });
    }

    it('compressed files, whose length the server does not tell', async () => {
      const compressed = await serve({ gzip: true });
      const other = await newPage(browser, compressed.url);
      assert.deepEqual(await ask(other, { model: BERT }), expected);
      await other.close();
      await compressed.close();
    });

    it('asks its own host only, for nothing but the library and the model', async () => {
      const strict = await serve({ headers: { 'Content-Security-Policy': CSP } });
      const other = await browser.newPage();
      const urls = [];
      other.on('request', (request) => urls.push(request.url()));
      await other.goto(`${strict.url}/`);
      await other.waitForFunction(() => globalThis.T !== undefined);
      await ask(other, { model: BERT });
      const resources = await other.evaluate(() => performance.getEntriesByType('resource').map((entry) => entry.name));
      await other.close();
      await strict.close();
      for (const url of [...urls, ...resources]) assert.ok(url.startsWith(`${strict.url}/`) || url.startsWith('data:'), url);
      const page = ['/', '/watch.js', '/page.js', '/texts.mjs'];
      const library = ['/dist/index.js', '/dist/worker.js', '/dist/answerlet.simd128.wasm'];
      const model = ['config.json', 'tokenizer.json', 'model.safetensors', 'answerlet.json'].map((file) => BERT + file);
      const got = strict.log.map(({ path }) => path);
      assert.deepEqual([...new Set(got)].filter((path) => ![...page, ...library, ...model].includes(path)), []);
      for (const path of [...library, ...model.slice(0, 3)]) assert.equal(got.filter((other) => other === path).length, 1, `${path} is asked for once`);
    });

    it('dispose ends what is pending, can be said twice, and what follows is a typed error', async () => {
      const seen = await page.evaluate(async (model, question) => {
        const answerlet = await Answerlet.load({ model });
        const pending = T.outcome(answerlet.ask(question, { context: T.longContext(20_000) }));
        await answerlet.dispose();
        await answerlet.dispose();
        return { pending: await pending, later: await T.outcome(answerlet.ask(question, { context: 'Ada.' })) };
      }, BERT, QUESTION);
      assert.equal(seen.pending.error?.code, 'disposed');
      assert.equal(seen.later.error?.code, 'disposed');
    });

    it('two models at once do not mix', async () => {
      const seen = await page.evaluate(async (question, context) => {
        const [bert, roberta] = await Promise.all(['bert', 'roberta'].map((name) => Answerlet.load({ model: `/checkpoints/${name}/` })));
        const results = await Promise.all([bert.ask(question, { context }), roberta.ask(question, { context })]);
        const kinds = [bert, roberta].map(({ info }) => info.model.architecture);
        await bert.dispose();
        const after = await roberta.ask(question, { context });
        await roberta.dispose();
        return { kinds, count: results.length, after };
      }, QUESTION, CONTEXT);
      assert.deepEqual(seen.kinds, ['bert', 'roberta']);
      assert.equal(typeof seen.after.answered, 'boolean');
    });

    it('without SIMD or workers, load says so', async () => {
      for (const missing of ['Worker', 'WebAssembly']) {
        const other = await browser.newPage();
        await other.goto(`${server.url}/`);
        await other.waitForFunction(() => globalThis.T !== undefined);
        const seen = await other.evaluate(async (model, missing) => {
          delete globalThis[missing];
          return { supported: Answerlet.isSupported(), load: await T.outcome(Answerlet.load({ model })) };
        }, BERT, missing);
        await other.close();
        assert.equal(seen.supported, false);
        assert.equal(seen.load.error?.code, 'unsupported');
      }
    });

    it('left nothing unhandled in the page', async () => {
      assert.deepEqual(await page.evaluate(() => watched.faults), []);
    });
  });
}
