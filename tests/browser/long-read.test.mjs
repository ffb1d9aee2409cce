// Long reads can be left at any time: cancelled, out of time, or overtaken by the next question.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, MODEL, launch, newPage, serve } from './harness.mjs';
import { FACT_ANSWER } from './page/texts.mjs';

const WORDS = 50_000;
/** What messages between page and worker may cost on top of a layer, in ms. */
const SLACK_MS = 30;

for (const name of BROWSERS) {
  describe(`long reads in ${name}`, () => {
    let browser, server, page;
    before(async () => {
      server = await serve();
      browser = await launch(name);
      page = await newPage(browser, server.url);
      await page.evaluate(async (model) => (globalThis.answerlet = await Answerlet.load({ model })), MODEL);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    it(`an abort in the middle of ${WORDS} words ends within one layer's time`, async (t) => {
      const seen = await page.evaluate(async (words) => {
        const context = T.longContext(words);
        const short = { context: 'Barnaby works at night.', maxSequenceLength: 64 };
        const ask = () => answerlet.ask('Who works at night?', short);
        await ask(); // The first one compiles.
        const usual = [];
        for (let i = 0; i < 5; i += 1) {
          const before = performance.now();
          await ask();
          usual.push(performance.now() - before);
        }
        const windowMs = [];
        const aborts = [];
        let windowsTotal;
        // Windows 4 to 6 set the pace; the abort then comes at different places of the next window's layers.
        for (const [round, delay] of [0, 0.15, 0.4, 0.65, 0.9].entries()) {
          const controller = new AbortController();
          let last;
          const reached = new Promise((resolve) => {
            const onProgress = (event) => {
              windowsTotal = event.windowsTotal;
              const now = performance.now();
              if (event.windowsDone > 3 && last !== undefined) windowMs.push(now - last);
              last = now;
              if (event.windowsDone === 6 + round) resolve();
            };
            globalThis.reading = T.outcome(answerlet.ask(T.FACT_QUESTION, { context, onProgress, signal: controller.signal }));
          });
          await Promise.race([reached, reading]);
          await new Promise((resolve) => setTimeout(resolve, delay * windowMs.at(-1)));
          const reason = new Error(`abort ${round}`);
          const before = performance.now();
          controller.abort(reason);
          const { error } = await reading;
          const rejectedMs = performance.now() - before;
          const next = await ask();
          aborts.push({ rejectedMs, nextMs: performance.now() - before, message: error?.message, next: next.answers[0]?.text });
        }
        return { count: context.split(/\s+/).length, usual, windowMs, aborts, windowsTotal, layers: answerlet.info.model.layers };
      }, WORDS);

      assert.equal(seen.count, WORDS);
      assert.ok(seen.windowsTotal > 150, `${seen.windowsTotal} windows`);
      assert.ok(seen.layers > 0);
      // The slowest of the windows that were timed: a layer may take as long as that one's did.
      const layerMs = Math.max(...seen.windowMs) / seen.layers;
      t.diagnostic(`one layer of a window: ${layerMs.toFixed(1)} ms at most (${seen.windowMs.length} windows of ${seen.windowsTotal} timed, ${Math.min(...seen.windowMs).toFixed(0)} to ${Math.max(...seen.windowMs).toFixed(0)} ms); short question: ${Math.max(...seen.usual).toFixed(1)} ms`);
      t.diagnostic(`abort to rejection, ms: ${seen.aborts.map(({ rejectedMs }) => rejectedMs.toFixed(1)).join(', ')}; to the next answer: ${seen.aborts.map(({ nextMs }) => nextMs.toFixed(1)).join(', ')}`);
      for (const [round, { rejectedMs, nextMs, message, next }] of seen.aborts.entries()) {
        assert.equal(message, `abort ${round}`, 'rejects with the signal\'s reason');
        assert.ok(rejectedMs <= layerMs + SLACK_MS, `rejected after ${rejectedMs} ms`);
        // The worker itself has left the long read, too: the next answer waits for no more than the layer under way.
        assert.ok(nextMs <= layerMs + Math.max(...seen.usual) + SLACK_MS, `next answer after ${nextMs} ms`);
        assert.equal(next, 'Barnaby');
      }
    });

    it('a signal that has fired already asks nothing', async () => {
      const { error } = await page.evaluate(() =>
        T.outcome(answerlet.ask('Who?', { context: 'Ada.', signal: AbortSignal.abort() })));
      assert.equal(error.name, 'AbortError');
      const load = await page.evaluate((model) => T.outcome(Answerlet.load({ model, signal: AbortSignal.abort() })), MODEL);
      assert.equal(load.error.name, 'AbortError');
    });

    it('maxMilliseconds ends a long read with what was found', async (t) => {
      const { result, tookMs, events, context } = await page.evaluate(async (words) => {
        const context = T.longContext(words, { fact: 0.001 });
        let events = 0;
        let last;
        const before = performance.now();
        const result = await answerlet.ask(T.FACT_QUESTION, { context, maxMilliseconds: 3000, onProgress: (event) => { events += 1; last = { ...event }; } });
        return { result, tookMs: performance.now() - before, events: { count: events, last }, context: context.slice(0, 2000) };
      }, WORDS);
      t.diagnostic(`took ${tookMs.toFixed(0)} ms, ${JSON.stringify(events)}, timing ${JSON.stringify(result.timing)}`);
      assert.equal(result.complete, false);
      assert.ok(events.last.windowsDone < events.last.windowsTotal);
      assert.ok(tookMs < 4500, `took ${tookMs} ms`);
      assert.equal(result.answers[0]?.text, FACT_ANSWER);
      assert.equal(context.slice(result.answers[0].start, result.answers[0].end), result.answers[0].text);
    });

    it('the latest question wins', async () => {
      const seen = await page.evaluate(async () => {
        const context = T.longContext(2000);
        let controller;
        const asked = [];
        for (const question of ['W', 'Who works', 'Who is the night', T.FACT_QUESTION]) {
          controller?.abort();
          controller = new AbortController();
          asked.push(T.outcome(answerlet.ask(question, { context, signal: controller.signal })));
          await new Promise((resolve) => setTimeout(resolve, 60));
        }
        return Promise.all(asked);
      });
      assert.deepEqual(seen.slice(0, 3).map(({ error }) => error?.name), ['AbortError', 'AbortError', 'AbortError']);
      assert.equal(seen[3].value.answers[0].text, FACT_ANSWER);
      assert.equal(seen[3].value.complete, true);
    });

    it('questions asked at once are all answered', async () => {
      const seen = await page.evaluate(() => Promise.all([
        answerlet.ask('Who sells bread?', { context: 'Ada sells bread. Grace repairs clocks.' }),
        answerlet.ask(T.FACT_QUESTION, { context: T.longContext(1000) }),
        answerlet.ask('Who repairs clocks?', { context: 'Ada sells bread. Grace repairs clocks.' }),
      ]));
      assert.deepEqual(seen.map(({ answers }) => answers[0]?.text), ['Ada', FACT_ANSWER, 'Grace']);
    });

    it('an abort in the middle of a load leaves the page free to load again', async () => {
      const seen = await page.evaluate(async (model) => {
        const controller = new AbortController();
        const onProgress = ({ phase }) => { if (phase === 'weights') controller.abort(); };
        const aborted = await T.outcome(Answerlet.load({ model, onProgress, signal: controller.signal }));
        return { aborted, good: await T.goodLoad(model, 'Who sells bread?', 'Ada sells bread.') };
      }, MODEL);
      assert.equal(seen.aborted.error?.name, 'AbortError');
      assert.equal(seen.good.answers[0].text, 'Ada');
    });
  });
}
