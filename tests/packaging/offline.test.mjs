// `answerlet-install --offline`: the network goes after the first visit. Every response is as strict as a page can ask for, the workers' own too.

import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, launch } from '../browser/harness.mjs';
import { ANSWERS, answerOn, askChat, freshProject, host, install, ISOLATED, page as pageWith, PLAIN, STRICT, SUB_PATH, write } from './harness.mjs';
import { launchWebKit, withoutWebKit } from './webkit.mjs';

const headers = { ...STRICT, ...ISOLATED };
const REGISTER = '<script type="module" src="answerlet/register.js"></script><script type="module" src="answerlet/chat.js"></script>\n<link rel="stylesheet" href="style.css"><link rel="icon" href="icon.svg">';
const CHAT = '<answerlet-chat model="answerlet/models/minilm-en/" source="main"></answerlet-chat>\n';

function freshSite() {
  const project = freshProject();
  const site = path.join(project, 'public');
  mkdirSync(site);
  install(project, './public', '--offline');
  write(site, { ...PLAIN, 'index.html': pageWith(REGISTER) + CHAT, 'style.css': 'main { color: rgb(1, 2, 3) }', 'icon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>', 'big.txt': 'x'.repeat(1000) });
  return { project, site };
}

/** What lies in the caches of the page's origin: bytes by URL, for each cache. */
const cached = (page) =>
  page.evaluate(async () => {
    const all = {};
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      all[name] = {};
      for (const request of await cache.keys()) all[name][request.url] = (await (await cache.match(request)).arrayBuffer()).byteLength;
    }
    return all;
  });
const offlineCaches = (all) => Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith('answerlet-offline ')));
const sum = (files) => Object.values(files).reduce((total, bytes) => total + bytes, 0);

/** Waits until the worker is in charge and has kept the page and its parts. */
const kept = (page, names = ['', 'ask.js', 'style.css', 'answerlet/register.js']) =>
  page.waitForFunction(
    async (names) => {
      if (!navigator.serviceWorker.controller) return false;
      for (const name of names) if (!(await caches.match(new URL(name, document.baseURI).href, { ignoreVary: true }))) return false;
      return true;
    },
    { timeout: 60_000, polling: 200 },
    names,
  );

/** A page that notes whom it asked, and what went wrong. */
async function openPage(browser, url) {
  const page = await browser.newPage();
  page.asked = [];
  page.faults = [];
  page.on('request', (request) => page.asked.push(request.url()));
  page.on('pageerror', (error) => page.faults.push(String(error)));
  await page.goto(url);
  return page;
}

