// The element <answerlet-chat> as a visitor uses it.

import assert from 'node:assert/strict';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, MODEL, ROOT, launch } from './harness.mjs';
import { STRICT_CSP, active, announced, chat, click, demo, escape, highlighted, html, noteText, openChat, serveChat, settled, type } from './chat-page.mjs';

const WEIGHTS = `${MODEL}model.safetensors`;
const AXE = await fs.readFile(path.join(ROOT, 'www/node_modules/axe-core/axe.min.js'), 'utf8');
const { question: located, answers: locations } = demo.questions[0];
const refused = demo.questions.find(({ answers }) => answers.length === 0).question;
const suggestions = `suggestions="${escape(demo.questions.slice(0, 3).map(({ question }) => question).join('|'))}"`;
const contact = '<p slot="contact">Or call <a href="tel:555">555</a>.</p>';

const saveData = () => Object.defineProperty(navigator, 'connection', { value: { saveData: true }, configurable: true });
const weightsAsked = (server) => server.log.filter(({ path }) => path === WEIGHTS).length;
const state = (page) => page.evaluate(() => document.querySelector('answerlet-chat').shadowRoot.querySelector('[part=notes]').textContent);
const isReady = (page) => page.waitForFunction(() => events.some(({ type }) => type === 'answerlet-ready'), { timeout: 60_000 });

