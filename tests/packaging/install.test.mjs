// answerlet-install: what it writes, upgrades in place, removes and leaves alone.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, it } from 'node:test';
import { freshFolder, freshProject, install, packages, run, write } from './harness.mjs';

const project = freshProject();
const site = path.join(project, 'public');
const at = (name) => path.join(site, name);
const read = (name) => readFileSync(at(name), 'utf8');
const tree = () => readdirSync(site, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => path.relative(site, path.join(entry.parentPath, entry.name))).sort();
const hashOf = (text) => createHash('sha256').update(text).digest('hex');
const refused = (...args) => {
  try {
    install(project, ...args);
  } catch (error) {
    assert.equal(error.status, 1, error.stderr);
    return error.stderr;
  }
  return assert.fail('it was not refused');
};
const RUNTIME = ['chat.js', 'index.js', 'worker.js', 'answerlet.relaxed.wasm', 'answerlet.simd128.wasm', 'LICENSE-APACHE', 'LICENSE-MIT', 'installed.json'];
const MODEL = ['answerlet.json', 'config.json', 'tokenizer.json', 'model.safetensors', 'LICENSE', 'README.md'];
const INSTALLED = [...RUNTIME, ...MODEL.map((name) => `models/minilm-en/${name}`)];
const under = (base, names) => names.map((name) => `${base}/${name}`);

describe('answerlet-install', () => {
  beforeEach(() => {
    rmSync(site, { recursive: true, force: true });
    mkdirSync(site);
  });

  it('writes runtime, element, model and licences, and no more', () => {
    install(project, './public');
    assert.deepEqual(tree(), under('answerlet', INSTALLED).sort());
    for (const name of ['index.js', 'chat.js', 'worker.js']) assert.doesNotMatch(read(`answerlet/${name}`), /sourceMappingURL/);
  });

  it('runs by npx from the two packages, without a project', () => {
    const { answerlet, model } = packages();
    const empty = freshFolder();
    mkdirSync(path.join(empty, 'public'));
    run(empty, 'npx', '--yes', '--offline', '--cache', freshFolder(), '-p', answerlet.file, '-p', model.file, 'answerlet-install', './public');
    assert.ok(existsSync(path.join(empty, 'public/answerlet/models/minilm-en/model.safetensors')));
  });

  it('a second run changes nothing', () => {
    install(project, './public', '--offline');
    const before = tree();
    assert.match(install(project, './public'), /0 written, 0 removed/);
    assert.deepEqual(tree(), before);
  });

  it('upgrades in place, and removes what the last version left and nothing else', () => {
    install(project, './public');
    // As an older version would have left it.
    const list = JSON.parse(read('answerlet/installed.json'));
    write(site, { 'answerlet/old/glue.js': 'old', 'answerlet/old/edited.js': 'edited since', 'answerlet/mine.js': 'mine', 'index.html': 'mine', 'answerlet/index.js': 'old' });
    list.files['answerlet/old/glue.js'] = hashOf('old');
    list.files['answerlet/old/edited.js'] = hashOf('as it was written');
    writeFileSync(at('answerlet/installed.json'), JSON.stringify(list));
    const printed = install(project, './public');
    assert.match(printed, /1 written, 1 removed/);
    assert.match(printed, /changed by hand, so kept: answerlet\/old\/edited\.js/);
    assert.deepEqual(tree(), [...under('answerlet', [...INSTALLED, 'mine.js', 'old/edited.js']), 'index.html'].sort());
    assert.notEqual(read('answerlet/index.js'), 'old');
    assert.equal(read('answerlet/mine.js'), 'mine');
  });

  it('removes a folder that it leaves empty', () => {
    install(project, './public', '--base', 'assets/qa');
    assert.deepEqual(tree(), under('assets/qa', INSTALLED).sort());
    renameSync(at('assets/qa/models/minilm-en'), path.join(project, 'own-model'));
    install(project, './public', '--base', 'assets/qa', '--model', './own-model');
    assert.ok(!existsSync(at('assets/qa/models/minilm-en')));
    // The model stays the one that was chosen.
    assert.match(install(project, './public', '--base=assets/qa'), /model="assets\/qa\/models\/own-model\/"/);
    rmSync(path.join(project, 'own-model'), { recursive: true });
  });

  it('overwrites nothing that it has not written', () => {
    write(site, { 'answerlet/index.js': 'mine', 'answerlet-sw.js': 'mine' });
    const before = tree();
    const message = refused('./public', '--offline');
    assert.match(message, /public\/answerlet\/index\.js/);
    assert.match(message, /public\/answerlet-sw\.js/);
    assert.deepEqual(tree(), before, 'and writes nothing at all');
    assert.equal(read('answerlet/index.js'), 'mine');
  });

  it('removes nothing on the word of a list that is not its own', () => {
    write(site, { 'index.html': 'mine', 'answerlet/installed.json': JSON.stringify({ base: 'answerlet', files: { 'answerlet/../index.html': hashOf('mine') } }) });
    assert.match(refused('./public'), /installed\.json/);
    assert.equal(read('index.html'), 'mine');
  });

  it('says what is wrong with its arguments', () => {
    assert.match(refused('./nowhere'), /no folder \.\/nowhere/);
    assert.match(refused('./public', '--base', '../elsewhere'), /--base/);
    assert.match(refused('./public', '--model', 'answerlet-model-of-nobody'), /was not found/);
    assert.match(refused('./public', '--model', './public'), /no config\.json/);
    assert.deepEqual(tree(), []);
  });

  it('keeps to --offline until --no-offline, which leaves a worker that removes itself', () => {
    assert.match(install(project, './public', '--offline'), /answerlet\/register\.js[^]*importScripts\('answerlet-sw\.js'\)/);
    assert.deepEqual(tree(), [...under('answerlet', [...INSTALLED, 'register.js']), 'answerlet-sw.js'].sort());
    install(project, './public');
    assert.ok(existsSync(at('answerlet/register.js')));
    install(project, './public', '--no-offline');
    assert.ok(!existsSync(at('answerlet/register.js')));
    assert.match(read('answerlet-sw.js'), /"off":true/);
    install(project, './public', '--offline');
    assert.doesNotMatch(read('answerlet-sw.js'), /"off":true/);
  });
});
