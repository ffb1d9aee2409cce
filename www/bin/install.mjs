#!/usr/bin/env node
// Puts the runtime, the chat element and a model into the folder of a static site, and says what to paste into its pages.
// The list of what it has written lies beside them: a later run replaces that, removes what is left over, and touches nothing else.

import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const USAGE = `usage: answerlet-install FOLDER [--offline | --no-offline] [--base NAME] [--model NAME]
  FOLDER        the folder that your site is served from, or that its builder copies as it is (public/, static/)
  --offline     also a service worker, for pages that open without the network; later runs keep it
  --no-offline  removes it again, from visitors' browsers too
  --base        the folder within FOLDER (default: answerlet)
  --model       the npm package of a model, or a folder that begins with . or / (default: as last time, else answerlet-model-minilm-en)`;

const MODEL = 'answerlet-model-minilm-en';
const LIST = 'installed.json';
const WORKER = 'answerlet-sw.js';
/** The answerlet package. */
const PACKAGE = fileURLToPath(new URL('../', import.meta.url));
const MANIFEST = 'answerlet.json';
/** What a model without a manifest consists of. */
const USUAL = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'vocab.txt', 'vocab.json', 'merges.txt', 'model.safetensors'];

class Refusal extends Error {}

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));
const isFile = (file) => statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;

/** The names of a model's files, with its licence and card. */
export function modelFiles(folder) {
  const manifest = path.join(folder, MANIFEST);
  const named = isFile(manifest) ? [MANIFEST, ...readJson(manifest).files.map((file) => file.path)] : USUAL;
  const papers = readdirSync(folder).filter((name) => /^(licen[cs]e|notice|readme)\b/i.test(name));
  const files = [...named.filter((name) => isFile(path.join(folder, name))), ...papers];
  if (!files.includes('config.json')) throw new Refusal(`${folder} is no model: it has no config.json`);
  return files;
}

/**
 * The service worker's script: the package's, with what it is to serve on top.
 * @param {{ worker: string, files: Record<string, string>, off?: boolean, name?: string }} what `files` are the runtime's, relative to
 *   the script, each with its hash
 */
export function serviceWorker({ worker, files, off, name = WORKER }) {
  const version = hash(JSON.stringify(files)).slice(0, 12);
  const config = { script: name, version, files: off ? [] : Object.keys(files), ...(off && { off }) };
  return `self.answerletOffline = ${JSON.stringify(config)};\n${withoutMap(worker)}`;
}

/** Without the comment that names a source map, which isn't installed. */
function withoutMap(script) {
  return script.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
}

/** The folder of a model's package, and what to call it on the site. */
function findModel(name) {
  if (/^[./]|^[a-z]:/i.test(name)) {
    const folder = path.resolve(name);
    if (!isFile(path.join(folder, 'config.json'))) throw new Refusal(`${name} is no model: it has no config.json`);
    return { folder, name, version: '', short: path.basename(folder) };
  }
  for (const from of [import.meta.url, path.join(process.cwd(), 'package.json')]) {
    try {
      const file = createRequire(from).resolve(`${name}/package.json`);
      return { folder: path.dirname(file), name, version: readJson(file).version, short: name.replace(/^(@[^/]*\/)?(answerlet-model-)?/, '') };
    } catch {
      // The next place.
    }
  }
  throw new Refusal(`the package ${name} was not found: run npx -p answerlet -p ${name} answerlet-install …, or install both`);
}

/** What a run is to write, by path within the site. */
function plan({ base, model, offline, list }) {
  const dist = path.join(PACKAGE, 'dist');
  const files = new Map();
  const runtime = {};
  for (const name of readdirSync(dist).filter((file) => /^(index|chat|worker)\.js$|\.wasm$/.test(file))) {
    const bytes = readFileSync(path.join(dist, name));
    const written = name.endsWith('.js') ? Buffer.from(withoutMap(bytes.toString())) : bytes;
    files.set(`${base}/${name}`, written);
    runtime[`${base}/${name}`] = hash(written);
  }
  for (const name of readdirSync(PACKAGE).filter((file) => /^licen[cs]e/i.test(file))) files.set(`${base}/${name}`, readFileSync(path.join(PACKAGE, name)));
  for (const name of modelFiles(model.folder)) files.set(`${base}/models/${model.short}/${name}`, readFileSync(path.join(model.folder, name)));
  // A worker that is gone stays in visitors' browsers: one that removes itself takes its place.
  const off = !offline && list.files[WORKER] !== undefined;
  if (offline || off) files.set(WORKER, Buffer.from(serviceWorker({ worker: readFileSync(path.join(dist, 'offline-worker.js'), 'utf8'), files: runtime, off })));
  if (offline) {
    const up = '../'.repeat(base.split('/').length);
    const register = `import { registerOffline } from './index.js';\nregisterOffline(new URL('${up}${WORKER}', import.meta.url)).catch(console.warn);\n`;
    files.set(`${base}/register.js`, Buffer.from(register));
  }
  return files;
}

function readList(file, base) {
  if (!existsSync(file)) return { files: {} };
  let list;
  try {
    list = readJson(file);
  } catch {
    list = undefined;
  }
  const names = Object.keys(list?.files ?? {});
  // What is named here may be removed.
  const isOurs = (name) => name === WORKER || (name.startsWith(`${base}/`) && path.posix.normalize(name) === name);
  if (!list?.files || list.base !== base || !names.every(isOurs)) throw new Refusal(`${file} isn't a list that answerlet-install has written for ${base}; move it away`);
  return list;
}