for (const name of BROWSERS) {
  describe(`the chat in ${name}`, () => {
    let browser;
    const servers = [];
    const pages = [];
    const start = async (content, options) => {
      const server = await serveChat(typeof content === 'string' ? { '': content } : content, options);
      servers.push(server);
      return server;
    };
    const open = async (server, options) => {
      const page = await openChat(browser, server.url, options);
      pages.push(page);
      return page;
    };
    before(async () => {
      browser = await launch(name);
    });
    after(async () => {
      await browser?.close();
      await Promise.all(servers.map((server) => server.close()));
    });

    describe('the questions of the demo, under a strict policy', () => {
      let server, page;
      before(async () => {
        const faq = { '@type': 'FAQPage', mainEntity: [{ '@type': 'Question', name: 'Who keeps the key to the bakery?', acceptedAnswer: { '@type': 'Answer', text: '<p>Ada <b>Lovelace</b> keeps the key.</p>' } }] };
        const bakery = html({ title: 'The bakery', main: '<p>We bake.</p>', head: `<script type="application/ld+json">${JSON.stringify(faq)}</script>` });
        server = await start({ '': html({ chat: chat(suggestions, contact) }), 'bakery.html': bakery }, { headers: { 'Content-Security-Policy': STRICT_CSP } });
        page = await open(server);
      });

      it('asks nothing of the server, and starts nothing, before it is opened', async () => {
        assert.deepEqual(server.log.filter(({ path }) => path.startsWith(MODEL) || path.endsWith('.wasm') || path.includes('worker')), []);
        assert.equal(await page.evaluate(() => workers), 0);
        await click(page, '[part=bubble]');
        await isReady(page);
      });

      for (const { question, answers } of demo.questions) {
        it(question, async () => {
          await type(page, question);
          const shown = await settled(page);
          if (answers.length === 0) {
            assert.deepEqual([shown.state, shown.answer, shown.mark], ['unanswered', null, null]);
            assert.match(shown.words, /can’t find/);
            return;
          }
          assert.equal(shown.state, 'answered');
          assert.ok(answers.includes(shown.answer), shown.answer);
          assert.equal(shown.mark, shown.answer);
          assert.ok(demo.passage.includes(shown.sentence), 'the sentence stands in the passage');
          await click(page, 'ol > li:last-child [part=show-button]');
          assert.equal(await highlighted(page), shown.answer);
        });
      }

      it('shows the page’s contact with the newest question that has no answer', async () => {
        const where = await page.evaluate(() => {
          const slot = document.querySelector('[slot=contact]').assignedSlot;
          return { last: slot?.closest('ol > li') === document.querySelector('answerlet-chat').shadowRoot.querySelector('ol > li:last-child'), seen: document.querySelector('[slot=contact]').checkVisibility() };
        });
        assert.deepEqual(where, { last: true, seen: true });
      });

      it('says what happens in events that leave the shadow tree', async () => {
        const events = await page.evaluate(() => globalThis.events);
        assert.ok(events.every(({ composed }) => composed));
        assert.deepEqual(events.slice(0, 4).map(({ type }) => type), ['answerlet-open', 'answerlet-ready', 'answerlet-ask', 'answerlet-answer']);
        const { detail } = events[3];
        assert.deepEqual([detail.question, detail.answered], [located, true]);
        assert.ok(locations.includes(detail.answers[0].text));
        assert.equal(detail.answers[0].documentId, `${server.url}/chat/`);
        assert.deepEqual([events.at(-1).detail.question, events.at(-1).detail.answered, events.at(-1).detail.answers], [demo.questions.at(-1).question, false, []]);
      });

      it('reads another page, and what is markup in its data', async () => {
        await page.evaluate(() => { document.querySelector('answerlet-chat').src = 'bakery.html'; });
        await type(page, 'Who keeps the key to the bakery?');
        assert.equal((await settled(page)).answer, 'Ada Lovelace');
      });

      it('keeps to the policy, and asks its own host alone', async () => {
        assert.deepEqual(await page.evaluate(() => faults), []);
        // The policy is in force, and a breach of it would be seen.
        await page.evaluate(() => { try { new DOMParser().parseFromString('<p>', 'text/html'); } catch {} });
        await page.waitForFunction(() => faults.length === 1 && faults[0].startsWith('require-trusted-types-for'));
        await page.evaluate(() => { faults.length = 0; });
        assert.deepEqual([...new Set(server.log.map(({ host }) => host))], [new URL(server.url).host]);
        assert.deepEqual(server.log.filter(({ status }) => status >= 400), []);
      });
    });

    it('works by keyboard alone, and never takes the focus', async () => {
      const server = await start(html({ chat: chat(suggestions) }));
      const page = await open(server);
      const { keyboard } = page;
      await keyboard.press('Tab');
      assert.equal(await active(page), 'a');
      await keyboard.press('Tab');
      assert.equal(await active(page), 'bubble');
      assert.equal(await page.evaluate(() => document.querySelector('answerlet-chat').shadowRoot.activeElement.getAttribute('aria-expanded')), 'false');
      await keyboard.press('Enter');
      assert.equal(await active(page), 'input', 'the question can be typed at once');
      await announced(page);
      await keyboard.type(located);
      await keyboard.press('Enter');
      const { answer } = await settled(page);
      assert.ok(locations.includes(answer));
      assert.equal(await active(page), 'input', 'an answer takes no focus');
      const said = await page.evaluate(() => globalThis.said);
      assert.equal(said.length, 1, 'an answer is announced once');
      assert.ok(said[0].startsWith(answer));

      await keyboard.down('Shift');
      await keyboard.press('Tab');
      await keyboard.up('Shift');
      assert.equal(await active(page), 'show-button');
      await keyboard.press('Enter');
      assert.equal(await highlighted(page), answer);
      assert.equal(await active(page), 'show-button');

      // From the last suggestion, which stands before it.
      await keyboard.down('Shift');
      await keyboard.press('Tab');
      await keyboard.up('Shift');
      assert.equal(await active(page), 'suggestion');
      await keyboard.press(' ');
      assert.equal(await active(page), 'input', 'back to the field after a suggestion');
      assert.ok(demo.questions[2].answers.includes((await settled(page)).answer));

      await keyboard.press('Escape');
      assert.equal(await active(page), 'bubble');
      assert.equal(await page.evaluate(() => document.querySelector('answerlet-chat').open), false);
      await keyboard.press(' ');
      assert.equal(await active(page), 'input');
      await keyboard.press('Tab');
      assert.equal(await active(page), 'ask-button');
      await keyboard.press('Tab');
      assert.equal(await active(page), 'bubble');
      await keyboard.press('Enter');
      assert.equal(await page.evaluate(() => document.querySelector('answerlet-chat').open), false);
      assert.deepEqual(await page.evaluate(() => faults), []);
      await page.waitForFunction(() => document.querySelector('answerlet-chat').shadowRoot.querySelector('[aria-live]').textContent === '');
    });

    describe('the download', () => {
      it('begins when the chat is opened, and says its size; a question waits for it', async () => {
        let wait = 2500;
        const server = await start(html({ chat: chat() }), { delay: (path) => (path === WEIGHTS ? wait : 0) });
        const page = await open(server);
        await click(page, '[part=bubble]');
        await page.waitForFunction(() => document.querySelector('answerlet-chat').shadowRoot.querySelector('progress'));
        assert.match(await state(page), /25\u00a0MB/);
        await type(page, located);
        assert.match(await noteText(page), /waits/);
        const shown = await settled(page);
        assert.ok(locations.includes(shown.answer));
        assert.equal(await state(page), '');
      });

      it('can be refused: then the words are searched for, and no other page asks again', async () => {
        // Counted as they come: the log has them when they are answered.
        let asked = 0;
        let wait = 5000;
        const delay = (path) => {
          if (path !== WEIGHTS) return 0;
          asked += 1;
          return wait;
        };
        const server = await start(html({ chat: chat('', contact) }), { delay });
        const page = await open(server);
        await click(page, '[part=bubble]');
        await page.waitForFunction(() => document.querySelector('answerlet-chat').shadowRoot.querySelector('[part=refuse-button]'));
        await type(page, 'Who founded the dealership?');
        await click(page, '[part=refuse-button]');
        const shown = await settled(page);
        assert.equal(shown.state, 'search');
        assert.match(shown.words, /not answers/);
        assert.ok(shown.results.length > 0 && shown.results.every((sentence) => demo.passage.includes(sentence)));
        assert.equal(await page.evaluate(() => workers), 0, 'the load has ended');
        await click(page, 'ol > li:last-child [part=show-button]');
        assert.equal(await highlighted(page), shown.results[0]);

        await page.goto(`${server.url}/chat/?other`, { waitUntil: 'load' });
        const before = asked;
        await click(page, '[part=bubble]');
        await type(page, 'zebra');
        assert.deepEqual((await settled(page)).results, []);
        assert.equal(asked, before);
        assert.equal(await page.evaluate(() => workers), 0);

        wait = 0;
        await click(page, '[part=agree-button]');
        await isReady(page);
        await type(page, located);
        assert.ok(locations.includes((await settled(page)).answer));
      });

      it('waits for consent where data is to be saved; a model that is kept needs none', async () => {
        const server = await start(html({ chat: chat() }));
        const page = await open(server, { before: saveData });
        await click(page, '[part=bubble]');
        await page.waitForFunction(() => document.querySelector('answerlet-chat').shadowRoot.querySelector('[part=agree-button]'));
        assert.match(await state(page), /25\u00a0MB.*save data/);
        await type(page, located);
        await new Promise((resolve) => setTimeout(resolve, 500));
        assert.equal(weightsAsked(server), 0);
        assert.equal(await page.evaluate(() => workers), 0);
        await click(page, '[part=agree-button]');
        assert.ok(locations.includes((await settled(page)).answer));
        assert.equal(weightsAsked(server), 1);

        const again = await open(server, { before: saveData });
        await click(again, '[part=bubble]');
        await isReady(again);
        assert.equal(weightsAsked(server), 1);
      });

      it('that fails is told, and can be tried again; until then the words are searched for', async () => {
        let broken = true;
        const weights = await fs.readFile(path.join(ROOT, 'www/model/model.safetensors'));
        const server = await start(html({ chat: chat() }), { files: { [WEIGHTS]: () => (broken ? { status: 404, body: '' } : { body: weights }) } });
        const page = await open(server);
        await click(page, '[part=bubble]');
        await type(page, 'solar panels');
        const shown = await settled(page);
        assert.equal(shown.state, 'search');
        assert.match(shown.results[0], /solar panels/);
        assert.match(await state(page), /file of the language model is missing/);
        const { detail } = await page.evaluate(() => events.find(({ type }) => type === 'answerlet-error'));
        assert.equal(detail.code, 'file_missing');
        broken = false;
        await click(page, '[part=agree-button]');
        await isReady(page);
        await type(page, located);
        assert.ok(locations.includes((await settled(page)).answer));
      });
    });

    it('twenty elements share one worker, and it ends with the last one', async () => {
      const server = await start(html({ chat: Array.from({ length: 20 }, (_, at) => chat(`inline label="Chat ${at}"`)).join('') }));
      const page = await open(server);
      const answers = await page.evaluate(async (question) => {
        const results = await Promise.all([...document.querySelectorAll('answerlet-chat')].map((chat) => chat.ask(question)));
        return results.map((result) => result.answers[0].text);
      }, located);
      assert.deepEqual(answers, Array(20).fill(answers[0]));
      assert.ok(locations.includes(answers[0]));
      assert.equal(await page.evaluate(() => workers), 1);
      // One that is only moved keeps its log, and the engine.
      await page.evaluate(() => {
        const [first, ...others] = document.querySelectorAll('answerlet-chat');
        for (const other of others) other.remove();
        document.querySelector('main').append(first);
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(await page.evaluate(() => workers), 1);
      assert.ok(locations.includes((await settled(page)).answer));
      // One that comes late and goes early leaves the others what they have.
      const late = await page.evaluate(async (question) => {
        const late = document.querySelector('answerlet-chat').cloneNode();
        document.body.append(late);
        const result = await late.ask(question);
        late.remove();
        return result.answers[0].text;
      }, located);
      assert.equal(late, answers[0]);
      await type(page, 'Who founded it?');
      assert.equal((await settled(page)).answer, 'Robert Anderson');
      assert.equal(await page.evaluate(() => workers), 1);
      await page.evaluate(() => document.querySelector('answerlet-chat').remove());
      await page.waitForFunction(() => workers === 0);
      assert.deepEqual(await page.evaluate(() => faults), []);
    });

    it('goes with its load where it is removed, and takes a waiting question along to another model', async () => {
      const server = await start(html({ chat: chat('open').replace(MODEL, '/slow/') }), { mounts: { '/slow/': path.join(ROOT, 'www/model') }, delay: (path) => (path === '/slow/model.safetensors' ? 60_000 : 0) });
      const page = await open(server);
      await page.waitForFunction(() => workers === 1);
      await type(page, located);
      await page.evaluate((model) => { document.querySelector('answerlet-chat').model = model; }, MODEL);
      assert.ok(locations.includes((await settled(page)).answer));
      assert.equal(await page.evaluate(() => workers), 1);
      await page.evaluate(() => { document.querySelector('answerlet-chat').model = '/slow/'; });
      await page.waitForFunction(() => document.querySelector('answerlet-chat').shadowRoot.querySelector('progress'));
      await page.evaluate(() => document.querySelector('answerlet-chat').remove());
      await page.waitForFunction(() => workers === 0);
    });

    it('says what it can’t do without: a model, its worker, a text', async () => {
      const server = await start({ '': html({ chat: chat('open').replace(/model="[^"]*"/, '') }), worker: html({ chat: chat('open worker-url="/nowhere.js"') }), text: html({ chat: chat('open').replace('"main"', '"#nowhere"') }) });
      const code = (page) => page.waitForFunction(() => events.find(({ type }) => type === 'answerlet-error')?.detail.code).then((handle) => handle.jsonValue());
      assert.equal(await code(await open(server)), 'argument_invalid');
      const page = await open(server, { path: 'worker' });
      assert.equal(await code(page), 'worker_failed');
      await type(page, 'Crestwood');
      assert.match((await settled(page, ['search'])).results[0], /Crestwood/);
      const empty = await open(server, { path: 'text' });
      await type(empty, located);
      assert.match((await settled(empty)).words, /no text here/);
    });

    it('gets over a crash: says so, and asks again with a fresh worker', async () => {
      // The tenth step is the fourth of the second question, in each worker.
      const server = await start(html({ chat: chat(`open worker-url="${escape('/trap-worker.js?arm=^reading_step$&call=10')}"`) }));
      const page = await open(server);
      await type(page, located);
      assert.ok(locations.includes((await settled(page)).answer));
      await type(page, 'Who founded it?');
      const { state: after, words } = await settled(page);
      assert.deepEqual([after, words], ['failed', 'The language model stopped unexpectedly.']);
      assert.equal(await page.evaluate(() => workers), 0);
      await click(page, 'ol > li:last-child [part=retry-button]');
      assert.equal((await settled(page, ['answered'])).answer, 'Robert Anderson');
      assert.equal(await page.evaluate(() => workers), 1);
      assert.equal(await state(page), '');
    });

    it('takes a model as its files’ URLs, as bundlers name them', async () => {
      const server = await start(html({ chat: '<answerlet-chat></answerlet-chat>' }));
      const page = await open(server);
      const answer = await page.evaluate(async ([folder, question]) => {
        const at = (file) => new URL(`${folder}${file}`, location.href);
        const chat = document.querySelector('answerlet-chat');
        chat.model = { config: at('config.json'), tokenizer: at('tokenizer.json'), weights: at('model.safetensors'), manifest: at('answerlet.json') };
        return (await chat.ask(question)).answers[0].text;
      }, [MODEL, located]);
      assert.ok(locations.includes(answer));
      await click(page, '[part=bubble]');
    });

    it('leaves who has scrolled away where they are', async () => {
      const server = await start(html({ chat: chat(suggestions) }));
      const page = await open(server, { height: 420 });
      await click(page, '[part=bubble]');
      await type(page, located);
      await settled(page);
      const top = () => page.evaluate(() => document.querySelector('answerlet-chat').shadowRoot.querySelector('[part=body]').scrollTop);
      assert.ok((await top()) > 0);
      await page.evaluate(() => {
        const chat = document.querySelector('answerlet-chat');
        const asked = chat.ask('Who founded it?');
        chat.shadowRoot.querySelector('[part=body]').scrollTop = 0;
        return asked.then(() => undefined);
      });
      assert.equal(await top(), 0);
    });

    it('reads the page again when it has changed, and says where a place is gone', async () => {
      const server = await start(html({ chat: chat() }));
      const page = await open(server);
      await click(page, '[part=bubble]');
      await type(page, 'Who founded it?');
      assert.equal((await settled(page)).answer, 'Robert Anderson');
      await page.evaluate(() => {
        const main = document.createElement('main');
        main.append(Object.assign(document.createElement('p'), { textContent: 'Ada Lovelace founded the bakery in 1843.' }));
        document.querySelector('main').replaceWith(main);
        history.pushState(null, '', '?bakery');
      });
      await click(page, 'ol > li:last-child [part=show-button]');
      assert.match(await noteText(page), /no longer there/);
      await type(page, 'Who founded the bakery?');
      assert.equal((await settled(page)).answer, 'Ada Lovelace');
      await click(page, 'ol > li:last-child [part=show-button]');
      assert.equal(await highlighted(page), 'Ada Lovelace');
    });

    it('warns where the page is in another language than the model, before it downloads', async () => {
      const server = await start(html({ lang: 'de-AT', chat: chat() }));
      const page = await open(server);
      await click(page, '[part=bubble]');
      await page.waitForFunction(() => document.querySelector('answerlet-chat').shadowRoot.querySelector('.warning'));
      assert.match(await state(page), /Austrian German.*English only/);
      assert.equal(weightsAsked(server), 0);
      await type(page, located);
      await click(page, '[part=agree-button]');
      assert.ok(locations.includes((await settled(page)).answer), 'still of use, once the visitor knows');
      assert.match(await state(page), /English only/);
    });

    it('reads other pages of the site too, and none of another', async () => {
      const bakery = '<p>Ada Lovelace keeps the only key to the bakery. Write to &lt;img src=x onerror=alert(1)&gt; for bread.</p><nav>Nothing here</nav>';
      const src = 'bakery.html missing.html https://example.org/ javascript:alert(1) #top';
      const server = await start({ '': html({ chat: chat(`src="${src}"`) }), 'bakery.html': html({ title: 'The <b>bakery</b>', main: bakery }) });
      const page = await open(server);
      const warnings = [];
      page.on('console', (message) => warnings.push(message.text()));
      assert.equal(server.log.filter(({ path }) => path.includes('bakery')).length, 0, 'not before it is asked');
      await click(page, '[part=bubble]');
      await type(page, 'Who keeps the key to the bakery?');
      const shown = await settled(page);
      assert.equal(shown.answer, 'Ada Lovelace');
      assert.deepEqual(shown.links, [{ href: `${server.url}/chat/bakery.html#:~:text=Ada%20Lovelace`, textContent: 'The <b>bakery</b>' }]);
      assert.match(await state(page), /could not be read: .*missing\.html/);
      assert.ok(warnings.some((text) => text.includes('https://example.org/')) && warnings.some((text) => text.includes('javascript:')));
      assert.ok(server.log.every(({ host }) => host === new URL(server.url).host));

      await type(page, 'Where do I write to for bread?');
      const { sentence } = await settled(page);
      assert.match(sentence, /<img src=x onerror=alert\(1\)>/, 'what looks like markup stays text');

      await type(page, located);
      const here = await settled(page);
      assert.ok(locations.includes(here.answer));
      await click(page, 'ol > li:last-child [part=show-button]');
      assert.equal(await highlighted(page), here.answer);
      assert.deepEqual(await page.evaluate(() => faults), []);
    });

    it('stops a question on demand, and answers those after it', async () => {
      const server = await start(html({ chat: chat(), main: '<p id="long"></p>' }));
      const page = await open(server);
      await page.evaluate((text) => { document.querySelector('#long').textContent = `${text} `.repeat(60); }, demo.passage);
      const results = await page.evaluate(async ([first, second]) => {
        const chat = document.querySelector('answerlet-chat');
        const one = chat.ask(first);
        await new Promise((resolve) => addEventListener('answerlet-ready', resolve, { once: true }));
        document.querySelector('#long').textContent = 'Ada Lovelace keeps the key.';
        const two = chat.ask(second);
        chat.shadowRoot.querySelector('[part=stop-button]').click();
        return [(await one) ?? null, (await two).answers[0].text];
      }, [located, 'Who keeps the key?']);
      assert.deepEqual(results, [null, 'Ada Lovelace']);
      const first = await page.evaluate(() => document.querySelector('answerlet-chat').shadowRoot.querySelector('ol > li').dataset.state);
      assert.equal(first, 'stopped');
    });

    it('honours what was set before the class was there; texts and suggestions are the page’s own', async () => {
      const head = `<script src="/chat/early.js" defer></script>`;
      const early = `document.addEventListener('DOMContentLoaded', () => {}); const chat = document.querySelector('answerlet-chat');
        chat.suggestions = ['One?', 'Two?']; chat.texts = { ask: 'Fragen', language: 'de', errors: { network: 'Kein Netz' } }; chat.heading = 'Hilfe'; chat.open = true;`;
      const server = await start({ '': html({ head, chat: '<answerlet-chat></answerlet-chat>' }), slotted: html({ chat: chat('', '<ul slot="suggestions"><li>From the <b>page</b>?</li><li>Again?</li></ul>') }) },
        { files: { '/chat/early.js': early, '/model/answerlet.json': '{}' } });
      const page = await open(server);
      const seen = await page.evaluate(() => {
        const { shadowRoot, texts, heading } = document.querySelector('answerlet-chat');
        const all = (selector) => [...shadowRoot.querySelectorAll(selector)].map(({ textContent }) => textContent);
        return { suggestions: all('[part=suggestion]'), ask: all('[part=ask-button]'), heading: all('[part=heading]'), lang: shadowRoot.querySelector('[part=base]').lang, texts: texts.ask, property: heading, open: !shadowRoot.querySelector('[part=panel]').hidden };
      });
      assert.deepEqual(seen, { suggestions: ['One?', 'Two?'], ask: ['Fragen'], heading: ['Hilfe'], lang: 'de', texts: 'Fragen', property: 'Hilfe', open: true });
      const ground = () => page.evaluate(() => getComputedStyle(document.querySelector('answerlet-chat').shadowRoot.querySelector('[part=panel]')).backgroundColor);
      assert.equal(await ground(), 'rgb(255, 255, 255)');
      await page.evaluate(() => { document.querySelector('answerlet-chat').colorScheme = 'dark'; });
      assert.equal(await ground(), 'rgb(26, 38, 42)');
      await page.evaluate(() => document.documentElement.append(Object.assign(document.createElement('style'), { textContent: 'answerlet-chat { --answerlet-ground: rgb(1 2 3); }' })));
      assert.equal(await ground(), 'rgb(1, 2, 3)', 'a page’s own colour wins');
      const slotted = await open(server, { path: 'slotted' });
      assert.deepEqual(await slotted.evaluate(() => document.querySelector('answerlet-chat').suggestions), ['From the page?', 'Again?']);
    });

    describe('axe finds nothing', () => {
      for (const scheme of ['light', 'dark']) {
        it(`in the ${scheme} scheme`, async () => {
          let wait = 0;
          const rtl = { language: 'he', direction: 'rtl', heading: 'שאלו את הדף', label: 'שאלו את הדף' };
          const server = await start({ '': html({ chat: chat(suggestions, contact) }), inline: html({ main: `<p>A text.</p>${chat('inline')}` }), rtl: html({ lang: 'he', dir: 'rtl', main: '<p>טקסט קצר.</p>', chat: chat(suggestions) }) },
            { delay: (path) => (path === WEIGHTS ? wait : 0), files: { '/broken/answerlet.json': '{}' } });
          const page = await open(server, { scheme });
          const check = async (what, page) => {
            // What still moves has no colours to be judged by; what pulses, pulses for good.
            await page.evaluate(() => Promise.allSettled(document.querySelector('answerlet-chat').shadowRoot.getAnimations().filter(({ animationName }) => animationName === 'rise').map(({ finished }) => finished)));
            await page.evaluate(AXE);
            const violations = await page.evaluate(async () => (await axe.run(document)).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n')}`));
            assert.deepEqual(violations, [], what);
            const dark = await page.evaluate(() => getComputedStyle(document.querySelector('answerlet-chat').shadowRoot.querySelector('[part=panel]')).backgroundColor);
            assert.equal(dark, scheme === 'dark' ? 'rgb(26, 38, 42)' : 'rgb(255, 255, 255)');
          };
          await check('bubble', page);
          wait = 4000;
          await click(page, '[part=bubble]');
          await page.waitForFunction(() => document.querySelector('answerlet-chat').shadowRoot.querySelector('progress'));
          await check('loading', page);
          await type(page, located);
          await check('waiting', page);
          await click(page, '[part=refuse-button]');
          await settled(page, ['search']);
          await check('search after a refusal', page);
          wait = 0;
          await click(page, '[part=agree-button]');
          await isReady(page);
          await check('ready', page);
          await type(page, located);
          await settled(page, ['answered']);
          await check('answered', page);
          await type(page, refused);
          await settled(page, ['unanswered']);
          await check('unanswered', page);
          await page.evaluate(() => { document.querySelector('answerlet-chat').model = '/broken/'; });
          await page.waitForFunction(() => document.querySelector('answerlet-chat').shadowRoot.querySelector('.problem'));
          await type(page, located);
          await settled(page, ['search']);
          await check('error', page);

          const inline = await open(server, { scheme, path: 'inline' });
          await check('inline', inline);
          const right = await open(server, { scheme, path: 'rtl', width: 390 });
          await right.evaluate((texts) => { document.querySelector('answerlet-chat').texts = texts; }, rtl);
          await click(right, '[part=bubble]');
          await right.waitForFunction(() => document.querySelector('answerlet-chat').shadowRoot.querySelector('.warning'));
          await check('right to left, with a warning, on a phone', right);
        });
      }
    });

    it('left no page with an error', async () => {
      for (const page of pages) assert.deepEqual(await page.evaluate(() => faults), []);
    });
  });
}
