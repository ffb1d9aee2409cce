// The demo site as an app: it can be installed, and opens and answers without the network.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, launch, readJson, serveDemo } from './harness.mjs';
import { answered, openDemo, pick } from './demo-page.mjs';

const demo = await readJson('www/site/sunset-motors.json');
const { question, answers } = demo.questions.find((each) => each.answers.length > 0);

for (const name of BROWSERS) {
  describe(`the site offline in ${name}`, () => {
    let browser, server, page;
    before(async () => {
      server = await serveDemo();
      browser = await launch(name);
      page = await openDemo(browser, server.url);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    it('is kept at the first visit, with the WebAssembly that runs', async () => {
      await page.waitForFunction(
        async () => {
          const kept = [];
          for (const name of await caches.keys()) if (name.startsWith('answerlet-offline ')) kept.push(...(await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname));
          return ['/', '/main.js', '/style.css', '/worker.js'].every((path) => kept.includes(path)) && kept.filter((path) => path.endsWith('.wasm')).length === 1;
        },
        { timeout: 30_000, polling: 200 },
      );
    });

    if (name === 'chromium') {
      it('can be installed', async () => {
        const devtools = await page.createCDPSession();
        const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
        assert.deepEqual(installabilityErrors, []);
        const { errors, url } = await devtools.send('Page.getAppManifest');
        assert.deepEqual([errors, url], [[], `${server.url}/manifest.webmanifest`]);
      });
    }

    it('opens and answers with the server gone', async () => {
      await server.close();
      await page.reload();
      await page.waitForFunction(() => document.querySelector('#answer').dataset.state === 'idle', { timeout: 60_000 });
      await pick(page, question);
      const { state, text, mark } = await answered(page);
      assert.equal(state, 'answered');
      assert.ok(answers.includes(text), text);
      assert.equal(mark, text);
    });
  });
}
