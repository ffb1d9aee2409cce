// The text of a page as its readers see it, and the way back from the text into the page.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { BROWSERS, ROOT, launch, serve } from './harness.mjs';

const { build } = createRequire(path.join(ROOT, 'www/package.json'))('esbuild');
const { outputFiles } = await build({ entryPoints: [path.join(ROOT, 'www/src/page/index.ts')], bundle: true, format: 'esm', target: 'es2022', write: false });
/** The page asks for Trusted Types, and lets in no inline style or script. */
const CSP = "default-src 'self'; style-src 'self'; require-trusted-types-for 'script'; trusted-types answerlet";

const FAQ = {
  '@context': 'https://schema.org',
  '@graph': [
    { '@type': 'WebSite', name: 'Sunset Motors' },
    {
      '@type': ['WebPage', 'https://schema.org/FAQPage'],
      mainEntity: [
        { '@type': 'Question', name: 'Do you <em>deliver</em>?', acceptedAnswer: { '@type': 'Answer', text: '<p>Yes, &amp; for free.</p><ul><li>Within 50 km</li><li>On weekdays</li></ul><script>bad()</script>' } },
        { '@type': 'Question', name: 'Is tea free?', acceptedAnswer: [{ text: 'Tea is free < 3 cups.' }] },
        { '@type': 'Question', name: 'What is open?', acceptedAnswer: { text: '<b>The yard</b> is open.' } },
      ],
    },
  ],
};

const BODY = `
<nav>Home <a href="/">About</a></nav>
<main>
  <h1>Sunset
      Motors</h1>
  <p>We   are <b>open</b><i> every</i> day,
     even on <a href="#">Sun<em>days</em></a>.<!-- no --> Come
  by!<script>var x = 'script text';</script><style>p { color: red }</style></p>
  <p>Line one<br>line two<br><br>after a gap. <span hidden>Hidden text</span><span aria-hidden="true">★★★</span></p>
  <div>Bare text <p>a paragraph</p> and more</div>
  <ul>
    <li>First item</li>
    <li><p>Second item</p></li>
    <li>Third <b>item</b><ul><li>Nested</li></ul></li>
  </ul>
  <table>
    <caption>Hours</caption>
    <thead><tr><th>Day</th> <th>Time:</th> <th>By</th></tr></thead>
    <tbody>
      <tr><td>Monday</td><td>9–18</td><td></td></tr>
      <tr><td><p>Tuesday</p></td><td><p>10–16</p></td><td>Ann</td></tr>
    </tbody>
  </table>
  <dl><dt>Warranty</dt><dd>Three years</dd><dt>Price</dt><dd>5&nbsp;€</dd></dl>
  <details id="closed"><summary>May I return it?</summary><p>Yes, within <b>30 days</b>.</p></details>
  <div hidden="until-found" id="until"><p>Hidden until found.</p></div>
  <pre>  code {
    kept;
  }
</pre>
  <form><label>Your name</label><input value="typed"><button>Send</button><select><option>one</option></select><textarea>draft</textarea></form>
  <h2><button aria-expanded="false">What is open?</button></h2>
  <p>The yard is open.</p>
  <p class="none">Not displayed</p><p class="invisible">Not visible <span class="visible">but this is</span></p>
  <p class="reader-only">For screen readers</p>
  <p>e\u0301cole 👩‍👩‍👧‍👦 family, שלום <span dir="rtl">עולם</span>, 你好<b>世界</b>。 🇩🇪 &amp; &lt;tag&gt;</p>
  <p class="flex"><span>Wednesday</span><span>11–15</span></p>
  <p class="upper">Straße <span class="inline-block">in</span><span class="inline-block">line</span></p>
  <p class="pre-line">one   two
     three</p>
  <answerlet-chat>our own</answerlet-chat>
  <noscript>no script</noscript><template>template</template><svg><text>drawn</text></svg>
  <x-card><span slot="name">Slotted</span></x-card>
  <div class="box"><div class="tall"></div><p>Far down in a box: <b>the needle</b>.</p><div class="tall"></div></div>
  <div class="tall"></div>
</main>
<footer><address>Call +1 555 0100</address></footer>
<script type="application/ld+json">${JSON.stringify(FAQ).replaceAll('<', '\\u003c')}</script>
<script type="application/ld+json">{ broken</script>`;

