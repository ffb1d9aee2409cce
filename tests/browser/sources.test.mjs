// Where a model can come from, who may be asked for it, and what is left after dispose.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, askNative, launch, newPage, readFolder, serve } from './harness.mjs';

/** The three architectures, and folders from before `tokenizer.json`. */
const CHECKPOINTS = ['bert', 'roberta', 'distilbert', 'bert-vocab-txt', 'roberta-vocab-merges', 'bert-old-names'];
const BERT = '/checkpoints/bert/';
const bert = await readFolder('tests/fixtures/checkpoints/bert');
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
      const { error } = await page.evaluate((model) => T.outcome(Answerlet.load({ model, cache: false, fetch: () => Promise.reject(new Error('no signal on board')) })), BERT);
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

    it('another origin, which says nothing of an answerlet.json that it does not have', async () => {
      const allowed = { 'Access-Control-Allow-Origin': '*' };
      const files = Object.fromEntries(
        ['config.json', 'tokenizer.json', 'model.safetensors'].map((file) => [`/elsewhere/${file}`, () => ({ headers: allowed, body: bert[file] })]),
      );
      const elsewhere = await serve({ files });
      // The page's own server must not forbid it.
      const open = await serve();
      const other = await newPage(browser, open.url);
      const result = await ask(other, { model: `${elsewhere.url}/elsewhere/` }).catch((error) => error);
      await other.close();
      await open.close();
      await elsewhere.close();
      assert.deepEqual(result, expected);
      assert.deepEqual(elsewhere.log.filter(({ status }) => status !== 200).map(({ path }) => path), ['/elsewhere/answerlet.json']);
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
      // Of the two builds the one that runs.
      const library = ['/dist/index.js', '/dist/worker.js', strict.log.find(({ path }) => path.endsWith('.wasm')).path];
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
        const models = ['bert', 'roberta'].map((name) => `/checkpoints/${name}/`);
        const alone = [];
        for (const model of models) alone.push(await T.goodLoad(model, question, context));
        const readers = await Promise.all(models.map((model) => Answerlet.load({ model, noAnswer: 'learned' })));
        const together = await Promise.all(readers.map((reader) => T.goodAsk(reader, question, context)));
        const kinds = readers.map(({ info }) => info.model.architecture);
        await readers[0].dispose();
        const after = await T.goodAsk(readers[1], question, context);
        await readers[1].dispose();
        return { kinds, alone, together, after };
      }, QUESTION, CONTEXT);
      assert.deepEqual(seen.kinds, ['bert', 'roberta']);
      assert.ok(seen.alone.every(({ answers }) => answers.length === 1));
      assert.notDeepEqual(seen.alone[0], seen.alone[1]);
      assert.deepEqual(seen.together, seen.alone);
      assert.deepEqual(seen.after, seen.alone[1]);
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
