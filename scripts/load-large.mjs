// Loads the F32 checkpoint that scripts/reference/make_large.mjs makes (BERT-large's shape, 1.3 GB, random weights) in Chromium, and the
// default model beside it: memory after the load, which is its peak since linear memory never shrinks; the first load, the second one
// from what the browser kept, and that of a folder that was int8 from the start. Answers and logits must be those of the native build.
//
// Exit code 1 where a bound of `BOUNDS` doesn't hold.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CLI, launch, newPage, ROOT, serve } from '../tests/browser/harness.mjs';

const USAGE = `usage: scripts/load-large [--folder DIR] [--loads N] [--json FILE]
  --folder  where the checkpoint is, or is made, and its int8 form (1.7 GB; default: a temporary one)
  --loads   how often each cached load is timed (default 3)
  --json    writes the figures there too`;

/** Linear memory after a load: at most so many times the int8 weights, and so many bytes more. */
const BOUNDS = { factor: 1.3, bytes: 32 << 20, large: 1e9, second: 1.3 };
const QUESTION = 'Who sells bread?';
const CONTEXT = 'Ada sells bread in the market. Grace repairs clocks, and Barbara keeps the books of both of them.';

const { values } = (() => {
  try {
    return parseArgs({ options: { folder: { type: 'string' }, loads: { type: 'string', default: '3' }, json: { type: 'string' }, help: { type: 'boolean' } } });
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exit(2);
  }
})();
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const folder = path.resolve(values.folder ?? mkdtempSync(path.join(os.tmpdir(), 'answerlet-')));
const sizeOf = (...parts) => statSync(path.join(...parts, 'model.safetensors')).size;
const [float, int8] = ['f32', 'int8'].map((name) => path.join(folder, name));
const model = path.join(ROOT, 'www/model');

function prepare() {
  if (!existsSync(path.join(float, 'model.safetensors'))) execFileSync(process.execPath, [path.join(ROOT, 'scripts/reference/make_large.mjs'), float], { stdio: 'inherit' });
  if (existsSync(path.join(int8, 'answerlet.json'))) return;
  execFileSync(CLI, ['quantize', '--model', float, '--out', int8, '--language', 'en', '--no-answer', 'none'], { stdio: 'inherit' });
}

/** Logits of the one window, as the command line gives them. */
function nativeLogits(folder) {
  const context = path.join(mkdtempSync(path.join(os.tmpdir(), 'answerlet-')), 'context.txt');
  writeFileSync(context, CONTEXT);
  try {
    const arguments_ = ['ask', '--model', folder, '--question', QUESTION, '--context', context, '--scores', '--json'];
    return logitsOf(JSON.parse(execFileSync(CLI, arguments_, { encoding: 'utf8', maxBuffer: 1 << 26 })));
  } finally {
    rmSync(path.dirname(context), { recursive: true });
  }
}

const logitsOf = ({ windows: [{ startLogits, endLogits }] }) => [...startLogits, ...endLogits].map(Math.fround);

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

/** Loads once in a worker of its own. `cache`: whether the browser keeps it. */
async function load(page, model, cache) {
  const { result, ...seen } = await page.evaluate(async (model, cache, question, context) => {
    const begin = performance.now();
    const answerlet = await Answerlet.load({ model, cache });
    const seconds = (performance.now() - begin) / 1000;
    const { memoryBytes, variant } = answerlet.info;
    const result = await answerlet.ask(question, { context, scores: true });
    const afterAsk = answerlet.info.memoryBytes;
    await answerlet.dispose();
    return { seconds, memoryBytes, afterAsk, variant, result };
  }, model, cache, QUESTION, CONTEXT);
  return { ...seen, logits: logitsOf(result) };
}

async function main() {
  prepare();
  // Its profile is in a temporary folder: nothing is cached in it yet.
  const browser = await launch('chromium');
  const server = await serve({ mounts: { '/f32/': float, '/int8/': int8 } });
  const faults = [];
  const figures = {};
  try {
    const page = await newPage(browser, server.url);
    for (const [name, path, weights, limit] of [
      ['default model', '/model/', sizeOf(model), Infinity],
      ['BERT-large, F32', '/f32/', sizeOf(int8), BOUNDS.large],
      ['BERT-large, int8 folder', '/int8/', sizeOf(int8), BOUNDS.large],
    ]) {
      const first = await load(page, path, true);
      const again = [];
      for (let time = 0; time < Number(values.loads); time += 1) again.push(await load(page, path, true));
      const bound = BOUNDS.factor * weights + BOUNDS.bytes;
      const all = [first, ...again];
      const memory = Math.max(...all.map(({ memoryBytes }) => memoryBytes));
      const afterAsk = Math.max(...all.map(({ afterAsk }) => afterAsk));
      figures[name] = {
        int8Bytes: weights,
        firstLoadSeconds: first.seconds,
        cachedLoadSeconds: median(again.map(({ seconds }) => seconds)),
        memoryBytes: memory,
        memoryOfCachedLoad: again[0].memoryBytes,
        memoryAfterAsk: afterAsk,
        bound,
        variant: first.variant,
      };
      if (memory > bound) faults.push(`${name}: ${memory} bytes of memory are more than ${Math.round(bound)}`);
      if (afterAsk > limit) faults.push(`${name}: ${afterAsk} bytes of memory after a question are more than ${limit}`);
      const native = nativeLogits({ '/model/': model, '/f32/': float, '/int8/': int8 }[path]);
      for (const { logits } of all) {
        if (JSON.stringify(logits) !== JSON.stringify(native)) faults.push(`${name}: other logits than the native build's`);
      }
    }
    const ratio = figures['BERT-large, F32'].cachedLoadSeconds / figures['BERT-large, int8 folder'].cachedLoadSeconds;
    figures.secondLoadRatio = ratio;
    if (ratio > BOUNDS.second) faults.push(`the second load takes ${ratio.toFixed(2)} times that of an int8 folder`);
  } finally {
    await browser.close();
    await server.close();
    if (!values.folder) rmSync(folder, { recursive: true });
  }
  console.log(JSON.stringify(figures, null, 2));
  if (values.json) writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`);
  for (const fault of faults) console.error(`error: ${fault}`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

await main();
