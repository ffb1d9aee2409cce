// Bundlers, from the two packages alone, built to be served under a sub-path. The heavy ones are in scripts/examples.

import assert from 'node:assert/strict';
import { cpSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { launch } from '../browser/harness.mjs';
import { ANSWERS, answerOn, ask, freshProject, host, page, STRICT, SUB_PATH, TOOLS, write } from './harness.mjs';

const tool = async (name) => import(pathToFileURL(createRequire(path.join(TOOLS, 'package.json')).resolve(name)));

const SCRIPT = ask("import { Answerlet } from 'answerlet';\nimport model from 'answerlet-model-minilm-en';", '{ model }');

/** Every file below a folder. */
const files = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name);
const count = (folder, pattern) => files(folder).filter((name) => pattern.test(name)).length;

describe('bundlers', () => {
  let browser;
  before(async () => (browser = await launch('chromium')));
  after(() => browser?.close());

  async function answers(url) {
    const page = await browser.newPage();
    const problems = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    await page.goto(url);
    const answer = await answerOn(page);
    assert.ok(ANSWERS.includes(answer), answer);
    assert.deepEqual(problems, []);
    await page.close();
  }

  async function answersFrom(folder) {
    const server = await host(folder, { headers: STRICT });
    try {
      await answers(server.site);
      assert.deepEqual(server.log.filter(({ status, path }) => status >= 400 && path !== '/favicon.ico'), []);
    } finally {
      await server.close();
    }
  }

  /** Each file is there once: a bundler may see two places that name it. */
  function once(folder) {
    assert.equal(count(folder, /relaxed.*\.wasm$/), 1);
    assert.equal(count(folder, /simd128.*\.wasm$/), 1);
    assert.equal(count(folder, /\.safetensors$/), 1);
    assert.equal(count(folder, /worker.*\.js$/), 1);
  }

  describe('Vite', () => {
    let project, vite;
    before(async () => {
      vite = await tool('vite');
      project = freshProject();
      write(project, { 'index.html': page('', '/main.js'), 'main.js': SCRIPT });
    });
    const options = () => ({ root: project, base: SUB_PATH, configFile: false, logLevel: 'warn', optimizeDeps: { exclude: ['answerlet', 'answerlet-model-minilm-en'] } });

    it('build', async () => {
      await vite.build(options());
      const out = path.join(project, 'dist');
      once(out);
      await answersFrom(out);
    });

    it('build, with the service worker copied: it opens offline', async () => {
      write(project, { 'main.js': `import { registerOffline } from 'answerlet';\nawait registerOffline('answerlet-sw.js');\n${SCRIPT}` });
      cpSync(path.join(project, 'node_modules/answerlet/dist/offline-worker.js'), path.join(project, 'public/answerlet-sw.js'));
      await vite.build(options());
      write(project, { 'main.js': SCRIPT });
      const server = await host(path.join(project, 'dist'), { headers: STRICT });
      const page = await browser.newPage();
      await page.goto(server.site);
      await answerOn(page);
      // The page, its script, the worker and one WebAssembly; the model is none of it.
      await page.waitForFunction(
        async () => {
          const [name] = (await caches.keys()).filter((name) => /^answerlet-offline .* shell$/.test(name));
          const kept = name ? (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname) : [];
          return kept.includes(location.pathname) && /worker.*\.js/.test(kept) && kept.filter((path) => path.endsWith('.wasm')).length === 1 && !/safetensors|json/.test(kept);
        },
        { timeout: 60_000, polling: 200 },
      );
      await server.close();
      await page.reload();
      const answer = await answerOn(page);
      assert.ok(ANSWERS.includes(answer), answer);
      await page.close();
    });

    it('dev', async () => {
      const server = await vite.createServer({ ...options(), server: { host: '127.0.0.1', port: 0, watch: null } });
      try {
        await server.listen();
        await answers(server.resolvedUrls.local[0]);
      } finally {
        await server.close();
      }
    });
  });

  describe('Rollup', () => {
    let project, rollup, resolve;
    before(async () => {
      ({ rollup } = await tool('rollup'));
      ({ nodeResolve: resolve } = await tool('@rollup/plugin-node-resolve'));
      project = freshProject();
      write(project, { 'main.js': SCRIPT });
    });
    const build = async (out, plugins) => {
      const bundle = await rollup({ input: path.join(project, 'main.js'), plugins: [resolve(), ...plugins] });
      await bundle.write({ dir: out, format: 'es' });
      write(out, { 'index.html': page('', 'main.js') });
    };

    it('with a plugin for new URL(…, import.meta.url)', async () => {
      const { importMetaAssets } = await tool('@web/rollup-plugin-import-meta-assets');
      const out = path.join(project, 'dist');
      await build(out, [importMetaAssets()]);
      once(out);
      await answersFrom(out);
    });

    it('without one, the files copied beside the bundle', async () => {
      const out = path.join(project, 'copied');
      await build(out, []);
      const modules = path.join(project, 'node_modules');
      for (const name of ['worker.js', 'answerlet.simd128.wasm', 'answerlet.relaxed.wasm']) cpSync(path.join(modules, 'answerlet/dist', name), path.join(out, name));
      for (const name of ['config.json', 'tokenizer.json', 'model.safetensors', 'answerlet.json']) cpSync(path.join(modules, 'answerlet-model-minilm-en', name), path.join(out, name));
      await answersFrom(out);
    });
  });
});
