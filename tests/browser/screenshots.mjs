// Pictures of the demo, the documentation and the chat, to be looked at: `node tests/browser/screenshots.mjs` writes tests/screenshots/
// (not committed); with `--readme` also www/site/demo.png, the README's; with `--chat` the chat's alone.

import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ROOT, launch, readJson, serveDemo } from './harness.mjs';
import { chat, click, escape, highlighted, html, openChat, serveChat, settled, type } from './chat-page.mjs';
import { answered, openDemo, pick } from './demo-page.mjs';

const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844, mobile: true } };
const MAX_README_BYTES = 300_000;
const out = path.join(ROOT, 'tests/screenshots');

const demo = await readJson('www/site/sunset-motors.json');
const first = demo.questions[0].question;
const refused = demo.questions.find(({ answers }) => answers.length === 0).question;

async function openPanel(page) {
  await page.click('#panel > summary');
  await page.waitForSelector('#plot-end svg');
  // Charts and fonts settle.
  await new Promise((resolve) => setTimeout(resolve, 500));
}

/** The documentation, whole; on a phone the menu, too. */
async function shootPages(size, { width, height }, scheme) {
  const files = (await readdir(path.join(ROOT, 'www/site/dist'))).filter((name) => name.endsWith('.html') && name !== 'index.html');
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  for (const file of files) {
    await page.goto(`${server.url}/${file}`);
    await page.screenshot({ path: path.join(out, `${size}-${scheme}-${file.replace('.html', '')}.png`), fullPage: true });
  }
  if (await page.$eval('.menu-button', (button) => button.checkVisibility())) {
    await page.click('.menu-button');
    await page.screenshot({ path: path.join(out, `${size}-${scheme}-menu.png`) });
  }
  await page.close();
}

/** For the picture alone: a language that is written from right to left. */
const HEBREW = {
  language: 'he', direction: 'rtl', label: 'שאלו את הדף', heading: 'שאלו את הדף', close: 'סגירה', question: 'השאלה שלכם', placeholder: 'הקלידו שאלה', ask: 'שאלו',
  intro: 'שאלו שאלה. התשובה היא קטע מן הטקסט, מילה במילה, והיא נמצאת בדפדפן שלכם.', suggestions: 'שאלות מוצעות', showInPage: 'הצגה בדף', youAsked: 'שאלתם:',
};

/** Every state of the chat. */
async function shootChat(browser) {
  const suggestions = `suggestions="${escape(demo.questions.slice(0, 4).map(({ question }) => question).join('|'))}"`;
  const contact = '<p slot="contact">Or call us: <a href="tel:+15550100">555 0100</a></p>';
  let wait = 0;
  const pages = { '': html({ chat: chat(suggestions, contact) }), rtl: html({ dir: 'rtl', chat: chat(suggestions) }), de: html({ lang: 'de', chat: chat(suggestions) }), inline: html({ main: `<p>${escape(demo.passage)}</p>${chat(`inline ${suggestions}`)}` }) };
  const still = () => new Promise((resolve) => setTimeout(resolve, 400));
  for (const [size, view] of Object.entries({ desktop: { width: 1100, height: 760 }, phone: { width: 390, height: 780 } })) {
    for (const scheme of ['light', 'dark']) {
      // A port of its own: nothing is kept yet.
      const server = await serveChat(pages, { delay: (path) => (path.endsWith('.safetensors') ? wait : 0), bytesPerSecond: (path) => (wait && path.endsWith('.safetensors') ? 2e6 : 0) });
      const shoot = async (page, name) => {
        await still();
        await page.screenshot({ path: path.join(out, `chat-${size}-${scheme}-${name}.png`) });
      };
      const page = await openChat(browser, server.url, { ...view, scheme });
      await shoot(page, 'bubble');
      wait = 800;
      await click(page, '[part=bubble]');
      await new Promise((resolve) => setTimeout(resolve, 3500));
      await shoot(page, 'loading');
      await type(page, first);
      await shoot(page, 'waiting');
      await click(page, '[part=refuse-button]');
      await settled(page);
      await shoot(page, 'search');
      wait = 0;
      await click(page, '[part=agree-button]');
      await page.waitForFunction(() => events.some(({ type }) => type === 'answerlet-ready'), { timeout: 60_000 });
      await type(page, first);
      const { answer } = await settled(page);
      await shoot(page, 'answer');
      await click(page, 'ol > li:last-child [part=show-button]');
      if ((await highlighted(page)) !== answer) throw new Error('the answer is not highlighted');
      await shoot(page, 'shown');
      await page.evaluate(() => document.querySelector('answerlet-chat').show());
      await type(page, refused);
      await settled(page);
      await shoot(page, 'no-answer');
      const session = await page.createCDPSession();
      const force = (value) => session.send('Emulation.setEmulatedMedia', { features: [{ name: 'forced-colors', value }] });
      await force('active');
      await shoot(page, 'forced-colors');
      await force('none');
      await page.evaluate(() => { document.querySelector('answerlet-chat').model = '/nowhere/'; });
      await page.waitForFunction(() => document.querySelector('answerlet-chat').shadowRoot.querySelector('.problem'));
      await shoot(page, 'error');
      await page.close();

      for (const other of ['rtl', 'de', 'inline']) {
        const page = await openChat(browser, server.url, { ...view, scheme, path: other });
        if (other === 'rtl') await page.evaluate((texts) => { document.querySelector('answerlet-chat').texts = texts; }, HEBREW);
        if (other !== 'inline') await click(page, '[part=bubble]');
        if (other !== 'de') {
          await type(page, first);
          await settled(page);
        }
        await shoot(page, other);
        await page.close();
      }
      await server.close();
    }
  }
}

await mkdir(out, { recursive: true });
const server = await serveDemo();
const browser = await launch('chromium');
try {
  await shootChat(browser);
  if (process.argv.includes('--chat')) process.exit();
  for (const [size, view] of Object.entries(SIZES)) {
    for (const scheme of ['light', 'dark']) {
      const page = await openDemo(browser, server.url, { ...view, scheme });
      const shoot = (name, options = {}) => page.screenshot({ path: path.join(out, `${size}-${scheme}-${name}.png`), ...options });
      await shoot('idle');
      await pick(page, first);
      await answered(page);
      await shoot('answer');
      if (process.argv.includes('--readme') && size === 'desktop' && scheme === 'light') {
        const file = path.join(ROOT, 'www/site/demo.png');
        await page.screenshot({ path: file });
        const { size: bytes } = await stat(file);
        if (bytes > MAX_README_BYTES) throw new Error(`${file} is too big: ${bytes} bytes`);
      }
      await pick(page, refused);
      await answered(page);
      await shoot('refusal');
      await pick(page, first);
      await answered(page);
      await openPanel(page);
      await shoot('panel', { fullPage: true });
      await page.close();
      await shootPages(size, view, scheme);
    }
  }
} finally {
  await browser.close();
  await server.close();
}
console.log(`written to ${path.relative(process.cwd(), out) || '.'}`);