const TEXT = [
  'Sunset Motors',
  'We are open every day, even on Sundays. Come by!',
  'Line one\nline two',
  'after a gap.',
  'Bare text',
  'a paragraph',
  'and more',
  'First item\nSecond item\nThird item\nNested',
  'Hours',
  'Day, Time: By\nMonday, Time: 9–18\nTuesday, Time: 10–16, By: Ann',
  'Warranty\nThree years',
  'Price\n5\u00a0€',
  'May I return it?',
  'Yes, within 30 days.',
  'Hidden until found.',
  '  code {\n    kept;\n  }',
  'Your name',
  'What is open?',
  'The yard is open.',
  'but this is',
  'e\u0301cole 👩‍👩‍👧‍👦 family, שלום עולם, 你好世界。 🇩🇪 & <tag>',
  'Wednesday, 11–15',
  'Straße inline',
  'one two\nthree',
  'In the shadow: Slotted',
  'Far down in a box: the needle.',
  'Call +1 555 0100',
];
const FROM_DATA = ['Do you deliver?\nYes, & for free.', 'Within 50 km\nOn weekdays', 'Is tea free?\nTea is free < 3 cups.'];

const STYLE = `
.none { display: none } .invisible { visibility: hidden } .visible { visibility: visible }
.reader-only { position: absolute; width: 1px; height: 1px; overflow: hidden }
.contents { display: contents } .float { float: left }
.flex { display: flex; justify-content: space-between } .inline-block { display: inline-block }
.upper { text-transform: uppercase } .pre-line { white-space: pre-line }
.tall { height: 3000px } .box { height: 200px; overflow: auto }`;

const html = (body) => `<!doctype html><html lang="en"><title> The
 title </title><link rel="stylesheet" href="/page-text.css"><body>${body}<script type="module" src="/page-text-test.js"></script>`;

const FILES = {
  '/page-text.html': { headers: { 'Content-Security-Policy': CSP }, body: html(BODY) },
  '/page-text-no-policy.html': { headers: { 'Content-Security-Policy': CSP.replace('trusted-types answerlet', "trusted-types 'none'") }, body: html(BODY) },
  '/page-text.css': { body: STYLE },
  '/page-text.js': { body: Buffer.from(outputFiles[0].contents) },
  '/page-text-test.js': {
    body: `
import * as P from '/page-text.js';
customElements.define('x-card', class extends HTMLElement {
  constructor() {
    super();
    const p = document.createElement('p');
    p.append('In the shadow: ', Object.assign(document.createElement('slot'), { name: 'name' }));
    this.attachShadow({ mode: 'open' }).append(p);
  }
});
const roots = () => [...document.querySelectorAll('main, footer')];
const spanOf = (page, words) => { const start = page.text.indexOf(words); if (start < 0) throw new Error('no ' + words); return [start, start + words.length]; };
const rangeOf = (words, page = new P.PageText(roots())) => page.toRange(...spanOf(page, words));
globalThis.T = { ...P, roots, spanOf, rangeOf, frames: () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))) };`,
  },
};

