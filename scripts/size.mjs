// The bytes that a page downloads before it can load a model: index.js, worker.js and one variant's WebAssembly, as brotli sends them.
// Exit code 1 where they exceed the budget, 2 where something can't be read.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';

/** Of each variant, after brotli. */
const BUDGET = 550_000;
const VARIANTS = ['simd128', 'relaxed'];
const SCRIPTS = ['index.js', 'worker.js'];
/** Crates of Rust's own: a function of theirs counts for the crate that it was made for, where its name says so. */
const STANDARD = new Set(['alloc', 'core', 'std', 'hashbrown']);

const USAGE = `usage: scripts/size.mjs --dist DIR [--names DIR] [--budget BYTES] [--json FILE] [--top N]
  --dist    where the package was built
  --names   where DIR/<variant>/answerlet_bg.named.wasm is, each variant before wasm-opt: adds a table of crates
  --budget  other bytes than ${BUDGET}
  --json    writes all of it there
  --top     so many of the largest functions, too`;

function fail(message) {
  console.error(message);
  process.exit(2);
}

function compressed(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  return brotliCompressSync(bytes, { params }).length;
}

/** Sections' sizes, and each function's with its name. https://webassembly.github.io/spec/core/binary/modules.html */
export function parseWasm(bytes) {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  const string = () => {
    const length = number();
    return bytes.toString('utf8', at, (at += length));
  };
  const limits = () => {
    const flags = number();
    number();
    if (flags & 1) number();
  };
  const names = new Map();
  const sizes = [];
  let [imported, code, data] = [0, 0, 0];
  while (at < bytes.length) {
    const id = bytes[at++];
    const end = number() + at;
    if (id === 2) {
      for (let count = number(); count > 0; count--) {
        string();
        string();
        const kind = bytes[at++];
        if (kind === 0) {
          number();
          imported++;
        } else if (kind === 2) {
          limits();
        } else {
          // A table's type or a global's; a table has limits, a global a byte that says whether it may change.
          at++;
          if (kind === 1) limits();
          else at++;
        }
      }
    } else if (id === 10) {
      code = end - at;
      for (let count = number(); count > 0; count--) {
        const size = number();
        sizes.push(size);
        at += size;
      }
    } else if (id === 11) {
      data = end - at;
    } else if (id === 0 && string() === 'name') {
      while (at < end) {
        const part = bytes[at++];
        const partEnd = number() + at;
        if (part === 1) for (let count = number(); count > 0; count--) names.set(number(), string());
        at = partEnd;
      }
    }
    at = end;
  }
  const functions = sizes.map((size, index) => ({ name: names.get(imported + index) ?? '', size }));
  return { code, data, functions };
}

/** The crate that a function's name speaks of: `<alloc::vec::Vec<tokenizers::Token> as core::clone::Clone>::clone` is of tokenizers. */
export function crateOf(name) {
  const crates = [...name.matchAll(/(?<![\w:\]>])([a-z_]\w*)(?:\[[0-9a-f]+\])?::/g)].map((match) => match[1]);
  const own = crates.find((crate) => !STANDARD.has(crate));
  return own ?? crates[0] ?? (/^<(?:[&*]|[a-z]+\d* |\(|\[)/.test(name) ? 'core' : 'exports and runtime');
}

function crates(functions) {
  const sizes = new Map();
  for (const { name, size } of functions) sizes.set(crateOf(name), (sizes.get(crateOf(name)) ?? 0) + size);
  return [...sizes].map(([crate, size]) => ({ crate, size })).sort((a, b) => b.size - a.size);
}

function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => String(row[column]).length)));
  for (const row of rows) {
    console.log('    ' + row.map((cell, column) => (column ? String(cell).padStart(widths[column]) : cell.padEnd(widths[column]))).join('  '));
  }
}

function main() {
  const options = { dist: { type: 'string' }, names: { type: 'string' }, budget: { type: 'string' }, json: { type: 'string' }, top: { type: 'string' }, help: { type: 'boolean' } };
  let values;
  try {
    ({ values } = parseArgs({ options }));
  } catch (error) {
    fail(`${error.message}\n${USAGE}`);
  }
  if (values.help) return console.log(USAGE);
  const budget = Number(values.budget ?? BUDGET);
  if (!values.dist || !Number.isInteger(budget)) fail(USAGE);

  const files = {};
  for (const name of [...SCRIPTS, ...VARIANTS.map((variant) => `answerlet.${variant}.wasm`)]) {
    const path = join(values.dist, name);
    if (!existsSync(path)) fail(`${path} isn't there: run scripts/build --profile wasm`);
    const bytes = readFileSync(path);
    files[name] = { bytes: bytes.length, brotli: compressed(bytes) };
  }
  table([['file', 'bytes', 'brotli'], ...Object.entries(files).map(([name, { bytes, brotli }]) => [name, bytes, brotli])]);

  const variants = VARIANTS.map((variant) => {
    const parts = [...SCRIPTS, `answerlet.${variant}.wasm`];
    const brotli = parts.reduce((sum, name) => sum + files[name].brotli, 0);
    return { variant, brotli, share: brotli / budget };
  });
  console.log();
  table([['variant', 'brotli', `of ${budget}`], ...variants.map(({ variant, brotli, share }) => [variant, brotli, `${(share * 100).toFixed(1)} %`])]);

  const composition = {};
  for (const variant of values.names ? VARIANTS : []) {
    const path = join(values.names, variant, 'answerlet_bg.named.wasm');
    if (!existsSync(path)) fail(`${path} isn't there: run scripts/build --profile wasm`);
    const { code, data, functions } = parseWasm(readFileSync(path));
    composition[variant] = { code, data, crates: crates(functions) };
    console.log(`\n    ${variant}: ${code} bytes of code, ${data} of data (tables, texts), before wasm-opt and brotli`);
    const listed = composition[variant].crates.filter(({ size }) => size >= 1000);
    table([['crate', 'code', 'share'], ...listed.map(({ crate, size }) => [crate, size, `${((size / code) * 100).toFixed(1)} %`])]);
    const largest = functions.sort((a, b) => b.size - a.size).slice(0, Number(values.top ?? 0));
    for (const { name, size } of largest) console.log(`    ${String(size).padStart(7)}  ${name.slice(0, 150)}`);
  }
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ budget, files, variants, composition }, null, 2)}\n`);

  const over = variants.filter(({ share }) => share > 1);
  for (const { variant, brotli } of over) console.error(`\n${variant} is ${brotli - budget} bytes over its budget of ${budget}`);
  if (over.length > 0) process.exitCode = 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