for (const name of BROWSERS) {
  describe(`a site installed with --offline in ${name}`, () => {
    let browser, server, page;
    const { project, site } = freshSite();
    before(async () => {
      browser = await launch(name);
      server = await host(site, { headers });
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    it('answers at the first visit, and asks its own origin alone', async () => {
      page = await openPage(browser, server.site);
      assert.ok(ANSWERS.includes(await answerOn(page)));
      await kept(page);
      const elsewhere = page.asked.filter((url) => !url.startsWith(server.url) && !url.startsWith('data:'));
      assert.deepEqual(elsewhere, []);
      assert.deepEqual(server.log.filter(({ path, status }) => path !== '/favicon.ico' && (!path.startsWith(SUB_PATH) || status >= 400)), []);
      assert.deepEqual(page.faults, []);
    });

    it('keeps the runtime once, the page and its parts, and no file of the model', async () => {
      const all = await cached(page);
      const files = Object.assign({}, ...Object.values(offlineCaches(all)));
      const names = Object.keys(files).map((url) => url.replace(server.site, '')).sort();
      const variant = names.find((file) => file.endsWith('.wasm'));
      // Firefox without a window fetches no icon.
      const parts = names.filter((file) => file !== 'icon.svg');
      assert.deepEqual(parts, ['', 'answerlet/chat.js', 'answerlet/index.js', 'answerlet/register.js', 'answerlet/worker.js', variant, 'ask.js', 'style.css'].sort());
      // What a visitor without a cache would have to download for one answer.
      const used = names.filter((file) => file !== '').reduce((total, file) => total + readFileSync(path.join(site, file)).length, 0);
      const model = ['config.json', 'tokenizer.json', 'model.safetensors', 'answerlet.json'].reduce((total, file) => total + readFileSync(path.join(site, 'answerlet/models/minilm-en', file)).length, 0);
      const stored = Object.values(all).reduce((total, each) => total + sum(each), 0);
      assert.ok(stored <= 1.1 * (used + model), `${stored} bytes are kept of ${used + model} that are used`);
    });

    it('opens and answers with no network, as strict and as isolated as before', async () => {
      await server.close();
      await page.reload();
      assert.ok(ANSWERS.includes(await answerOn(page)));
      assert.ok(ANSWERS.includes(await askChat(page)), 'the chat element, too');
      const seen = await page.evaluate(async () => {
        // The debugger's own code may do what the page's may not.
        await new Promise((resolve) => setTimeout(resolve));
        const tries = (run) => {
          try {
            return run();
          } catch (error) {
            return error.name;
          }
        };
        return {
          isolated: crossOriginIsolated,
          styled: getComputedStyle(document.querySelector('main')).color,
          evaluates: tries(() => (0, eval)('1')),
          trustedTypes: typeof trustedTypes === 'object' ? tries(() => new Worker('answerlet/worker.js')) : 'TypeError',
        };
      });
      assert.deepEqual(seen, { isolated: true, styled: 'rgb(1, 2, 3)', evaluates: 'EvalError', trustedTypes: 'TypeError' });
      assert.deepEqual(page.faults, []);
      const elsewhere = await page.evaluate(() => fetch('big.txt').then(() => 'there', () => 'not there'));
      assert.equal(elsewhere, 'not there', 'the server is really off');
    });

    it('heals when the browser has evicted its caches', async () => {
      server = await host(site, { headers, port: server.port });
      await page.evaluate(async () => {
        for (const name of await caches.keys()) await caches.delete(name);
      });
      await page.reload();
      assert.ok(ANSWERS.includes(await answerOn(page)));
      await kept(page);
      await server.close();
      await page.reload();
      assert.ok(ANSWERS.includes(await answerOn(page)));
      server = await host(site, { headers, port: server.port });
    });

    it('an upgrade waits for the last page of the old version, and then is there whole', async () => {
      const dist = path.join(project, 'node_modules/answerlet/dist');
      for (const file of ['index.js', 'worker.js']) appendFileSync(path.join(dist, file), '\nglobalThis.answerletUpgraded = true;\n');
      install(project, './public');
      const upgraded = (page) => page.evaluate(() => globalThis.answerletUpgraded === true);
      await page.reload();
      assert.ok(ANSWERS.includes(await answerOn(page)));
      assert.equal(await upgraded(page), false, 'page, worker and WebAssembly are all of the version before');
      await page.waitForFunction(async () => (await navigator.serviceWorker.getRegistration())?.waiting, { timeout: 60_000, polling: 200 });
      const before = Object.keys(offlineCaches(await cached(page))).length;
      assert.equal(before, 3, 'shell, old runtime, new runtime');
      await page.close();
      const empty = await browser.newPage();
      await new Promise((resolve) => setTimeout(resolve, 1000));
      page = await openPage(browser, server.site);
      await empty.close();
      assert.ok(ANSWERS.includes(await answerOn(page)));
      assert.equal(await upgraded(page), true);
      assert.equal(Object.keys(offlineCaches(await cached(page))).length, 2);
    });

    it('--no-offline takes the worker and its caches out of the browser', async () => {
      // The visitor comes again later, when Firefox has ended its look for a new worker, a second after the visit before: a reload right
      // into that was seen to hang, rarely.
      const empty = await browser.newPage();
      await page.close();
      await new Promise((resolve) => setTimeout(resolve, 2000));
      install(project, './public', '--no-offline');
      write(site, PLAIN);
      page = await openPage(browser, server.site);
      await empty.close();
      await page.waitForFunction(async () => !(await navigator.serviceWorker.getRegistration()), { timeout: 60_000, polling: 200 });
      assert.deepEqual(offlineCaches(await cached(page)), {});
      await page.reload();
      assert.ok(ANSWERS.includes(await answerOn(page)));
    });

    it('a service worker of the site’s own includes it: pages are its business, the runtime is not', async () => {
      const { site } = freshSite();
      write(site, {
        'own-sw.js': `importScripts('answerlet-sw.js');
          self.addEventListener('fetch', (event) => {
            if (event.request.mode === 'navigate') event.respondWith(fetch(event.request).catch(() => caches.match('own')));
          });
          self.addEventListener('install', (event) => event.waitUntil(caches.open('own').then(async (cache) => {
            for (const name of ['ask.js', '']) await cache.put(name === '' ? 'own' : name, await fetch(name || './'));
          })));
          self.addEventListener('activate', (event) => event.waitUntil(clients.claim()));`,
        'own.js': "navigator.serviceWorker.register('own-sw.js');",
        'index.html': pageWith('<script src="own.js"></script>'),
      });
      const server = await host(site);
      try {
        const page = await openPage(browser, server.site);
        assert.ok(ANSWERS.includes(await answerOn(page)));
        await page.waitForFunction(() => navigator.serviceWorker.controller, { timeout: 60_000 });
        const all = await cached(page);
        assert.deepEqual(Object.keys(offlineCaches(all)).length, 1, 'the runtime alone');
        const [files] = Object.values(offlineCaches(all));
        assert.ok(Object.keys(files).every((url) => url.startsWith(`${server.site}answerlet/`)));
        await server.close();
        const answer = await page.evaluate(async () => {
          const { Answerlet } = await import('./answerlet/index.js');
          const reader = await Answerlet.load({ model: 'answerlet/models/minilm-en/' });
          return (await reader.ask('Who keeps it?', { context: 'Ada keeps it.' })).answers[0]?.text;
        });
        assert.equal(answer, 'Ada');
        await page.reload();
        assert.equal(await page.title(), 'Sunset Motors');
      } finally {
        await server.close();
      }
    });
  });
}

const without = withoutWebKit();
if (without) console.log(`WebKit is left out: ${without}`);
describe('a site installed with --offline in WebKitGTK', { skip: without }, () => {
  it('opens and answers with no network', async () => {
    const { site } = freshSite();
    const server = await host(site, { headers });
    const browser = await launchWebKit();
    const answered = () => document.querySelector('#answer')?.textContent;
    try {
      await browser.goto(server.site);
      await browser.waitFor(answered);
      await browser.waitFor(() => navigator.serviceWorker.controller !== null);
      // A promise doesn't come back from there.
      await browser.evaluate(() => {
        const look = async () => {
          const names = ['', 'ask.js', 'style.css', 'answerlet/register.js', 'answerlet/index.js'];
          const kept = await Promise.all(names.map((name) => caches.match(new URL(name, document.baseURI).href, { ignoreVary: true })));
          if (kept.every(Boolean)) globalThis.allKept = true;
          else setTimeout(look, 100);
        };
        void look();
      });
      await browser.waitFor(() => globalThis.allKept === true);
      await server.close();
      await browser.goto(server.site);
      await browser.waitFor(answered);
      const [answer, isolated] = await browser.evaluate(() => [document.querySelector('#answer').textContent, crossOriginIsolated]);
      assert.ok(ANSWERS.includes(answer), answer);
      assert.equal(isolated, true);
    } finally {
      await browser.close();
      await server.close();
    }
  });
});
