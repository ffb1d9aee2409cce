// One question of several documents, on the default model: which document an answer is in, and where.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, MODEL, askNative, launch, newPage, readJson, serve } from './harness.mjs';
import { randomContext } from './page/texts.mjs';

const demo = await readJson('www/site/sunset-motors.json');

/** The demo's passage among documents that answer none of its questions. */
const DOCUMENTS = [
  { id: '/river', title: 'The river', text: '🌾 The river rose slowly in spring, and the fields beside it lay under water for weeks.' },
  { id: '/cars é', title: demo.title, url: 'https://example.com/cars?a=1&b=é', text: demo.passage },
  { id: '/bread', text: 'Rye bread is baked with sourdough and keeps for a week in a linen cloth. Wheat bread is best on its first day.' },
];

// As offsets.test.mjs: any span passes, and the windows are narrow.
const TOP_K = 4;
const SETTINGS = { topK: TOP_K, threshold: -1000, maxSequenceLength: 64, docStride: 16 };
const FLAGS = ['--top-k', String(TOP_K), '--threshold=-1000', '--max-seq-len', '64', '--doc-stride', '16'];
const QUESTION = 'Who founded the company?';
/** Seeds of three documents each. */
const TRIPLES = Array.from({ length: 10 }, (_, i) => [1, 2, 3].map((j) => 3 * i + j));

/** What the command line answers to each triple; a document's id is its place. */
const expected = [];
before(async () => {
  for (const seeds of TRIPLES) expected.push(await askNative('www/model', QUESTION, seeds.map((seed) => randomContext(seed)), ...FLAGS));
});

