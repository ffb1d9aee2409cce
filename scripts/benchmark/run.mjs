// Measures, and writes the results as Markdown and JSON. Called by scripts/bench, which has built everything.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { launch, newPage, remote, serve } from './browser.mjs';
import { machine, versions } from './machine.mjs';
import { askTimes, crossCheck, encoderTimes, fasterQuantised, loads, openPeaks, peakRows, peaks, sizes } from './measure.mjs';
import { MODELS, TOKENS } from './models.mjs';
import { markdown } from './report.mjs';

const PARTS = ['encoder', 'ask', 'load', 'size'];

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    browser: { type: 'string', default: 'chromium' },
    flags: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string' },
    parts: { type: 'string' },
    models: { type: 'string' },
    tokens: { type: 'string' },
    exported: { type: 'string' },
    wasm: { type: 'string' },
    out: { type: 'string' },
  },
});

/** A list of known names, comma-separated; all of them where it is left out. */
function chosen(name, known, fallback) {
  const list = given[name]?.split(',') ?? fallback;
  const unknown = list.filter((item) => !known.includes(item));
  if (unknown.length > 0) throw new Error(`--${name}: ${unknown.join(', ')} isn't among ${known.join(', ')}`);
  return list;
}

const options = {
  quick: given.quick,
  browser: chosen('browser', ['chromium', 'firefox'], ['chromium'])[0],
  flags: given.flags.flatMap((flags) => flags.split(/\s+/)).filter(Boolean),
  rounds: Number(given.rounds ?? (given.quick ? 5 : 7)),
  loadRounds: Number(given.rounds ?? 3),
  parts: chosen('parts', PARTS, given.quick ? ['encoder'] : PARTS),
  models: chosen('models', Object.keys(MODELS), Object.keys(MODELS)),
  tokens: chosen('tokens', TOKENS.map(String), given.quick ? ['256', '384'] : TOKENS.map(String)).map(Number),
};
const json = path.resolve(given.json ?? path.join(given.out, `bench${options.quick ? '-quick' : ''}${options.browser === 'firefox' ? '-firefox' : ''}.json`));

const began = new Date();
const say = (text) => console.log(`    ${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}`);

const server = await serve({ models: given.exported, wasm: given.wasm });
const browser = await launch(options.browser, options.flags);
let results;
try {
  const page = await newPage(browser, server.url);
  const bench = remote(page);
  const relaxed = await bench.relaxed();
  const run = {
    options, bench, say,
    url: server.url,
    models: given.exported,
    cache: path.dirname(given.exported),
    inputs: JSON.parse(readFileSync(path.join(given.exported, 'inputs.json'), 'utf8')).filter(({ tokens }) => options.tokens.includes(tokens)),
    variants: relaxed ? ['relaxed', 'simd128'] : ['simd128'],
    rows: [], samples: new Map(), checks: [], notes: [],
  };
  if (!relaxed) run.notes.push('This browser lacks relaxed SIMD: only the simd128 build was measured.');
  const load = [os.loadavg()[0]];
  await openPeaks(run);
  await peaks(run);
  for (const model of options.models) {
    await crossCheck(run, model);
    const quantised = await fasterQuantised(run, model);
    if (options.parts.includes('encoder')) await encoderTimes(run, model, quantised);
    if (options.parts.includes('ask')) await askTimes(run, model, quantised);
    if (options.parts.includes('load')) await loads(run, model, quantised);
  }
  if (options.parts.includes('size')) sizes(run);
  load.push(os.loadavg()[0]);
  results = {
    date: began.toISOString(),
    machine: { ...machine(), load_average: load },
    browser: { name: options.browser, version: await browser.version(), flags: options.flags },
    versions: versions(),
    options: { quick: options.quick, rounds: options.rounds, threads: 1 },
    checks: run.checks,
    notes: run.notes,
    rows: [...run.rows, ...peakRows(run)],
  };
} finally {
  await browser.close();
  await server.close();
}

const text = markdown(results);
mkdirSync(path.dirname(json), { recursive: true });
writeFileSync(json, `${JSON.stringify(results, null, 1)}\n`);
const table = json.replace(/(\.json)?$/, '.md');
writeFileSync(table, text);
console.log(`\n${text}\nWritten to ${path.relative(process.cwd(), json)} and ${path.relative(process.cwd(), table)}`);