for (const name of BROWSERS) {
  describe(`the text of a page in ${name}`, () => {
    let browser, server, page;
    const open = async (file = '/page-text.html') => {
      await page?.close();
      page = await browser.newPage();
      await page.goto(server.url + file, { waitUntil: 'load' });
      await page.waitForFunction(() => globalThis.T !== undefined);
    };
    before(async () => {
      server = await serve({ files: Object.fromEntries(Object.entries(FILES).map(([at, file]) => [at, () => file])) });
      browser = await launch(name);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });
    beforeEach(() => open());

    it('is what a reader sees, block by block', async () => {
      const text = await page.evaluate(() => new T.PageText(T.roots()).text);
      assert.deepEqual(text.split('\n\n'), [...TEXT, ...FROM_DATA]);
    });

    it('holds each root once, in the order of the page; and nothing of a hidden one', async () => {
      const texts = await page.evaluate(() => {
        const all = (selector) => [...document.querySelectorAll(selector)];
        const read = (roots) => new T.PageText(roots).text.split('\n\nDo you')[0];
        return [read([...all('footer'), ...all('h1'), ...all('h1, h2')]), read(all('ul li, ul')), read(all('.none, .visible, [hidden]')), read(all('#closed p')), read([])];
      });
      assert.deepEqual(texts, [
        'Sunset Motors\n\nWhat is open?\n\nCall +1 555 0100', 'First item\nSecond item\nThird item\nNested', 'Hidden until found.\n\nbut this is', 'Yes, within 30 days.', '',
      ]);
    });

    it('leads back to the page from any offsets', async () => {
      const seen = await page.evaluate((data) => {
        const page = new T.PageText(T.roots());
        const visible = page.text.slice(0, page.text.indexOf(data) - 2);
        const shadow = T.spanOf(page, 'In the shadow: ');
        // What a range holds of this page's text, told apart from the page's other text by the page's own marks.
        const OUT = 'script, style, [hidden=""], [aria-hidden=true], .none, .invisible, .reader-only, form > :not(label), answerlet-chat, noscript, svg';
        const lettersOf = (range) => {
          const common = range.commonAncestorContainer;
          const walker = document.createTreeWalker(common.nodeType === Node.TEXT_NODE ? common.parentNode : common, NodeFilter.SHOW_TEXT);
          let letters = '';
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            if (!range.intersectsNode(node) || (node.parentElement.closest(OUT) && !node.parentElement.closest('.visible'))) continue;
            const from = node === range.startContainer ? range.startOffset : 0;
            letters += node.data.slice(from, node === range.endContainer ? range.endOffset : undefined);
          }
          return letters;
        };
        // What isn't in the DOM: line breaks, save those of the <pre>, and what parts cells.
        const separators = new Set([...visible.matchAll(/\n/g)].map(({ index }) => index));
        const [pre] = T.spanOf(page, '  code {\n    kept;\n  }');
        for (let at = pre; at < pre + 22; at += 1) separators.delete(at);
        const rows = { 'Day, Time: By': /, |(?<=:) /g, 'Monday, Time: 9–18': /, Time: /g, 'Tuesday, Time: 10–16, By: Ann': /, \w+: /g, 'Wednesday, 11–15': /, /g };
        for (const [row, between] of Object.entries(rows)) {
          for (const { 0: words, index } of row.matchAll(between)) for (let i = 0; i < words.length; i += 1) separators.add(T.spanOf(page, row)[0] + index + i);
        }
        const bare = (text) => text.replace(/\s/g, '');
        let state = 12345;
        const random = (below) => { state = (Math.imul(state, 1103515245) + 12345) >>> 0; return Math.floor((state / 2 ** 32) * below); };
        const counts = { found: 0, single: 0, none: 0, wrong: [] };
        for (let i = 0; i < 3000; i += 1) {
          const start = random(visible.length);
          const end = Math.min(visible.length, start + 1 + random(i % 3 === 0 ? visible.length : 40));
          const slice = visible.slice(start, end);
          const range = page.toRange(start, end);
                    // A range can't leave a shadow tree.
          let [a, b] = [start, end];
          while (a < b && separators.has(a)) a += 1;
          while (a < b && separators.has(b - 1)) b -= 1;
          const within = (at) => at >= shadow[0] && at < shadow[1];
          const borders = within(a) !== within(b - 1);
          if (!range) {
            counts.none += 1;
            if (a < b && !borders) counts.wrong.push(['none', slice]);
            continue;
          }
          counts.found += 1;
          // Over the shadow's host, the tree has only what is put into it.
          const over = start < shadow[0] && end > shadow[1];
          let expected = '';
          for (let at = start; at < end; at += 1) if (!separators.has(at) && !(over && within(at))) expected += visible[at];
          if (bare(lettersOf(range)) !== bare(expected)) counts.wrong.push(['letters', slice, lettersOf(range)]);
          const { startContainer, startOffset, endContainer, endOffset } = range;
          if (startContainer === endContainer && !slice.includes('\n')) {
            counts.single += 1;
            const text = range.toString();
            if (text.replace(/[ \n]+/g, ' ') !== visible.slice(a, b).replace(/ +/g, ' ')) counts.wrong.push(['text', slice, text]);
          } else if (startContainer.data.length === startOffset || endOffset === 0) {
            counts.wrong.push(['edge', slice]);
          }
        }
        return counts;
      }, FROM_DATA[0]);
      assert.deepEqual(seen.wrong, []);
      assert.ok(seen.found > 2500 && seen.single > 200 && seen.none > 10, JSON.stringify(seen));
    });

    it('has the words that the browser itself reads in random pages, and leads back from each', async () => {
      const wrong = await page.evaluate(() => {
        let state = 99;
        const random = (below) => { state = (Math.imul(state, 1103515245) + 12345) >>> 0; return Math.floor((state / 2 ** 32) * below); };
        const pick = (list) => list[random(list.length)];
        const TAGS = ['span', 'span', 'b', 'i', 'a', 'div', 'div', 'p', 'ul', 'li', 'h2', 'pre', 'section', 'blockquote', 'dl', 'dt', 'dd', 'table', 'br', 'x-unknown'];
        // A block that isn't visible leaves a gap, and innerText none; nor has it the spaces at the edges of an inline block.
        const CLASSES = ['', '', '', '', '', 'none', 'visible', 'flex', 'upper', 'pre-line', 'float'];
        const TEXTS = ['a', 'bc', ' ', '  \n ', 'd e', ' f', 'g ', '\n', 'é', 'e\u0301', '😀', '\t', 'שלום', '你好', 'h\u00a0i', '\u200d', 'j  \n k', ''];
        const fill = (element, depth) => {
          for (let i = random(4); i >= 0; i -= 1) {
            if (random(2) || depth === 0) {
              element.append(document.createTextNode(pick(TEXTS)));
            } else {
              const child = document.createElement(pick(TAGS));
              child.className = pick(CLASSES);
              if (child.localName === 'span' && random(6) === 0) child.className = 'invisible';
              if (/^(div|p|section)$/.test(child.localName) && random(6) === 0) child.className = 'contents';
              element.append(child);
              if (child.localName === 'table') for (let rows = 1 + random(3); rows > 0; rows -= 1) for (let cells = 1 + random(3), row = child.insertRow(); cells > 0; cells -= 1) fill(row.insertCell(), depth - 1);
              else if (child.localName !== 'br') fill(child, child.className === 'invisible' ? 0 : depth - 1);
            }
          }
        };
        const wrong = [];
        let ranges = 0;
        for (const data of document.querySelectorAll('script[type$=json]')) data.remove();
        for (let round = 0; round < 800; round += 1) {
          const root = document.createElement('div');
          fill(root, 1 + random(4));
          document.querySelector('main').replaceChildren(root);
          const page = new T.PageText([root]);
          const { text } = page;
          // Letters by capitals, since innerText applies text-transform; commas are ours alone here, between cells.
          const words = (text) => text.toUpperCase().split(/[\s,]+/).filter(Boolean).join('|');
          const expected = words(root.innerText);
          if (words(text) !== expected) wrong.push([root.innerHTML, words(text), expected]);
          if (/[ \t]\n\n|\n\n\n\n/.test(text) && !root.querySelector('pre, .pre-line')) wrong.push([root.innerHTML, text]);
          for (const { 0: word, index } of text.matchAll(/[^\s,]+/g)) {
            const range = page.toRange(index, index + word.length);
            if (range?.toString().replace(/\s/g, '') !== word.replace(/\s/g, '') && !root.querySelector('.none, .invisible')) wrong.push([root.innerHTML, word, String(range)]);
            if (!range) wrong.push([root.innerHTML, word, 'none']);
            ranges += 1;
          }
        }
        if (ranges < 2000) wrong.push(['ranges', ranges]);
        // The smallest pages tell most.
        return wrong.sort(([a], [b]) => a.length - b.length).slice(0, 5);
      });
      assert.deepEqual(wrong, []);
    });

    it('leads nowhere from JSON-LD, from separators, and from offsets that there are not', async () => {
      const ranges = await page.evaluate((data) => {
        const page = new T.PageText(T.roots());
        const [from] = T.spanOf(page, data);
        const [gap] = T.spanOf(page, '\n\nWe are');
        const cases = [[from, from + 4], [from - 4, from + 4], [gap, gap + 2], [5, 5], [6, 5], [-1, 5], [0, page.text.length + 1], [0.5, 2], [NaN, 2]];
        return cases.map(([start, end]) => page.toRange(start, end));
      }, FROM_DATA[0]);
      assert.deepEqual(ranges, Array(9).fill(null));
    });

    it('a range is gone when its text is, and found again in other nodes', async () => {
      const seen = await page.evaluate(() => {
        const page = new T.PageText(T.roots);
        const text = (words) => page.toRange(...T.spanOf(page, words))?.toString() ?? null;
        const seen = [text('Bare text')];
        // A framework renders the same anew.
        const main = document.querySelector('main');
        main.replaceWith(main.cloneNode(true));
        seen.push(text('Bare text'), text('within 30 days'));
        document.querySelector('main div').firstChild.data = 'Bear text';
        seen.push(text('Bare text'), text('a paragraph'));
        // Something new within.
        document.querySelector('#closed b').before('all of ');
        seen.push(text('within 30 days'), text('30 days'), text('Yes, within'));
        document.querySelector('footer').className = 'none';
        seen.push(text('Call +1'));
        document.querySelector('h1').remove();
        seen.push(text('Sunset'));
        return seen;
      });
      assert.deepEqual(seen, ['Bare text', 'Bare text', 'within 30 days', null, 'a paragraph', null, '30 days', 'Yes, within', null, null]);
    });

    it('holds what is stated in JSON-LD alone, where nothing may be parsed too', async () => {
      await open('/page-text-no-policy.html');
      const text = await page.evaluate(() => new T.PageText(T.roots()).text);
      assert.match(text, /Do you deliver ?\?\nYes, & for free\.\s+Within 50 km\s+On weekdays\n\nIs tea free\?\nTea is free < 3 cups\.$/);
    });

    it('of a parsed document is judged by tags and attributes', async () => {
      const seen = await page.evaluate(() => {
        const parsed = T.parseHtml(`<title>A  page</title><nav>Nav</nav><main><h1>Head</h1><p>One <b>bold</b>
          line<p style="display: none">no</p><p hidden>no</p><div hidden="until-found">until found</div><dialog>closed</dialog>
          <ul><li>a<li>b<ul><li>c</ul></ul><table><tr><th>x<td>y</table><details><summary>S</summary>inside</details><pre>
 a
  b</pre><script>no</script></main><footer>Foot</footer>
          <script type="application/ld+json">{"@type":"FAQPage","mainEntity":{"@type":"Question","name":"Q?","acceptedAnswer":{"text":"A."}}}</script>`);
        const untitled = T.parseHtml('<h1>A <i>heading</i></h1><p>text');
        return [T.textOf(parsed), T.textOf(parsed, 'footer, h1'), T.textOf(parsed, 'article').text, T.textOf(untitled), new T.PageText([parsed.body]).text.startsWith('Head')];
      });
      assert.deepEqual(seen, [
        { title: 'A page', text: 'Head\n\nOne bold line\n\nuntil found\n\na\nb\nc\n\nx, y\n\nS\n\ninside\n\n a\n  b\n\nQ?\nA.' },
        { title: 'A page', text: 'Head\n\nFoot\n\nQ?\nA.' },
        'Q?\nA.',
        { title: 'A heading', text: 'A heading\n\ntext' },
        true,
      ]);
    });

    /** How far the middle of a range is from the window's, and whether all of it is seen. */
    const whereIs = (words) =>
      page.evaluate((words) => {
        const { top, bottom } = T.rangeOf(words).getBoundingClientRect();
        const { innerHeight, innerWidth, scrollX } = window;
        return { off: Math.abs((top + bottom) / 2 - innerHeight / 2), visible: top >= 0 && bottom <= innerHeight, innerHeight, innerWidth, scrollX };
      }, words);

    for (const highlights of [true, false]) {
      it(`is shown in the page ${highlights ? 'by a highlight' : 'by the selection, where there are no highlights'}`, async () => {
        const seen = await page.evaluate(async (highlights) => {
          if (!highlights) delete globalThis.Highlight;
          matchMedia = (query) => ({ matches: query.includes('reduced-motion') });
          const button = document.querySelector('h2 button');
          button.focus({ preventScroll: true });
          const marked = () => (highlights ? [...(CSS.highlights.get('answerlet') ?? [])].map(String) : [getSelection().toString()].filter(Boolean));
          const before = document.documentElement.outerHTML;
          const seen = [];
          T.showInPage(T.rangeOf('every day, even on Sundays'));
          seen.push(marked().map((text) => text.replace(/\s+/g, ' ')));
          seen.push(document.documentElement.outerHTML === before);
          T.showInPage(T.rangeOf('30 days'));
          seen.push(marked(), document.querySelector('#closed').open);
          if (highlights) seen.push(getComputedStyle(document.querySelector('#closed b'), '::highlight(answerlet)').backgroundColor);
          document.querySelector('#until').addEventListener('beforematch', () => seen.push('beforematch'));
          T.showInPage(T.rangeOf('until found'));
          seen.push(marked(), document.querySelector('#until').hidden);
          T.showInPage(T.rangeOf('In the shadow'));
          seen.push(highlights ? marked() : []);
          T.showInPage(T.rangeOf('the needle'));
          seen.push(marked(), document.activeElement === button);
          T.clearHighlight();
          seen.push(marked());
          if (!highlights) {
            // The reader's own selection stays.
            T.showInPage(T.rangeOf('the needle'));
            getSelection().selectAllChildren(document.querySelector('address'));
            T.clearHighlight();
            seen.push(marked().map((text) => text.trim()));
          }
          return seen;
        }, highlights);
        const colour = highlights ? ['rgb(255, 224, 138)'] : [];
        const own = highlights ? [] : [['Call +1 555 0100']];
        assert.deepEqual(seen, [['every day, even on Sundays'], true, ['30 days'], true, ...colour, 'beforematch', ['until found'], false, highlights ? ['In the shadow'] : [], ['the needle'], true, [], ...own]);
        const { off, visible } = await whereIs('the needle');
        assert.ok(visible && off < 2, `it is ${off} px from the middle`);
      });
    }

    for (const direction of ['ltr', 'rtl']) {
      it(`is scrolled to sideways too, in ${direction}`, async () => {
        const seen = await page.evaluate((direction) => {
          matchMedia = () => ({ matches: true });
          const box = document.querySelector('.box');
          const line = document.createElement('pre');
          line.append('first '.repeat(200), Object.assign(document.createElement('b'), { textContent: 'target' }), ' last'.repeat(200));
          box.dir = direction;
          box.append(line);
          const inside = (words) => {
            T.showInPage(T.rangeOf(words));
            const [range, frame] = [[...CSS.highlights.get('answerlet')][0].getBoundingClientRect(), box.getBoundingClientRect()];
            const { innerHeight } = window;
            return range.left >= frame.left && range.right <= frame.right && range.top >= frame.top && range.bottom <= frame.bottom && range.top >= 0 && range.bottom <= innerHeight;
          };
          // There, and back.
          return [inside('target'), box.scrollLeft !== 0, inside('the needle'), box.scrollTop > 0, inside('target'), scrollX];
        }, direction);
        assert.deepEqual(seen, [true, true, true, true, true, 0]);
      });
    }

    it('is scrolled to smoothly, unless the reader wants no motion', async () => {
      const behaviours = await page.evaluate(() => {
        const seen = [];
        Element.prototype.scrollBy = ({ behavior }) => seen.push(behavior);
        for (const matches of [false, true]) {
          matchMedia = () => ({ matches });
          T.showInPage(T.rangeOf('Call +1'));
        }
        return seen;
      });
      assert.deepEqual(behaviours, ['smooth', 'instant']);
    });

    it('tells when it has changed, and only then', async () => {
      const seen = await page.evaluate(async () => {
        const told = [];
        const wait = (ms) => new Promise((done) => setTimeout(done, ms));
        const stop = T.watchText(T.roots, (page) => told.push(page.text), { delay: 40 });
        /** What was told after a change: how often, and whether the words are in it. What is told late counts with the next. */
        const after = async (change, words = '') => {
          told.length = 0;
          change();
          for (let i = 0; i < 200 && words !== null && told.length === 0; i += 1) await wait(50);
          await wait(300);
          return told.map((text) => text.includes(words) && text === new T.PageText(T.roots()).text);
        };
        const $ = (selector) => document.querySelector(selector);
        const own = $('answerlet-chat');
        const seen = {
          words: await after(() => { for (let i = 0; i < 50; i += 1) $('h1').append(` ${i}`); }, 'Motors 0 1 2'),
          same: await after(() => { $('h1').textContent = $('h1').textContent; $('h1').className = 'x'; $('h1').title = 'y'; $('#closed').open = true; }, null),
          ours: await after(() => { own.append('more'); own.remove(); document.body.append(own); own.hidden = true; }, null),
          aside: await after(() => { $('nav').append('more'); document.body.append(document.createElement('aside')); }, null),
          shown: await after(() => { $('.none').className = ''; }, 'Not displayed'),
          hidden: await after(() => { $('main').hidden = true; }),
          unhidden: await after(() => { $('main').hidden = false; }, 'Sunset'),
          replaced: await after(() => {
            const main = document.createElement('main');
            main.textContent = 'Another view';
            $('main').replaceWith(main);
          }, 'Another view'),
          data: await after(() => { $('script[type$=json]').remove(); }),
          stopped: await after(() => { stop(); $('main').append('unseen'); }, null),
        };
        // A page that is never quiet.
        const stopAgain = T.watchText(T.roots, () => told.push(''), { delay: 40 });
        told.length = 0;
        for (let i = 0; i < 1000 && told.length === 0; i += 1) { $('main').append(` ${i}`); await wait(10); }
        seen.restless = told.length > 0;
        stopAgain();
        return seen;
      });
      const once = [true];
      assert.deepEqual(seen, {
        words: once, same: [], ours: [], aside: [], shown: once, hidden: once, unhidden: once, replaced: once, data: once, stopped: [], restless: true,
      });
    });

    it('is searched without a model, and a hit is shown in the page', async () => {
      const seen = await page.evaluate(() => {
        const page = new T.PageText(T.roots());
        const [hit] = new T.TextSearch([{ id: 'page', text: page.text }]).search('when is it open on SUNDÁY');
        const { start, end } = T.sentenceAt(page.text, ...T.spanOf(page, 'Sundays'));
        return [hit.sentence, page.text.slice(hit.start, hit.end), page.toRange(start, end).toString().replace(/\s+/g, ' ')];
      });
      assert.deepEqual(seen, Array(3).fill('We are open every day, even on Sundays.'));
    });

    it('a stretch of a long page is found without reading it all again', async () => {
      const { read, find, length } = await page.evaluate(() => {
        const main = document.querySelector('main');
        for (let i = 0; i < 5000; i += 1) {
          const p = document.createElement('p');
          p.append(`Paragraph ${i} has `, Object.assign(document.createElement('b'), { textContent: 'bold words' }), ' and some more of them.');
          main.append(p);
        }
        new T.PageText(T.roots()); // which lays it out
        const began = performance.now();
        const page = new T.PageText(T.roots());
        const read = performance.now() - began;
        // The best of some, since the machine may be at something else.
        const found = [];
        for (let i = 4321; i < 4331; i += 1) {
          const span = T.spanOf(page, `Paragraph ${i} has bold words`);
          const began = performance.now();
          const text = page.toRange(...span).toString();
          found.push(performance.now() - began);
          if (text !== `Paragraph ${i} has bold words`) throw new Error(text);
        }
        return { read, find: Math.min(...found), length: page.text.length };
      });
      console.log(`# ${length} units of text: read in ${Math.round(read)} ms, a range in ${find.toFixed(1)} ms`);
      assert.ok(find < read / 5, `${read} ms, ${find} ms`);
    });
  });
}
