// Builds the package into dist/, and the site into site/dist/ with `--site` (`--no-check` leaves the type check out).
// Expects what `scripts/build` makes first: src/wasm/answerlet.js, .d.ts and a WebAssembly file of each variant, or of one.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { modelFiles, serviceWorker } from './bin/install.mjs';
import { isSource, writePages } from './site/pages.mjs';

const www = dirname(fileURLToPath(import.meta.url));
const at = (...path) => join(www, ...path);
const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
const wasm = (variant) => at(`src/wasm/answerlet.${variant}.wasm`);
const variants = ['simd128', 'relaxed'].filter((variant) => existsSync(wasm(variant)));

/** What every bundle of ours shares. */
function shared() {
  return {
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    sourcemap: true,
    legalComments: 'none',
    logLevel: 'warning',
    define: {
      ANSWERLET_VERSION: JSON.stringify(version),
      ANSWERLET_WASM_BYTES: JSON.stringify(Object.fromEntries(variants.map((variant) => [variant, statSync(wasm(variant)).size]))),
    },
  };
}

function tsc(...args) {
  const script = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  execFileSync(process.execPath, [script, ...args], { cwd: www, stdio: 'inherit' });
}

const chat = at('src/chat/index.ts');

/** The package: API, worker, chat element, service worker, WebAssembly and types. */
export async function buildPackage() {
  rmSync(at('dist'), { recursive: true, force: true });
  await build({ ...shared(), entryPoints: [at('src/index.ts')], outfile: at('dist/index.js') });
  await build({ ...shared(), entryPoints: [at('src/worker.ts')], outfile: at('dist/worker.js') });
  // A classic script: service workers include it by importScripts, and Firefox has no other.
  await build({ ...shared(), entryPoints: [at('src/offline-worker.ts')], outfile: at('dist/offline-worker.js'), format: 'iife' });
  if (existsSync(chat)) {
    // The element and its page share one API: it stays outside.
    await build({ ...shared(), entryPoints: [chat], outfile: at('dist/chat.js'), plugins: [{ name: 'api', setup: keepApiOutside }] });
  }
  for (const variant of variants) copyFileSync(wasm(variant), at(`dist/answerlet.${variant}.wasm`));
  tsc('-p', 'tsconfig.build.json');
  // Scripts that are run, not imported: a bundler's user imports their URLs.
  for (const script of ['worker', 'offline-worker']) writeFileSync(at(`dist/${script}.d.ts`), 'export {};\n');
}

/** Leaves imports of the API to the browser, as those of index.js beside the script. */
function keepApiOutside({ onResolve }) {
  onResolve({ filter: /\/index\.js$/ }, ({ path, resolveDir }) =>
    join(resolveDir, path) === at('src/index.js') ? { path: './index.js', external: true } : undefined,
  );
}

/** The site, as plain static files: the demo and the documentation, every other file of site/ but its sources, the package's, and the default model. */
export async function buildSite() {
  const out = at('site/dist');
  rmSync(out, { recursive: true, force: true });
  await build({
    ...shared(),
    entryPoints: [at('site/main.ts')],
    outdir: out,
    splitting: true,
    // Chunks lie beside main.js, since the API looks for its worker and WebAssembly beside its own script.
    chunkNames: '[name]-[hash]',
    alias: { answerlet: at('src/index.ts') },
  });
  for (const entry of readdirSync(at('site'))) {
    if (!isSource(entry)) cpSync(at('site', entry), join(out, entry), { recursive: true });
  }
  for (const file of ['worker.js', 'worker.js.map', ...variants.map((variant) => `answerlet.${variant}.wasm`)]) copyFileSync(at('dist', file), join(out, file));
  // Pages and scripts come from the network while there is one: the site's files have no versions.
  writeFileSync(join(out, 'answerlet-sw.js'), serviceWorker({ worker: readFileSync(at('dist/offline-worker.js'), 'utf8'), files: {} }));
  const model = join(out, 'models/answerlet-minilm');
  mkdirSync(model, { recursive: true });
  for (const file of existsSync(at('model')) ? modelFiles(at('model')) : []) copyFileSync(at('model', file), join(model, file));
  // The element looks for the API beside itself, and the API for its worker.
  const withChat = existsSync(at('dist/chat.js'));
  for (const file of withChat ? ['index.js', 'index.js.map', 'chat.js', 'chat.js.map'] : []) copyFileSync(at('dist', file), join(out, file));
  writePages({ out, version, model: at('model'), wasm: wasm(variants[0]), element: at('custom-elements.json'), chat: withChat });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (variants.length === 0) {
    console.error('there is no src/wasm/answerlet.*.wasm: run scripts/build, which makes it.');
    process.exit(1);
  }
  try {
    if (!process.argv.includes('--no-check')) tsc('-p', 'tsconfig.json');
    await buildPackage();
    if (process.argv.includes('--site')) await buildSite();
  } catch (error) {
    // The type checker and the bundler have said what is wrong.
    if (error.status === undefined && !error.errors) console.error(error.message);
    process.exit(1);
  }
}
