// scripts/size.mjs: the budget fails when it is broken, and bytes are counted for the right crates.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { crateOf, parseWasm } from '../../scripts/size.mjs';

const script = fileURLToPath(new URL('../../scripts/size.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'answerlet-size-'));
after(() => rmSync(folder, { recursive: true }));

const section = (id, ...body) => [id, body.length, ...body];
const named = (text) => [text.length, ...Buffer.from(text)];
/** One imported function, a global, and two functions of 2 and 4 bytes. */
const MODULE = Buffer.from([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  ...section(1, 1, 0x60, 0, 0),
  ...section(2, 3, ...named('m'), ...named('f'), 0, 0, ...named('m'), ...named('t'), 1, 0x70, 0, 1, ...named('m'), ...named('g'), 3, 0x7f, 0),
  ...section(3, 2, 0, 0),
  ...section(10, 2, 2, 0, 0x0b, 4, 0, 1, 1, 0x0b),
  ...section(0, ...named('name'), 1, 23, 3, 0, ...named('an import'), 1, ...named('a::b'), 2, ...named('c')),
]);

function dist(name, files) {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
  return path;
}

const FILES = { 'index.js': 'export {};', 'worker.js': 'let worker;', 'answerlet.simd128.wasm': MODULE, 'answerlet.relaxed.wasm': Buffer.concat([MODULE, Buffer.from('bytes that are not like the others')]) };

test('the budget holds or fails, for each variant', () => {
  const json = join(folder, 'sizes.json');
  const path = dist('whole', FILES);
  const run = (...more) => spawnSync(process.execPath, [script, '--dist', path, ...more], { encoding: 'utf8' });
  assert.equal(run('--json', json).status, 0);
  const { variants } = JSON.parse(readFileSync(json));
  const [small, large] = variants.map(({ brotli }) => brotli);
  assert.ok(small > 0 && large > small);
  assert.equal(run('--budget', String(large)).status, 0);
  const over = run('--budget', String(large - 1));
  assert.equal(over.status, 1);
  assert.match(over.stderr, /^\s*relaxed is 1 bytes over/);
  assert.equal(run('--budget', String(small - 1)).stderr.match(/over its budget/g).length, 2);
});

test('a file that is missing is no small one', () => {
  const { 'answerlet.relaxed.wasm': _, ...others } = FILES;
  const { status, stderr } = spawnSync(process.execPath, [script, '--dist', dist('parts', others)], { encoding: 'utf8' });
  assert.equal(status, 2);
  assert.match(stderr, /answerlet\.relaxed\.wasm isn't there/);
  assert.throws(() => execFileSync(process.execPath, [script, '--dist', folder, '--budget', 'few'], { stdio: 'ignore' }));
});

test('functions have their sizes and names', () => {
  assert.ok(WebAssembly.validate(MODULE), 'the test is of a real module');
  assert.deepEqual(parseWasm(MODULE).functions, [{ name: 'a::b', size: 2 }, { name: 'c', size: 4 }]);
});

test('functions count for the crate that they were made for', () => {
  const of = {
    'tokenizers::models::bpe::word::Word::merge_all': 'tokenizers',
    '<answerlet::error::Error as core::fmt::Display>::fmt': 'answerlet',
    '<alloc::vec::Vec<T> as alloc::vec::spec_from_iter::SpecFromIter<T,I>>::from_iter': 'alloc',
    'core::ptr::drop_in_place<alloc::boxed::Box<candle_core::error::Error>>': 'candle_core',
    '<core[c5930c85a12de82f]::fmt::Formatter>::pad': 'core',
    '<&mut serde_json::de::Deserializer<R> as serde_core::de::Deserializer>::deserialize_map': 'serde_json',
    '<&T as core::fmt::Debug>::fmt': 'core',
    'reading_step': 'exports and runtime',
  };
  for (const [name, crate] of Object.entries(of)) assert.equal(crateOf(name), crate, name);
});
