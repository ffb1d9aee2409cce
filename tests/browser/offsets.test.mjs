// An answer is a verbatim slice of its source, in UTF-16 units, and the same as the native command line's.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, MODEL, askNative, launch, newPage, serve } from './harness.mjs';
import { randomContext } from './page/texts.mjs';

const QUESTIONS = ['Who founded the company?', 'In which year was it founded? 🏭', 'Où se trouve l’e\u0301tablissement?', '谁创办了公司?'];
const SEEDS = Array.from({ length: 32 }, (_, i) => i + 1);
const TOP_K = 3;
const question = (seed) => QUESTIONS[seed % QUESTIONS.length];

/** In the page: asks for each seed, and checks what only the page can, with its own strings. */
async function askAll(page, cases) {
  return page.evaluate(async (model, cases, topK, threshold) => {
    const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
    const answerlet = await Answerlet.load({ model });
    const results = [];
    for (const { seed, question, loneSurrogates } of cases) {
      const context = T.randomContext(seed, { loneSurrogates });
      const result = await answerlet.ask(question, { context, topK, threshold });
      const edges = new Set([context.length]);
      for (const { index } of graphemes.segment(context)) edges.add(index);
      results.push({
        result,
        sliced: result.answers.every(({ text, start, end }) => text === context.slice(start, end) && text.length > 0),
        whole: result.answers.every(({ start, end }) => edges.has(start) && edges.has(end)),
      });
    }
    await answerlet.dispose();
    return results;
  }, MODEL, cases, TOP_K, THRESHOLD);
}

// A threshold that any span passes: offsets are at stake here, and refusals have none.
const THRESHOLD = -1000;
const expected = new Map();
before(async () => {
  for (const seed of SEEDS) {
    expected.set(seed, await askNative('www/model', question(seed), randomContext(seed), '--top-k', String(TOP_K), `--threshold=${THRESHOLD}`));
  }
});

for (const name of BROWSERS) {
  describe(`offsets in ${name}`, () => {
    let browser, server, page;
    before(async () => {
      server = await serve();
      browser = await launch(name);
      page = await newPage(browser, server.url);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    it(`are the native run's, for ${SEEDS.length} random Unicode contexts`, async () => {
      const got = await askAll(page, SEEDS.map((seed) => ({ seed, question: question(seed) })));
      let answers = 0;
      for (const [index, seed] of SEEDS.entries()) {
        const { result, sliced, whole } = got[index];
        const native = expected.get(seed);
        const context = randomContext(seed);
        const about = `seed ${seed}: ${JSON.stringify(context)}`;
        assert.ok(sliced, about);
        assert.ok(whole, `cuts a grapheme cluster: ${JSON.stringify(result.answers)} ${about}`);
        const shape = ({ text, start, end }) => ({ text, start, end });
        assert.deepEqual(result.answers.map(shape), native.answers.map(shape), about);
        for (const [i, { score, confidence }] of result.answers.entries()) {
          assert.ok(Math.abs(score - native.answers[i].score) < 1e-4, about);
          assert.ok(Math.abs(confidence - native.answers[i].confidence) < 1e-4, about);
        }
        assert.deepEqual([result.answered, result.fallback, result.complete], [native.answered, native.fallback, native.complete], about);
        answers += result.answers.length;
      }
      assert.ok(answers > SEEDS.length, `${answers} answers are too few to show anything`);
    });

    it('hold in text with lone surrogates', async () => {
      const seeds = SEEDS.map((seed) => seed + 1000);
      const got = await askAll(page, seeds.map((seed) => ({ seed, question: question(seed), loneSurrogates: true })));
      const broken = seeds.filter((seed) => !randomContext(seed, { loneSurrogates: true }).isWellFormed());
      assert.ok(broken.length > seeds.length / 2, 'most of these contexts hold a lone surrogate');
      for (const [index, seed] of seeds.entries()) assert.ok(got[index].sliced, `seed ${seed}`);
      assert.ok(got.some(({ result }) => result.answers.length > 0));
    });
  });
}
