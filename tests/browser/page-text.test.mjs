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
  'Day, Time: By\nMonday, 9–18\nTuesday, 10–16, Ann',
  'Warranty\nThree years',
  'Price\n5\u00a0€',
  'May I return it?',
  'Yes, within 30 days.',
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
.flex { display: flex; justify-content: space-between } .inline-block { display: inline-block }
.upper { text-transform: uppercase } .pre-line { white-space: pre-line }
.tall { height: 3000px } .box { height: 200px; overflow: auto }`;

const html = (body) => `<!doctype html><html lang="en"><title> The
 title </title><link rel="stylesheet" href="/page-text.css"><body>${body}<script type="module" src="/page-text-test.js"></script>`;

const FILES = {
  '/page-text.html': { headers: { 'Content-Security-Policy': CSP }, body: html(BODY) },
  '/page-text-bare.html': { body: html(BODY) },
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
  });
}
