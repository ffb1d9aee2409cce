// A trap rejects everything pending with a typed error, and the same page loads again and answers as before.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, launch, newPage, serve } from './harness.mjs';

const MODEL = '/checkpoints/bert/';
const QUESTION = 'Who sells bread?';
const CONTEXT = 'Ada sells bread in the market. Grace repairs clocks.';

for (const name of BROWSERS) {
  describe(`a trap in ${name}`, () => {
    let browser, server, page, expected;
    before(async () => {
      server = await serve();
      browser = await launch(name);
      page = await newPage(browser, server.url);
      expected = await page.evaluate((...given) => T.goodLoad(...given), MODEL, QUESTION, CONTEXT);
      assert.equal(expected.answers.length, 1);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    const crashed = ({ error }) => {
      assert.ok(error, 'should have failed');
      assert.deepEqual([error.name, error.code], ['AnswerletError', 'engine_crashed'], error.text);
    };

    // The wrapping itself changes nothing: with the trap far off, all works.
    it('does not come before its time', async () => {
      const result = await page.evaluate(async (model, question, context) => {
        const answerlet = await Answerlet.load({ model, noAnswer: 'learned', workerUrl: '/trap-worker.js?arm=^reading_step$&call=100000' });
        const result = await T.goodAsk(answerlet, question, context);
        await answerlet.dispose();
        return result;
      }, MODEL, QUESTION, CONTEXT);
      assert.deepEqual(result, expected);
    });

    for (const call of [1, 3]) {
      it(`in step ${call} of a reading`, async () => {
        const seen = await page.evaluate(async (model, question, context, call) => {
          const answerlet = await Answerlet.load({ model, workerUrl: `/trap-worker.js?arm=^reading_step$&call=${call}` });
          const pending = [question, question, question].map((text) => T.outcome(answerlet.ask(text, { context: T.longContext(2000) })));
          const outcomes = await Promise.all(pending);
          const later = await T.outcome(answerlet.ask(question, { context }));
          const disposed = await T.outcome(answerlet.dispose());
          return { outcomes, later, disposed, good: await T.goodLoad(model, question, context) };
        }, MODEL, QUESTION, CONTEXT, call);
        seen.outcomes.forEach(crashed);
        crashed(seen.later);
        assert.equal(seen.disposed.error, undefined, 'what has crashed can be disposed of');
        assert.deepEqual(seen.good, expected);
      });
    }

    // Promises call closures back: by turns one in which the weights are pulled, and one that tells it of the next piece.
    const places = { 'the beginning of a load': ['^loading_new$', 1], 'the beginning of the weights': ['^loading_pull$', 1], 'the middle of a load': ['closures.*invoke', 4], 'the next piece of a load': ['closures.*invoke', 3], 'the end of a load': ['^loading_finish$', 1], 'the beginning of a reading': ['^engine_begin$', 1], 'the end of a reading': ['^reading_finish$', 1] };
    for (const [place, [arm, call]] of Object.entries(places)) {
      it(`at ${place}`, async () => {
        const seen = await page.evaluate(async (model, question, context, arm, call) => {
          const workerUrl = `/trap-worker.js?arm=${encodeURIComponent(arm)}&call=${call}`;
          const work = async () => (await Answerlet.load({ model, workerUrl })).ask(question, { context });
          return { bad: await T.outcome(work()), good: await T.goodLoad(model, question, context) };
        }, MODEL, QUESTION, CONTEXT, arm, call);
        crashed(seen.bad);
        assert.deepEqual(seen.good, expected);
      });
    }

    it('in the middle of what is kept: it is kept no longer', async () => {
      const seen = await page.evaluate(async (model, question, context) => {
        const kept = async () => (await (await caches.open('answerlet-2')).keys()).filter(({ url }) => url.includes('model.safetensors')).length;
        await T.goodLoad(model, question, context);
        const before = await kept();
        const bad = await T.outcome(Answerlet.load({ model, workerUrl: '/trap-worker.js?arm=closures.*invoke&call=4' }));
        return { before, bad, after: await kept() };
      }, MODEL, QUESTION, CONTEXT);
      crashed(seen.bad);
      // The record, and the weights' one chunk.
      assert.deepEqual([seen.before, seen.after], [2, 0]);
    });

    it('leaves nothing unhandled in the page', async () => {
      assert.deepEqual(await page.evaluate(() => watched.faults), []);
    });
  });
}
