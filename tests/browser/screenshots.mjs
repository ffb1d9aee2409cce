// Pictures of the demo and of the documentation, to be looked at: `node tests/browser/screenshots.mjs` writes tests/screenshots/ (not committed);
// with `--readme` also www/site/demo.png, the README's.

import { mkdir, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { ROOT, launch, readJson, serveDemo } from './harness.mjs';
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

await mkdir(out, { recursive: true });
const server = await serveDemo();
const browser = await launch('chromium');
try {
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
