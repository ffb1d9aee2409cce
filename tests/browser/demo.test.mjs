// The demo site as a visitor uses it, served as scripts/demo serves it.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, launch, readJson, serveDemo } from './harness.mjs';
import { answered, openDemo, pick } from './demo-page.mjs';

const demo = await readJson('www/site/sunset-motors.json');
const CSP = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";

for (const name of BROWSERS) {
  describe(`the demo in ${name}`, () => {
    let browser, server, page;
    before(async () => {
      server = await serveDemo({ headers: { 'Content-Security-Policy': CSP } });
      browser = await launch(name);
      page = await openDemo(browser, server.url);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    for (const { question, answers } of demo.questions) {
      it(question, async () => {
        await pick(page, question);
        const { state, text, mark, confidence, time } = await answered(page);
        if (answers.length === 0) {
          assert.deepEqual([state, text, mark], ['refused', demo.fallback, null]);
        } else {
          assert.equal(state, 'answered');
          assert.ok(answers.includes(text), text);
          assert.equal(mark, text, 'the place is highlighted in the passage');
          assert.match(confidence, /\d/);
          assert.match(time, /\d/);
        }
      });
    }

    it('a question of one’s own, on a text of one’s own', async () => {
      await page.click('#own');
      await page.type('#passage-edit', 'Ada Lovelace keeps the only key to the bakery.');
      await page.click('#done');
      await page.type('#question', 'Who keeps the key?');
      await page.keyboard.press('Enter');
      const { state, text, mark } = await answered(page);
      assert.deepEqual([state, text, mark], ['answered', 'Ada Lovelace', 'Ada Lovelace']);
      await page.click('#reset');
    });

    it('shows how it read, with the plots loaded only then', async () => {
      await pick(page, demo.questions[0].question);
      await answered(page);
      const before = server.log.length;
      await page.click('#panel > summary');
      await page.waitForSelector('#plot-start svg', { timeout: 20_000 });
      await page.waitForSelector('#plot-end svg', { timeout: 20_000 });
      assert.ok(server.log.slice(before).some(({ path }) => path.endsWith('.js')), 'the plotting library comes with the panel');
      const seen = await page.evaluate(() => ({
        tokens: [...document.querySelectorAll('#tokens > li')].map((item) => item.textContent),
        plot: document.querySelector('#plot-start').textContent,
      }));
      assert.ok(seen.tokens.length > 100);
      assert.match(seen.tokens[0], /\[CLS\]/);
      // The word comes several times: the labels tell the places apart.
      assert.ok(new Set(seen.plot.match(/dealers_\d+/g)).size > 2);
    });

    it('reads all this from its own host, with no error', () => {
      assert.deepEqual(page.faults, []);
      assert.deepEqual(page.elsewhere, []);
      assert.deepEqual(server.log.filter(({ status }) => status >= 400), []);
    });
  });
}
