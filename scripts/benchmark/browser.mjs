// The browser and the server of a run.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { serve as startServer } from '../serve.mjs';
import { at } from './machine.mjs';

const puppeteer = createRequire(at('www/package.json'))('puppeteer-core');

const EXECUTABLES = {
  chromium: process.env.CHROMIUM ?? '/usr/bin/chromium',
  firefox: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
};

/** A fresh profile each time. */
export function launch(name, flags = []) {
  const chromium = name === 'chromium';
  return puppeteer.launch({
    browser: chromium ? 'chrome' : 'firefox',
    executablePath: EXECUTABLES[name],
    headless: true,
    protocolTimeout: 900_000,
    args: [
      ...(chromium
        ? ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
        : []),
      ...flags,
    ],
    // Firefox rounds its clock to a millisecond otherwise.
    extraPrefsFirefox: { 'privacy.reduceTimerPrecision': false, 'browser.safebrowsing.update.enabled': false, 'datareporting.policy.dataSubmissionEnabled': false },
  });
}

/**
 * Everything from one origin, without the headers that threads need.
 * @param {{ models: string, wasm: string }} folders the exported models, and the benchmark's WebAssembly
 */
export function serve({ models, wasm }) {
  const modules = at('scripts/benchmark/node_modules');
  const transformers = path.join(modules, '@huggingface/transformers');
  const nested = path.join(transformers, 'node_modules/onnxruntime-web/dist');
  return startServer({
    mounts: {
      '/': at('scripts/benchmark/page'),
      '/dist/': at('www/dist'),
      '/wasm/': wasm,
      '/models/': models,
      '/int8/minilm-l6/': at('www/model'),
      '/int8/distilbert-base/': path.join(models, 'distilbert-base/int8'),
      '/onnxruntime-web/': path.join(modules, 'onnxruntime-web/dist'),
      '/transformers.js/': path.join(transformers, 'dist'),
      '/transformers.js-onnxruntime-web/': existsSync(nested) ? nested : path.join(modules, 'onnxruntime-web/dist'),
    },
  });
}

/** Opens the benchmark's page. */
export async function newPage(browser, url) {
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(`page: ${error.message}`));
  await page.goto(`${url}/`, { waitUntil: 'load' });
  await page.waitForFunction(() => globalThis.bench !== undefined, { timeout: 30_000 });
  return page;
}

/** The page's functions, called from here. */
export const remote = (page) =>
  new Proxy({}, { get: (_, name) => (...args) => page.evaluate((name, args) => globalThis.bench[name](...args), name, args) });

/**
 * The most memory that a renderer has had so far, all of it: JavaScript, WebAssembly, code. Null where it can't be known.
 */
export function rendererPeakBytes(browser) {
  if (!existsSync('/proc/self/status')) return null;
  const parents = new Map();
  const peaks = new Map();
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)) {
    try {
      const status = readFileSync(`/proc/${id}/status`, 'utf8');
      parents.set(id, Number(/^PPid:\s*(\d+)/m.exec(status)?.[1]));
      if (!readFileSync(`/proc/${id}/cmdline`, 'utf8').includes('--type=renderer')) continue;
      peaks.set(id, 1024 * Number(/^VmHWM:\s*(\d+)/m.exec(status)?.[1] ?? 0));
    } catch {
      // A process that has ended meanwhile.
    }
  }
  const own = browser.process()?.pid;
  const ours = (id) => id === own || (parents.has(id) && ours(parents.get(id)));
  const found = [...peaks].filter(([id]) => ours(id)).map(([, bytes]) => bytes);
  return found.length > 0 ? Math.max(...found) : null;
}
