// The default model in real browsers: answers, what the page leaves to the worker, and the page's event loop.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, MODEL, launch, newPage, readJson, serve } from './harness.mjs';
import { FACT_ANSWER } from './page/texts.mjs';

const demo = await readJson('www/site/sunset-motors.json');

/** The longest pause that the page may notice. */
const MAX_PAUSE_MS = 100;

for (const name of BROWSERS) {
  describe(`reading in ${name}`, () => {
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

    it('answers and refuses as the demo asks, while the page stays idle', async (t) => {
      const seen = await page.evaluate(async (model, demo) => {
        const beat = T.heartbeat();
        beat.phase('load');
        const progress = [];
        const answerlet = await Answerlet.load({ model, onProgress: (event) => progress.push({ ...event }) });
        beat.phase('ask');
        const results = [];
        for (const { question } of demo.questions) {
          results.push(await answerlet.ask(question, { context: demo.passage, fallback: demo.fallback }));
        }
        beat.phase('scores');
        const scored = await answerlet.ask(demo.questions[0].question, { context: demo.passage, scores: true, topK: 5 });
        beat.phase('long');
        const windows = [];
        const long = await answerlet.ask(T.FACT_QUESTION, {
          context: T.longContext(3000, { fact: 0.7 }),
          onProgress: (event) => windows.push({ ...event }),
        });
        beat.phase('dispose');
        const info = answerlet.info;
        await answerlet.dispose();
        return { pauses: beat.stop(), progress, results, scored, long, windows, info: JSON.parse(JSON.stringify(info)), watched };
      }, MODEL, demo);

      t.diagnostic(`longest pauses of the page in ms: ${JSON.stringify(seen.pauses, (_, value) => typeof value === 'number' ? Math.round(value) : value)}`);
      t.diagnostic(`info: ${JSON.stringify(seen.info)}`);
      t.diagnostic(`first answer: ${JSON.stringify(seen.results[0])}`);
      t.diagnostic(`long read: ${JSON.stringify(seen.long)}`);

      for (const [index, { question, answers }] of demo.questions.entries()) {
        const result = seen.results[index];
        assert.equal(result.complete, true, question);
        if (answers.length === 0) {
          assert.deepEqual([result.answered, result.answers, result.fallback], [false, [], demo.fallback], question);
          continue;
        }
        assert.equal(result.answered, true, question);
        const [{ text, start, end, score, confidence }] = result.answers;
        assert.ok(answers.includes(text), `${question}: ${text}`);
        assert.equal(demo.passage.slice(start, end), text, question);
        assert.ok(score > 0 && score <= 1 && confidence > 0 && confidence <= 1, question);
        assert.equal(result.fallback, null, question);
      }

      assert.deepEqual(seen.watched.wasm, [], 'the page touches no wasm');
      assert.deepEqual(seen.watched.bodies, [], 'the page reads no file');
      for (const [phase, pause] of Object.entries(seen.pauses)) {
        assert.ok(pause <= MAX_PAUSE_MS, `the page paused for ${pause} ms in phase ${phase}`);
      }

      // Load's progress: the phases in order, bytes never falling, everything loaded in the end.
      const order = ['runtime', 'config', 'tokenizer', 'weights', 'ready'];
      const phases = seen.progress.map(({ phase }) => phase);
      assert.deepEqual([...new Set(phases)], order);
      assert.deepEqual(phases, [...phases].sort((a, b) => order.indexOf(a) - order.indexOf(b)), 'phases in order');
      const loaded = seen.progress.map((event) => event.loaded);
      assert.ok(loaded.every((bytes, i) => i === 0 || bytes >= loaded[i - 1]), 'bytes never fall');
      assert.equal(seen.progress.at(-1).loaded, seen.progress.at(-1).total);
      assert.ok(phases.filter((phase) => phase === 'weights').length > 3, 'weights are reported as they come');

      const [window] = seen.scored.windows;
      for (const list of ['inputIds', 'tokenTypeIds', 'specialTokensMask', 'attentionMask', 'sequenceIds', 'offsets', 'startLogits', 'endLogits', 'startProbabilities', 'endProbabilities']) {
        assert.equal(window[list].length, window.tokens.length, list);
      }
      const inContext = window.sequenceIds.map((id, i) => i).filter((i) => window.sequenceIds[i] === 1);
      for (const i of inContext) {
        const [start, end] = window.offsets[i];
        const piece = window.tokens[i].replace(/^##/, '');
        if (/^[a-z0-9]+$/.test(piece)) assert.equal(demo.passage.slice(start, end).toLowerCase(), piece);
      }
      const sum = (list) => list.reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum(window.startProbabilities) - 1) < 1e-3 && Math.abs(sum(window.endProbabilities) - 1) < 1e-3);

      assert.equal(seen.long.answers[0]?.text, FACT_ANSWER);
      assert.ok(seen.windows.length > 10);
      assert.equal(seen.windows.at(-1).windowsDone, seen.windows.at(-1).windowsTotal, 'progress reaches the end');
    });

    if (name === 'chromium') {
      it('keeps the page small', async (t) => {
        const client = await page.createCDPSession();
        await page.evaluate(async (model) => (globalThis.kept = await Answerlet.load({ model })), MODEL);
        await client.send('HeapProfiler.collectGarbage');
        const heap = await client.send('Runtime.getHeapUsage');
        const bytes = heap.usedSize + (heap.embedderHeapUsedSize ?? 0) + (heap.backingStorageSize ?? 0);
        t.diagnostic(`page's own memory with the model loaded: ${(bytes / 2 ** 20).toFixed(1)} MiB`);
        await page.evaluate(() => kept.dispose());
        assert.ok(bytes < 8 * 2 ** 20, `${bytes} bytes`);
      });
    }
  });
}
