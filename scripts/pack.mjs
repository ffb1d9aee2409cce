// Packs what is built: the tarballs of both npm packages, once their contents are what they should be. scripts/pack builds first.

import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelFiles } from '../www/bin/install.mjs';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const at = (...parts) => path.join(ROOT, ...parts);
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** What stands in package `answerlet`; types lie beside what they are of. */
const SCRIPTS = ['index', 'chat', 'worker', 'offline-worker'].flatMap((name) => [`dist/${name}.js`, `dist/${name}.js.map`]);
const PAPERS = ['README.md', 'CHANGELOG.md', 'LICENSE-APACHE', 'LICENSE-MIT'];
const EXPECTED = ['package.json', ...PAPERS, 'bin/install.mjs', 'custom-elements.json', ...SCRIPTS, 'dist/answerlet.simd128.wasm', 'dist/answerlet.relaxed.wasm'];
const TYPES = /^dist\/([\w-]+\/)?[\w-]+\.d\.ts$/;
const EXPECTED_MODEL = ['package.json', 'index.js', 'index.d.ts', ...modelFiles(at('www/model'))];

function check(holds, message) {
  if (!holds) throw new Error(message);
}

/** The package as it is published: papers from the top of the repository, and nothing in package.json that needs the sources. */
function stage(folder) {
  const manifest = readJson(at('www/package.json'));
  delete manifest.scripts;
  delete manifest.devDependencies;
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const name of PAPERS) cpSync(at(name), path.join(folder, name));
  for (const name of ['bin', 'dist', 'custom-elements.json']) {
    if (existsSync(at('www', name))) cpSync(at('www', name), path.join(folder, name), { recursive: true, filter: (file) => !path.basename(file).startsWith('.') });
  }
}

function npmPack(folder, out) {
  const output = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const answer = JSON.parse(output);
  // npm 11 gives a list, npm 12 an object by name.
  const [packed] = Object.values(answer);
  return { file: path.join(out, packed.filename), bytes: packed.size, files: packed.files.map((entry) => entry.path).sort() };
}

function checkList(packed, expected, optional = /^$/) {
  const missing = expected.filter((name) => !packed.files.includes(name));
  const extra = packed.files.filter((name) => !expected.includes(name) && !optional.test(name));
  check(missing.length === 0, `${packed.file} lacks ${missing.join(', ')}`);
  check(extra.length === 0, `${packed.file} has what doesn't belong there: ${extra.join(', ')}`);
}

/** Nothing in a package tells of the machine that made it. */
function checkTexts(folder, files) {
  for (const name of files.filter((file) => /\.(js|mjs|map|json|ts|md)$/.test(file))) {
    const text = readFileSync(path.join(folder, name), 'utf8');
    check(!text.includes(ROOT) && !/["'(](\/(home|root|tmp|Users)\/|file:\/\/\/)/.test(text), `${name} names a path of this machine`);
    if (name.endsWith('.map')) {
      for (const source of JSON.parse(text).sources) check(/^(\.\.\/src\/|<define:)/.test(source), `${name} is of a source that doesn't belong there: ${source}`);
    }
  }
}

/** Writes both tarballs into a folder; throws where one isn't what it should be. */
export function pack(out) {
  mkdirSync(out, { recursive: true });
  const folder = mkdtempSync(path.join(tmpdir(), 'answerlet-pack-'));
  try {
    stage(folder);
    const answerlet = npmPack(folder, path.resolve(out));
    checkList(answerlet, EXPECTED, TYPES);
    for (const target of Object.values(readJson(path.join(folder, 'package.json')).exports).flatMap((entry) => (typeof entry === 'string' ? entry : Object.values(entry)))) {
      check(target.includes('*') || answerlet.files.includes(target.slice(2)), `${answerlet.file} lacks ${target}, which its exports name`);
    }
    checkTexts(folder, answerlet.files);
    const model = npmPack(at('www/model'), path.resolve(out));
    checkList(model, EXPECTED_MODEL);
    checkTexts(at('www/model'), model.files);
    return { answerlet, model };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const out = process.argv[2];
  if (!out) {
    console.error('usage: node scripts/pack.mjs DIR   (scripts/pack builds first)');
    process.exit(2);
  }
  try {
    for (const { file, bytes, files } of Object.values(pack(out))) console.log(`    ${file}: ${files.length} files, ${(bytes / 1e6).toFixed(2)} MB`);
  } catch (error) {
    console.error(`error: ${error.message}`);
    process.exit(1);
  }
}
