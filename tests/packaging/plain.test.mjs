// A static site without a bundler: answerlet-install, one page, under a sub-path.

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, launch } from '../browser/harness.mjs';
import { ANSWERS, answerOn, ask, askChat, freshProject, host, install, ISOLATED, page, PLAIN, QUESTION, STRICT, SUB_PATH, write } from './harness.mjs';
import { hostName, launchWebKit, withoutWebKit } from './webkit.mjs';

const HOST = 'answerlet.test';
const project = freshProject();
const site = path.join(project, 'public');
mkdirSync(site);
const printed = install(project, './public');
/** What it says to paste. */
const pasted = printed.split('\n').filter((line) => line.startsWith('  <')).join('\n');
write(site, { ...PLAIN, 'chat.html': page('', 'nothing.js').replace(/<script.*script>/, pasted), 'nothing.js': '' });

it('prints the lines to paste', () => {
  assert.match(printed, /<script type="module" src="answerlet\/chat\.js"><\/script>\n\s*<answerlet-chat model="answerlet\/models\/minilm-en\/" source="main"><\/answerlet-chat>/);
});

/** How each page is served, and what it then has to be. */
const CASES = {
  'an ordinary page': { headers: {}, isolated: false, secure: true },
  'an isolated page': { headers: ISOLATED, isolated: true, secure: true },
  'a strict page': { headers: STRICT, isolated: false, secure: true },
  'a plain-http page': { headers: {}, isolated: false, secure: false },
};

function check({ isolated, secure }, seen, log) {
  assert.ok(ANSWERS.includes(seen.answer), seen.answer);
  assert.equal(seen.crossOriginIsolated, isolated);
  assert.equal(seen.isSecureContext, secure);
  assert.deepEqual(log.filter(({ status, path }) => status >= 400 && path !== '/favicon.ico'), []);
}

for (const name of BROWSERS) {
  describe(`answerlet-install and one page in ${name}`, () => {
    let browser;
    before(async () => (browser = await launch(name, { host: HOST })));
    after(() => browser?.close());
    for (const [what, given] of Object.entries(CASES)) {
      it(what, async () => {
        const server = await host(site, { headers: given.headers });
        try {
          const page = await browser.newPage();
          await page.goto(given.secure ? server.site : server.site.replace('127.0.0.1', HOST));
          const answer = await answerOn(page);
          const seen = await page.evaluate(() => ({ crossOriginIsolated, isSecureContext }));
          check(given, { answer, ...seen }, server.log);
          await page.close();
        } finally {
          await server.close();
        }
      });
    }

    it('a script of another origin: an error that says what to do, and doing it', async () => {
      const files = {};
      const server = await host(site, { files, headers: { 'Access-Control-Allow-Origin': '*' } });
      try {
        const imports = `import { Answerlet } from '${server.site}answerlet/index.js';`;
        for (const [name, more] of [['lost', ''], ['found', ", workerUrl: 'answerlet/worker.js'"]]) {
          files[`${SUB_PATH}${name}.html`] = page('', `${name}.js`);
          files[`${SUB_PATH}${name}.js`] = ask(imports, `{ model: 'answerlet/models/minilm-en/'${more} }`);
        }
        const opened = await browser.newPage();
        const elsewhere = server.site.replace('127.0.0.1', 'localhost');
        await opened.goto(`${elsewhere}lost.html`);
        const message = await answerOn(opened);
        assert.match(message, /^cross_origin: /);
        assert.ok(message.includes(new URL(elsewhere).origin) && message.includes('workerUrl'), message);
        await opened.goto(`${elsewhere}found.html`);
        const answer = await answerOn(opened);
        assert.ok(ANSWERS.includes(answer), answer);
        await opened.close();
      } finally {
        await server.close();
      }
    });

    it('the lines to paste, in a page that is strict and isolated', async () => {
      const server = await host(site, { headers: { ...STRICT, ...ISOLATED } });
      try {
        const page = await browser.newPage();
        const asked = [];
        page.on('request', (request) => asked.push(request.url()));
        await page.goto(`${server.site}chat.html`);
        const answer = await askChat(page);
        assert.ok(ANSWERS.includes(answer), answer);
        assert.deepEqual(asked.filter((url) => !url.startsWith(server.url)), [], 'it asks its own origin alone');
        await page.close();
      } finally {
        await server.close();
      }
    });
  });
}

const without = withoutWebKit();
if (without) console.log(`WebKit is left out: ${without}`);
describe('answerlet-install and one page in WebKitGTK', { skip: without }, () => {
  let browser, name;
  before(async () => {
    browser = await launchWebKit();
    name = await hostName();
  });
  after(() => browser?.close());
  for (const [what, given] of Object.entries(CASES)) {
    it(what, async (t) => {
      if (!given.secure && !name) return t.skip(`no host name but localhost leads here: add "127.0.0.1 ${HOST}" to /etc/hosts`);
      const server = await host(site, { headers: given.headers });
      try {
        await browser.goto(given.secure ? server.site : server.site.replace('127.0.0.1', name));
        await browser.waitFor(() => document.querySelector('#answer')?.textContent);
        const seen = await browser.evaluate(() => ({ answer: document.querySelector('#answer').textContent, crossOriginIsolated, isSecureContext }));
        check(given, seen, server.log);
      } finally {
        await server.close();
      }
    });
  }

  it('the lines to paste, in a page that is strict and isolated', async () => {
    const server = await host(site, { headers: { ...STRICT, ...ISOLATED } });
    try {
      await browser.goto(`${server.site}chat.html`);
      await browser.waitFor(() => customElements.get('answerlet-chat') !== undefined);
      await browser.evaluate((question) => void document.querySelector('answerlet-chat').ask(question), QUESTION);
      const answer = () => document.querySelector('answerlet-chat').shadowRoot.querySelector('.answer-text')?.textContent;
      await browser.waitFor(answer);
      const text = await browser.evaluate(answer);
      assert.ok(ANSWERS.includes(text), text);
    } finally {
      await server.close();
    }
  });
});
