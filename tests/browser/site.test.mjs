// The documentation in real browsers: under a sub-path and a strict policy, by keyboard, on a phone, and judged by axe.

import assert from 'node:assert/strict';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { serve } from '../../scripts/serve.mjs';
import { click, highlighted, settled, STRICT_CSP, type } from './chat-page.mjs';
import { BROWSERS, launch, ROOT } from './harness.mjs';

const SITE = path.join(ROOT, 'www/site/dist');
const AXE = await fs.readFile(path.join(ROOT, 'www/node_modules/axe-core/axe.min.js'), 'utf8');
const PAGES = (await fs.readdir(SITE)).filter((name) => name.endsWith('.html'));
const PHONE = { width: 360, height: 740 };

for (const name of BROWSERS) {
  describe(`the documentation in ${name}`, () => {
    let browser, server, site;
    before(async () => {
      server = await serve({ mounts: { '/repo/': SITE }, files: { '/favicon.ico': '' }, headers: { 'Content-Security-Policy': STRICT_CSP } });
      site = `${server.url}/repo/`;
      browser = await launch(name);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    /** A page, and what goes wrong with it. */
    async function open(file, view = { width: 1280, height: 900 }) {
      const page = await browser.newPage();
      page.faults = [];
      page.on('pageerror', (error) => page.faults.push(String(error)));
      page.on('console', (message) => message.type() === 'error' && page.faults.push(message.text()));
      // The store gives up requests that it turns out not to need.
      page.on('requestfailed', (request) => /ABORTED/.test(request.failure()?.errorText) || page.faults.push(`failed: ${request.url()}`));
      page.on('request', (request) => request.url().startsWith(site) || /\/favicon\.ico$|^(data|blob):/.test(request.url()) || page.faults.push(`elsewhere: ${request.url()}`));
      await page.setViewport(view);
      await page.goto(site + file, { waitUntil: 'load' });
      return page;
    }

    for (const file of PAGES) {
      it(`${file} loads from below a sub-path, under a strict policy, and fits a phone`, async () => {
        const page = await open(file, PHONE);
        const seen = await page.evaluate(() => ({
          words: document.querySelector('main').innerText.split(/\s+/).length,
          styled: getComputedStyle(document.querySelector('.skip')).position,
          width: document.documentElement.scrollWidth,
          images: [...document.images].every(({ complete, naturalWidth }) => complete && naturalWidth > 0),
        }));
        assert.ok(seen.words > 100, `${seen.words} words`);
        assert.equal(seen.styled, 'absolute');
        assert.ok(seen.width <= PHONE.width, `${seen.width} pixels wide`);
        assert.ok(seen.images);
        assert.deepEqual(page.faults, []);
        await page.close();
      });
    }

    it('is reached by keyboard: the skip link first, on a phone then the menu', async () => {
      const page = await open('models.html', PHONE);
      const active = () => page.evaluate(() => document.activeElement.textContent.trim() || document.activeElement.tagName);
      await page.keyboard.press('Tab');
      assert.equal(await active(), 'Skip to the content');
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate(() => document.activeElement.id), 'content');
      const isOpen = () => page.evaluate(() => document.querySelector('#menu').checkVisibility());
      assert.equal(await isOpen(), false);
      await page.focus('.menu-button');
      await page.keyboard.press('Enter');
      assert.equal(await isOpen(), true);
      await page.keyboard.press('Escape');
      assert.equal(await isOpen(), false);
      assert.equal(await active(), 'Menu');
      await page.keyboard.press('Enter');
      await Promise.all([page.waitForNavigation(), page.click('#menu a[href="errors.html"]')]);
      assert.equal(await page.$eval('#menu a[aria-current]', ({ textContent }) => textContent), 'Errors');
      assert.deepEqual(page.faults, []);
      await page.close();
    });

    it('leads from an error of the demo to what it means', async () => {
      const broken = await serve({ mounts: { '/repo/': SITE }, files: { '/favicon.ico': '', '/repo/models/answerlet-minilm/config.json': () => null } });
      const page = await browser.newPage();
      await page.goto(`${broken.url}/repo/`);
      await page.waitForFunction(() => document.querySelector('#answer').dataset.state === 'error', { timeout: 60_000 });
      await Promise.all([page.waitForNavigation(), page.click('#error-code')]);
      assert.equal(await page.evaluate(() => document.querySelector(':target').textContent), 'file_missing');
      await page.close();
      await broken.close();
    });

    it('has the element on its page, which answers from it', async (t) => {
      // The demo's page has loaded its own.
      const before = server.log.length;
      const page = await open('chat.html');
      if (!(await page.$('answerlet-chat'))) return t.skip('this build has no element');
      await page.waitForFunction(() => customElements.get('answerlet-chat') !== undefined);
      assert.ok(!server.log.slice(before).some(({ path }) => path.endsWith('.safetensors')), 'no model before it is wanted');
      const question = 'Which key closes the panel?';
      await type(page, question);
      const { answer } = await settled(page);
      assert.equal(answer, 'Escape');
      await click(page, 'ol > li:last-child [part=show-button]');
      assert.equal(await highlighted(page), answer);
      assert.deepEqual(page.faults, []);
      await page.close();
    });

    // The other browser's driver can't set the colour scheme, and axe judges the page, not the browser.
    if (name !== 'chromium') return;
    for (const file of PAGES) {
      it(`axe finds nothing on ${file}, light and dark, wide and narrow`, async () => {
        const page = await open(file);
        await page.evaluate(AXE);
        for (const view of [{ width: 1280, height: 900 }, PHONE]) {
          await page.setViewport(view);
          for (const scheme of ['light', 'dark']) {
            await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
            const violations = await page.evaluate(async () => (await axe.run(document)).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`));
            assert.deepEqual(violations, [], `${scheme}, ${view.width}`);
          }
        }
        await page.close();
      });
    }
  });
}