/** Writes a file whole or not at all. */
function put(file, bytes) {
  mkdirSync(path.dirname(file), { recursive: true });
  const part = `${file}.answerlet-part`;
  writeFileSync(part, bytes);
  renameSync(part, file);
}

/**
 * Installs, and returns what to tell.
 * @param {{ folder: string, base?: string, model?: string, offline?: boolean }} options `offline` undefined is as last time
 */
export function install({ folder, base = 'answerlet', model: wanted, offline: wish }) {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new Refusal(`there is no folder ${folder}`);
  if (!/^[\w.-]+(\/[\w.-]+)*$/.test(base) || base.split('/').some((part) => /^\.+$/.test(part))) {
    throw new Refusal(`--base must be a name, or names with / between them: ${base}`);
  }
  const at = (name) => path.join(folder, name);
  const listFile = at(`${base}/${LIST}`);
  const list = readList(listFile, base);
  const model = findModel(wanted ?? list.model?.name ?? MODEL);
  const offline = wish ?? list.offline ?? false;
  const files = plan({ base, model, offline, list });

  const foreign = [];
  const changed = [];
  for (const [name, bytes] of files) {
    const there = lstatSync(at(name), { throwIfNoEntry: false });
    if (there && !there.isFile()) foreign.push(name);
    else if (!there || !readFileSync(at(name)).equals(bytes)) {
      if (there && list.files[name] === undefined) foreign.push(name);
      else changed.push(name);
    }
  }
  if (foreign.length > 0) {
    throw new Refusal(`these are there and not of answerlet-install, which leaves them alone:\n  ${foreign.map(at).join('\n  ')}\nMove them away, or choose another --base.`);
  }

  const describe = (names) => ({
    base,
    answerlet: readJson(path.join(PACKAGE, 'package.json')).version,
    model: { name: model.name, version: model.version },
    offline,
    files: names,
  });
  const now = Object.fromEntries([...files].map(([name, bytes]) => [name, hash(bytes)]));
  const write = (names) => put(listFile, `${JSON.stringify(describe(names), null, 2)}\n`);
  // First, so that a run that breaks off leaves nothing that the next one doesn't know.
  write({ ...list.files, ...now });
  for (const name of changed) put(at(name), files.get(name));

  const removed = [];
  const kept = [];
  for (const [name, was] of Object.entries(list.files)) {
    if (files.has(name) || !lstatSync(at(name), { throwIfNoEntry: false })?.isFile()) continue;
    if (hash(readFileSync(at(name))) !== was) {
      kept.push(name);
      continue;
    }
    rmSync(at(name));
    removed.push(name);
    for (let parent = path.posix.dirname(name); parent !== '.' && readdirSync(at(parent)).length === 0; parent = path.posix.dirname(parent)) rmdirSync(at(parent));
  }
  write(now);
  const bytes = [...files.values()].reduce((sum, file) => sum + file.length, 0);
  return { base, model, offline, wasOffline: !offline && files.has(WORKER), count: files.size, bytes, changed, removed, kept, version: describe({}).answerlet };
}

function report({ base, model, offline, wasOffline, count, bytes, changed, removed, kept, version }, folder) {
  const lines = [
    `answerlet ${version} and ${model.name}${model.version && ` ${model.version}`} are in ${path.join(folder, base)}: ${count} files, ${(bytes / 1e6).toFixed(1)} MB ` +
      `(${changed.length} written, ${removed.length} removed).`,
    ...kept.map((name) => `Left over from the last version, but changed by hand, so kept: ${name}`),
    '',
    'Paste this into a page (one in a sub-folder puts ../ before both paths):',
    '',
    `  <script type="module" src="${base}/chat.js"></script>`,
    `  <answerlet-chat model="${base}/models/${model.short}/" source="main"></answerlet-chat>`,
  ];
  if (offline) {
    lines.push(
      '',
      'For pages that open offline, this into every page:',
      '',
      `  <script type="module" src="${base}/register.js"></script>`,
      '',
      `or, where the site has a service worker of its own beside ${WORKER}, this as that worker's first line, in place of it:`,
      '',
      `  importScripts('${WORKER}');`,
    );
  }
  if (wasOffline) lines.push('', `${WORKER} now removes itself from visitors' browsers: leave it there, and take ${base}/register.js out of your pages.`);
  return lines.join('\n');
}

function parse(argv) {
  const options = {};
  for (let i = 0; i < argv.length; i += 1) {
    const [name, inline] = argv[i].split(/=(.*)/s);
    const value = () => inline ?? argv[++i] ?? fail(USAGE, 2);
    if (name === '--offline') options.offline = true;
    else if (name === '--no-offline') options.offline = false;
    else if (name === '--base') options.base = value().replace(/\/+$/, '');
    else if (name === '--model') options.model = value();
    else if (name === '-h' || name === '--help') fail(USAGE, 0);
    else if (name.startsWith('-') || options.folder !== undefined) fail(USAGE, 2);
    else options.folder = argv[i];
  }
  return options.folder === undefined ? fail(USAGE, 2) : options;
}

function fail(message, status) {
  (status === 0 ? console.log : console.error)(message);
  process.exit(status);
}

// npm links to this file, so its own path is another.
if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const options = parse(process.argv.slice(2));
  try {
    console.log(report(install(options), options.folder));
  } catch (error) {
    if (!(error instanceof Refusal) && !error.syscall) throw error;
    fail(`answerlet-install: ${error.message}`, 1);
  }
}