for (const name of BROWSERS) {
  describe(`documents in ${name}`, () => {
    let browser, server, page;
    before(async () => {
      server = await serve();
      browser = await launch(name);
      page = await newPage(browser, server.url);
      await page.evaluate(async (model) => { globalThis.answerlet = await Answerlet.load({ model }); }, MODEL);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    it('answers and refuses as the demo asks, from the right one of three', async () => {
      const results = await page.evaluate(async (questions, context, fallback) => {
        const results = [];
        for (const { question } of questions) {
          const windows = [];
          const onProgress = (progress) => windows.push(progress);
          results.push({ windows, ...await answerlet.ask(question, { context, fallback, onProgress }) });
        }
        return results;
      }, demo.questions, DOCUMENTS, demo.fallback);
      const { id, title, url, text: source } = DOCUMENTS[1];
      for (const [index, { question, answers }] of demo.questions.entries()) {
        const result = results[index];
        assert.equal(result.complete, true, question);
        assert.deepEqual(result.windows, [0, 1, 2, 3].map((windowsDone) => ({ windowsDone, windowsTotal: 3 })), question);
        if (answers.length === 0) {
          assert.deepEqual([result.answered, result.answers, result.fallback], [false, [], demo.fallback], question);
          continue;
        }
        const [answer] = result.answers;
        assert.ok(answers.includes(answer.text), `${question}: ${JSON.stringify(answer)}`);
        assert.deepEqual([answer.documentId, answer.title, answer.url], [id, title, url], question);
        assert.equal(source.slice(answer.start, answer.end), answer.text, question);
      }
    });

    it(`gives the native run’s answers, documents and offsets for ${TRIPLES.length} times three random Unicode documents`, async () => {
      const got = await page.evaluate(async (triples, question, settings) => {
        const results = [];
        for (const seeds of triples) {
          const context = seeds.map((seed, place) => ({ id: String(place), text: T.randomContext(seed) }));
          results.push(await answerlet.ask(question, { context, ...settings }));
        }
        return results;
      }, TRIPLES, QUESTION, SETTINGS);
      const used = new Set();
      for (const [index, seeds] of TRIPLES.entries()) {
        const texts = seeds.map((seed) => randomContext(seed));
        const shape = ({ documentId, text, start, end }) => ({ documentId, text, start, end });
        const { answers } = got[index];
        assert.deepEqual(answers.map(shape), expected[index].answers.map(shape), `seeds ${seeds}`);
        for (const { documentId, text, start, end } of answers) assert.equal(texts[documentId].slice(start, end), text);
        assert.equal(new Set(answers.map(({ text }) => text.toLowerCase())).size, answers.length, 'no text twice');
        for (const { documentId } of answers) used.add(documentId);
      }
      assert.equal(used.size, 3, 'answers came from every place');
    });

    it('slices right where texts and ids hold lone surrogates', async () => {
      const outcome = await page.evaluate(async (settings) => {
        const context = [1, 2, 3].map((place) => ({ id: `${place}\udfff`, title: '\ud800', text: T.randomContext(1000 + place, { loneSurrogates: true }) }));
        const { answers } = await answerlet.ask('Who founded the company?', { context, ...settings });
        const sliced = answers.every(({ documentId, title, text, start, end }) => {
          const document = context.find(({ id }) => id === documentId);
          return document?.title === title && document.text.slice(start, end) === text && text !== '';
        });
        return { broken: context.some(({ text }) => /\p{Surrogate}/u.test(text)), count: answers.length, sliced };
      }, SETTINGS);
      assert.deepEqual(outcome, { broken: true, count: TOP_K, sliced: true });
    });

    it('says which document a window is of', async () => {
      const { windows } = await page.evaluate((context) => answerlet.ask('Who founded Sunset Motors?', { context, scores: true }), DOCUMENTS);
      assert.deepEqual(windows.map(({ documentId }) => documentId), DOCUMENTS.map(({ id }) => id));
      for (const [index, { start, end }] of windows.entries()) assert.deepEqual([start, end], [0, DOCUMENTS[index].text.length]);
    });

    it('a text alone has no document, and one document is answered as its text', async () => {
      const [text, given] = await page.evaluate(async (passage) => {
        const ask = async (context) => (await answerlet.ask('Who founded Sunset Motors?', { context, topK: 3 })).answers;
        return [await ask(passage), await ask([{ id: 'a', text: passage }, { id: 'b', text: ' \r\n' }])];
      }, demo.passage);
      assert.deepEqual(Object.keys(text[0]).sort(), ['confidence', 'end', 'score', 'start', 'text']);
      assert.deepEqual(given, text.map((answer) => ({ ...answer, documentId: 'a' })));
    });

    it('refuses what can’t be asked, with typed errors, and answers after it', async () => {
      const text = demo.passage;
      const cases = [
        [{ context: [] }, 'context_empty', 'context'],
        [{ context: [{ id: 'a', text: '' }, { id: 'b', text: '\t\n' }] }, 'context_empty', 'context'],
        [{ context: [{ id: 'a', text }, { id: 'b', text }, { id: 'a', text }] }, 'argument_invalid', 'context'],
        [{ context: [{ id: 'a', text }, { id: 'b' }] }, 'argument_invalid', 'context[1].text'],
        [{ context: [{ id: 'a', text }], compat: 'hf' }, 'argument_invalid', 'compat'],
      ];
      const outcomes = await page.evaluate(async (inputs) => {
        const outcomes = [];
        for (const input of inputs) outcomes.push(await T.outcome(answerlet.ask('Who founded Sunset Motors?', input)));
        return outcomes;
      }, cases.map(([input]) => input));
      for (const [index, [, code, argument]] of cases.entries()) {
        const { error } = outcomes[index];
        assert.deepEqual([error?.name, error?.code, error?.argument], ['AnswerletError', code, argument]);
      }
      const { answers } = await page.evaluate((context) => answerlet.ask('Who founded Sunset Motors?', { context }), DOCUMENTS);
      assert.equal(answers[0].text, 'Robert Anderson');
    });

    it('a read of many documents tells of all windows, ends at its limit, and can be aborted', async () => {
      const seen = await page.evaluate(async () => {
        const context = Array.from({ length: 40 }, (_, place) => ({ id: String(place), text: T.longContext(600, { fact: place === 0 ? 0.2 : 2 }) }));
        const limited = await answerlet.ask(T.FACT_QUESTION, { context, maxMilliseconds: 300 });
        const controller = new AbortController();
        let progress;
        const long = answerlet.ask(T.FACT_QUESTION, {
          context,
          signal: controller.signal,
          onProgress(told) {
            progress = told;
            if (told.windowsDone === 2) controller.abort();
          },
        });
        const aborted = await T.outcome(long);
        const next = await answerlet.ask(T.FACT_QUESTION, { context: context.slice(0, 1) });
        return { limited, progress, aborted, next };
      });
      assert.equal(seen.limited.complete, false);
      assert.ok(seen.progress.windowsTotal >= 80, JSON.stringify(seen.progress));
      assert.equal(seen.progress.windowsDone, 2, 'nothing was read after the abort');
      assert.equal(seen.aborted.error.name, 'AbortError');
      assert.equal(seen.next.answers[0].documentId, '0');
    });
  });
}
