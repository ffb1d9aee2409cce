// An answer is a verbatim slice of its source, in UTF-16 units, and the same as the native command line's.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, MODEL, askNative, launch, newPage, serve } from './harness.mjs';
import { randomContext } from './page/texts.mjs';

const QUESTIONS = ['Who founded the company?', 'In which year was it founded? 🏭', 'Où se trouve l’e\u0301tablissement?', '谁创办了公司?'];
const SEEDS = Array.from({ length: 32 }, (_, i) => i + 1);
const TOP_K = 3;
const question = (seed) => QUESTIONS[seed % QUESTIONS.length];

// A threshold that any span passes: offsets are at stake here, and refusals have none.
const THRESHOLD = -1000;
const FLAGS = ['--top-k', String(TOP_K), `--threshold=${THRESHOLD}`];
const NARROW = { settings: { maxSequenceLength: 64, docStride: 16 }, flags: ['--max-seq-len', '64', '--doc-stride', '16'] };

/** Models and windows, for the browser and for the command line. */
const READERS = {
  'the default model': { model: MODEL, folder: 'www/model', settings: {}, flags: [], windows: 1 },
  'the default model in narrow windows': { model: MODEL, folder: 'www/model', ...NARROW, windows: 2 },
  // Tokens of single bytes, which may begin and end within a character.
  'a byte-level BPE in narrow windows': {
    model: '/checkpoints/roberta/', folder: 'tests/fixtures/checkpoints/roberta', noAnswer: 'learned',
    settings: NARROW.settings, flags: [...NARROW.flags, '--no-answer', 'learned'], windows: 3,
  },
};

/** In the page: asks for each seed, and checks what only the page can, with its own strings. */
async function askAll(page, { model, noAnswer, settings }, cases) {
  return page.evaluate(async (load, settings, cases) => {
    const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
    const answerlet = await Answerlet.load(load);
    const results = [];
    for (const { seed, question, loneSurrogates } of cases) {
      const context = T.randomContext(seed, { loneSurrogates });
      let windows = 0;
      const onProgress = ({ windowsTotal }) => { windows = windowsTotal; };
      const result = await answerlet.ask(question, { context, onProgress, ...settings });
      const edges = new Set([context.length]);
      for (const { index } of graphemes.segment(context)) edges.add(index);
      results.push({
        result,
        windows,
        sliced: result.answers.every(({ text, start, end }) => text === context.slice(start, end) && text.length > 0),
        whole: result.answers.every(({ start, end }) => edges.has(start) && edges.has(end)),
      });
    }
    await answerlet.dispose();
    return results;
  }, { model, ...(noAnswer && { noAnswer }) }, { topK: TOP_K, threshold: THRESHOLD, ...settings }, cases);
}

/** What the command line answers, for each reader and seed. */
const expected = {};
before(async () => {
  for (const [reader, { folder, flags }] of Object.entries(READERS)) {
    expected[reader] = new Map();
    for (const seed of SEEDS) expected[reader].set(seed, await askNative(folder, question(seed), randomContext(seed), ...FLAGS, ...flags));
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

    for (const [reader, how] of Object.entries(READERS)) {
      it(`with ${reader} are the native run's, for ${SEEDS.length} random Unicode contexts`, async () => {
        const got = await askAll(page, how, SEEDS.map((seed) => ({ seed, question: question(seed) })));
        let answers = 0;
        for (const [index, seed] of SEEDS.entries()) {
          const { result, sliced, whole } = got[index];
          const native = expected[reader].get(seed);
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
        const few = got.filter(({ windows }) => windows < how.windows);
        assert.ok(few.length < SEEDS.length / 2, `${few.length} contexts took fewer than ${how.windows} windows`);
        assert.ok(answers > SEEDS.length, `${answers} answers are too few to show anything`);
      });

      it(`with ${reader} hold in text with lone surrogates`, async () => {
        const seeds = SEEDS.map((seed) => seed + 1000);
        const got = await askAll(page, how, seeds.map((seed) => ({ seed, question: question(seed), loneSurrogates: true })));
        const broken = seeds.filter((seed) => !randomContext(seed, { loneSurrogates: true }).isWellFormed());
        assert.ok(broken.length > seeds.length / 2, 'most of these contexts hold a lone surrogate');
        for (const [index, seed] of seeds.entries()) assert.ok(got[index].sliced, `seed ${seed}`);
        assert.ok(got.some(({ result }) => result.answers.length > 0));
      });
    }
  });
}
