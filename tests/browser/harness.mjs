// One harness for Chromium and Firefox: launches the real browser, serves the built files, opens pages.

import { execFile } from 'node:child_process';
import { promises as fs } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DEMO, serve as startServer } from '../../scripts/serve.mjs';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** `BROWSERS=chromium` runs one of them alone. */
export const BROWSERS = (process.env.BROWSERS ?? 'chromium,firefox').split(',');
/** Where the server below puts the default model. */
export const MODEL = '/model/';

// The packages belong to www/, so they are resolved from there.
const puppeteer = createRequire(path.join(ROOT, 'www/package.json'))('puppeteer-core');

const EXECUTABLES = {
  chromium: process.env.CHROMIUM ?? '/usr/bin/chromium',
  firefox: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
};

/**
 * @param {'chromium' | 'firefox'} name
 * @param {{ host?: string }} [options] a host name that leads to this machine, and is as strange to the browser as any
 */
export async function launch(name, { host } = {}) {
  const chromium = name === 'chromium';
  const browser = await puppeteer.launch({
    browser: chromium ? 'chrome' : 'firefox',
    executablePath: EXECUTABLES[name],
    headless: true,
    protocolTimeout: 600_000,
    args: chromium
      ? ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', ...(host ? [`--host-resolver-rules=MAP ${host} 127.0.0.1`] : [])]
      : [],
    // Tests count every request; these are the browser's own.
    extraPrefsFirefox: { ...(host && { 'network.dns.localDomains': host }), 'browser.safebrowsing.update.enabled': false, 'datareporting.policy.dataSubmissionEnabled': false },
  });
  return browser;
}

/**
 * The built library, the default model, the fixtures and the test page as a static host would serve them.
 * @param {import('../../scripts/serve.mjs').Options} [options] more mounts, files in memory, faults
 */
export function serve(options = {}) {
  return startServer({
    ...options,
    mounts: {
      '/': path.join(ROOT, 'tests/browser/page'),
      '/dist/': path.join(ROOT, 'www/dist'),
      [MODEL]: path.join(ROOT, 'www/model'),
      '/checkpoints/': path.join(ROOT, 'tests/fixtures/checkpoints'),
      ...options.mounts,
    },
  });
}

/** The demo site as `scripts/demo` serves it. */
export const serveDemo = (options = {}) => startServer({ ...DEMO, ...options });

/**
 * Opens the test page, with the library at hand as `Answerlet` and page/page.js's helpers as `T`.
 */
export async function newPage(browser, url) {
  const page = await browser.newPage();
  await page.goto(`${url}/`, { waitUntil: 'load' });
  await page.waitForFunction(() => globalThis.T !== undefined, { timeout: 30_000 });
  return page;
}

export const readJson = async (file) => JSON.parse(await fs.readFile(path.join(ROOT, file), 'utf8'));

/** Files of a folder, by name. */
export async function readFolder(folder) {
  const directory = path.join(ROOT, folder);
  const files = {};
  for (const name of await fs.readdir(directory)) files[name] = await fs.readFile(path.join(directory, name));
  return files;
}

/** The native command line. */
export const CLI = path.resolve(process.env.ANSWERLET_CLI ?? path.join(ROOT, 'target/debug/answerlet'));

/**
 * What the native command line answers, as `--json`: the shape of the browser's `ask`. Contexts in an array are documents, whose ids
 * are their places in it.
 */
export async function askNative(model, question, context, ...options) {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'answerlet-'));
  try {
    const files = [];
    for (const [place, text] of [context].flat().entries()) {
      files.push('--context', String(place));
      await fs.writeFile(path.join(folder, String(place)), text);
    }
    const { stdout } = await promisify(execFile)(CLI, ['ask', '--model', path.join(ROOT, model), '--question', question, ...files, ...options, '--json'], { cwd: folder });
    return JSON.parse(stdout);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}
