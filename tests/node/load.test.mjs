// Answerlet.load: where files come from, what progress says, and how it fails.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Answerlet, FakeWorker, RUNTIME_BYTES, bytesOf, failure, load, origin, pause, requests, reset, seen, serveModel, site, wasmUrl, withEngine } from './harness.mjs';

beforeEach(() => serveModel());
afterEach(reset);

const manifestOf = (files) => JSON.stringify({ version: 1, files: Object.entries(files).map(([path, bytes]) => ({ path, bytes })) });

test('a folder: its files reach the engine, and info says what was loaded', async () => {
  const answerlet = await load({ noAnswer: 'learned', precision: 'auto' });
  assert.deepEqual(seen.files, [{ config: '{"c":1}', tokenizer: { json: '{"t":1}' }, noAnswer: 'learned', precision: 'auto' }]);
  assert.deepEqual(seen.weights, ['weights']);
  assert.deepEqual(answerlet.info, {
    version: '1.2.3',
    model: { architecture: 'bert', layers: 6, precision: 'int8', url: `${origin}/model/` },
    precision: 'int8',
    variant: 'simd128',
    memoryBytes: 65536,
    lacks: ['cache'], // There is none in Node.
  });
  assert.equal(FakeWorker.all[0].options.type, 'module');
  assert.match(FakeWorker.all[0].url, /\/worker\.js$/);
});

test('a folder without a final slash, and with a query that belongs to every file', async () => {
  for (const [path, entry] of [...site]) if (path.startsWith('/model/')) site.delete(path), site.set(`${path}?v=2`, entry);
  const answerlet = await load({ model: new URL(`${origin}/model?v=2`) });
  assert.deepEqual(seen.weights, ['weights']);
  assert.equal(answerlet.info.model.url, `${origin}/model/`);
});

test('every load has a worker of its own', async () => {
  await Promise.all([load(), load()]);
  assert.equal(FakeWorker.all.length, 2);
});

test('relative URLs are the document’s', async () => {
  globalThis.document = { baseURI: `${origin}/page/index.html` };
  try {
    await load({ model: '../model/', wasmUrl: { simd128: '/answerlet.wasm' }, workerUrl: 'w.js' });
    assert.equal(FakeWorker.all[0].url, `${origin}/page/w.js`);
  } finally {
    delete globalThis.document;
  }
});

test('progress: phases in order, bytes over all files, total from the manifest though the body is compressed', async () => {
  const weights = 'w'.repeat(300_000);
  const sizes = { 'config.json': 7, 'tokenizer.json': 7, 'model.safetensors': weights.length };
  const manifest = manifestOf(sizes);
  serveModel({ 'model.safetensors': { body: weights, gzip: true }, 'answerlet.json': manifest });
  const told = [];
  await load({ onProgress: (progress) => told.push(progress) });
  const total = RUNTIME_BYTES + 14 + weights.length + manifest.length;
  assert.deepEqual([...new Set(told.map(({ phase }) => phase))], ['runtime', 'config', 'tokenizer', 'weights', 'ready']);
  assert.deepEqual(told.at(-1), { phase: 'ready', loaded: total, total });
  for (const [at, { loaded, total: known }] of told.entries()) {
    assert.ok(at === 0 || loaded >= told[at - 1].loaded);
    assert.ok(known === null || known === total, `total ${known}`);
  }
  assert.equal(told.find(({ phase }) => phase === 'weights').total, total);
  assert.equal(seen.files[0].manifest, manifest);
});

test('progress: without a manifest the total is what servers declare, and unknown where they don’t', async () => {
  const totalIn = async (files) => {
    serveModel(files);
    const told = [];
    await load({ onProgress: (progress) => told.push(progress) });
    assert.deepEqual(told.at(-1), { phase: 'ready', loaded: RUNTIME_BYTES + 21, total: RUNTIME_BYTES + 21 });
    return told.find(({ phase }) => phase === 'weights').total;
  };
  assert.equal(await totalIn({}), RUNTIME_BYTES + 21);
  assert.equal(await totalIn({ 'model.safetensors': { body: 'weights', length: false } }), null);
  assert.equal(await totalIn({ 'model.safetensors': { body: 'weights', gzip: true } }), null);
});

test('progress: a declared size that is exceeded is no longer believed', async () => {
  // What a page of another origin sees of a compressed file: its length on the wire, and no word of an encoding.
  const slow = () => {
    let left = 5;
    return new ReadableStream({ pull: async (c) => (await pause(40), left-- ? c.enqueue(new Uint8Array(1000)) : c.close()) });
  };
  const fetch = async (url) =>
    url.endsWith('answerlet.json')
      ? new Response(null, { status: 404 })
      : new Response(url.endsWith('safetensors') ? slow() : '{}', { headers: { 'content-length': '2' } });
  const told = [];
  await load({ fetch, onProgress: (progress) => told.push(progress) });
  assert.deepEqual(told.at(-1), { phase: 'ready', loaded: RUNTIME_BYTES + 5004, total: RUNTIME_BYTES + 5004 });
  for (const { loaded, total } of told) assert.ok(total === null || loaded <= total, `${loaded} of ${total}`);
});

test('progress: what came in place of a manifest stays counted', async () => {
  const page = `<!doctype html>${' '.repeat(5000)}`;
  const slow = () => {
    const chunks = [page.slice(0, 3000), page.slice(3000)];
    return new ReadableStream({ pull: async (c) => (await pause(40), chunks.length ? c.enqueue(bytesOf(chunks.shift())) : c.close()) });
  };
  const fetch = async (url) => new Response(url.endsWith('answerlet.json') ? slow() : '{}');
  const told = [];
  await load({ fetch, onProgress: (progress) => told.push(progress) });
  const total = RUNTIME_BYTES + 6 + page.length;
  assert.deepEqual(told.at(-1), { phase: 'ready', loaded: total, total });
  for (const [at, { loaded }] of told.entries()) assert.ok(at === 0 || loaded >= told[at - 1].loaded, `${loaded} after ${told[at - 1]?.loaded}`);
});

test('tokenizers of before tokenizer.json', async () => {
  const tokenizerOf = async (files) => {
    serveModel({ 'tokenizer.json': null, ...files });
    await load();
    return seen.files.at(-1).tokenizer;
  };
  assert.deepEqual(await tokenizerOf({ 'vocab.txt': 'words' }), { vocab: 'words' });
  assert.deepEqual(await tokenizerOf({ 'vocab.json': '{}', 'merges.txt': 'm', 'tokenizer_config.json': '{"s":1}' }), { vocab: '{}', merges: 'm', config: '{"s":1}' });
  // A server that answers everything with its start page.
  const html = '\n<!DOCTYPE html><title>App</title>';
  assert.deepEqual(await tokenizerOf({ 'tokenizer.json': html, 'vocab.txt': 'words', 'vocab.json': html, 'merges.txt': html, 'tokenizer_config.json': html }), { vocab: 'words' });
  // Where that leaves nothing, the engine says so.
  assert.deepEqual(await tokenizerOf({ 'tokenizer.json': html, 'vocab.txt': html }), { json: html });
});

test('files that are missing', async () => {
  serveModel({ 'config.json': null });
  await assert.rejects(load(), failure({ code: 'file_missing', file: 'config.json' }));
  serveModel({ 'tokenizer.json': null });
  await assert.rejects(load(), failure({ code: 'file_missing', file: 'tokenizer.json' }));
  serveModel({ 'tokenizer.json': null, 'vocab.json': '{}' });
  await assert.rejects(load(), failure({ code: 'file_missing', file: 'merges.txt' }));
  serveModel({ 'model.safetensors': null });
  await assert.rejects(load(), failure({ code: 'file_missing', file: 'model.safetensors' }));
  for (const file of ['model.safetensors.index.json', 'pytorch_model.bin']) {
    serveModel({ 'model.safetensors': null, [file]: 'x' });
    await assert.rejects(load(), failure({ code: 'weights_format', file }));
  }
  assert.ok(FakeWorker.all.every(({ terminated }) => terminated));
});

test('a manifest is optional: absent where the server has none, forbids it, or sends a page', async () => {
  const pages = ['<!DOCTYPE html>', '\ufeff\r\n<html>', '<Head>', ' <body>', '<script>', '<!-- app -->', '<?xml version="1.0"?>'];
  for (const entry of [null, { status: 403 }, ...pages]) {
    serveModel({ 'answerlet.json': entry });
    await load();
    assert.equal(seen.files.at(-1).manifest, undefined, JSON.stringify(entry));
  }
  // Of another origin, and without CORS headers: all that a script learns is that its fetch failed.
  serveModel();
  const noCors = async (url) => {
    if (url.endsWith('answerlet.json')) throw new TypeError('Failed to fetch');
    return globalThis.fetch(url);
  };
  await load({ fetch: noCors });
  assert.equal(seen.files.at(-1).manifest, undefined);
  serveModel({ 'answerlet.json': { status: 503 } });
  await assert.rejects(load(), failure({ code: 'network', file: 'answerlet.json' }));
  serveModel({ 'answerlet.json': '{broken' });
  await load();
  assert.equal(seen.files.at(-1).manifest, '{broken', 'what is wrong with it is for the engine to say');
});

test('a body that is shorter or longer than the manifest says', async () => {
  const sizes = { 'config.json': 7, 'tokenizer.json': 7, 'model.safetensors': 7 };
  for (const [file, code] of [['model.safetensors', 'weights_invalid'], ['config.json', 'config_invalid'], ['tokenizer.json', 'tokenizer_invalid']]) {
    for (const bytes of [6, 8]) {
      serveModel({ 'answerlet.json': manifestOf({ ...sizes, [file]: bytes }) });
      await assert.rejects(load(), failure({ code, file }));
    }
  }
  serveModel({ 'answerlet.json': manifestOf({ ...sizes, 'model.safetensors': 8 }), 'model.safetensors': '<html>' });
  await assert.rejects(load(), failure({ code: 'file_html', file: 'model.safetensors' }), 'the engine knows better');
});

test('a server that fails', async () => {
  serveModel({ 'model.safetensors': { status: 500 } });
  await assert.rejects(load(), failure({ code: 'network', file: 'model.safetensors' }));
  serveModel({ 'model.safetensors': { body: 'weights', cut: 3 } });
  await assert.rejects(load(), failure({ code: 'network', file: 'model.safetensors' }));
  serveModel({ 'tokenizer.json': { body: '{"t":1}', cut: 3 } });
  await assert.rejects(load(), failure({ code: 'network', file: 'tokenizer.json' }));
  await assert.rejects(load({ model: 'http://127.0.0.1:1/' }), failure({ code: 'network', file: 'config.json' }));
});

test('files one by one: URL, Blob and bytes, which stay the caller’s', async () => {
  const whole = bytesOf('..weights..');
  const vocab = bytesOf('{}');
  const model = {
    config: new Blob(['{"b":1}']),
    tokenizer: { vocab: vocab.buffer, merges: new File(['m'], 'merges.txt') },
    weights: whole.subarray(2, 9),
    manifest: `${origin}/model/answerlet.json`,
  };
  serveModel({ 'answerlet.json': '{}' });
  await load({ model });
  assert.deepEqual(seen.files, [{ config: '{"b":1}', tokenizer: { vocab: '{}', merges: 'm' }, manifest: '{}' }]);
  assert.deepEqual(seen.weights, ['weights']);
  assert.equal(whole.length, 11);
  assert.equal(vocab.length, 2);
  await load({ model: { ...model, tokenizer: new URL(`${origin}/model/tokenizer.json`), manifest: undefined, weights: new Uint8Array(0) } });
  assert.deepEqual(seen.files[1].tokenizer, { json: '{"t":1}' });
  assert.equal(seen.files[1].manifest, undefined);
  assert.equal(seen.weights[1], '');
});

test('files one by one: no other places are tried', async () => {
  const at = (name) => `${origin}/model/${name}`;
  serveModel({ 'tokenizer.json': null, 'vocab.txt': 'words' });
  const model = { config: at('config.json'), tokenizer: at('tokenizer.json'), weights: at('model.safetensors') };
  await assert.rejects(load({ model }), failure({ code: 'file_missing', file: 'tokenizer.json' }));
  assert.ok(!requests.includes('/model/vocab.txt') && !requests.includes('/model/answerlet.json'));
});

test('a fetch of the page’s own', async () => {
  const urls = [];
  const chunk = bytesOf('weights');
  const fetch = async (url, init) => {
    urls.push(url);
    assert.ok(init.signal instanceof AbortSignal);
    if (url.endsWith('answerlet.json')) return new Response(null, { status: 404 });
    if (!url.endsWith('safetensors')) return new Response('{"f":1}');
    return new Response(new ReadableStream({ start: (c) => (c.enqueue(chunk), c.close()) }));
  };
  await load({ fetch });
  assert.deepEqual(urls.sort(), ['answerlet.json', 'config.json', 'model.safetensors', 'tokenizer.json'].map((name) => `${origin}/model/${name}`));
  assert.deepEqual(requests, ['/answerlet.wasm']);
  assert.equal(seen.files[0].config, '{"f":1}');
  assert.equal(seen.weights[0], 'weights');
  assert.equal(chunk.length, 7, 'a chunk is copied, not moved');
});

test('a fetch of the page’s own is held back by the engine', async () => {
  let go;
  withEngine({ hold: new Promise((resolve) => (go = resolve)) });
  let pulled = 0;
  const body = () =>
    new ReadableStream(
      {
        pull(controller) {
          if (++pulled > 100) controller.close();
          else controller.enqueue(bytesOf(`${pulled},`));
        },
      },
      { highWaterMark: 0 },
    );
  const fetch = async (url) => (url.endsWith('safetensors') ? new Response(body()) : globalThis.fetch(url));
  const loading = load({ fetch });
  await pause(100);
  assert.ok(pulled > 0 && pulled < 12, `${pulled} chunks were taken that nobody reads`);
  go();
  await loading;
  assert.equal(seen.weights[0], Array.from({ length: 100 }, (_, at) => `${at + 1},`).join(''));
});

test('a fetch of the page’s own that fails, before and in the middle', async () => {
  const failing = (make) => async (url) => (url.endsWith('safetensors') ? make() : globalThis.fetch(url));
  const cases = [
    () => Promise.reject(new TypeError('no route')),
    () => undefined,
    () => new Response(new ReadableStream({ start: (c) => c.enqueue(bytesOf('we')), pull: (c) => c.error(new Error('cable cut')) })),
  ];
  for (const make of cases) await assert.rejects(load({ fetch: failing(make) }), failure({ code: 'network', file: 'model.safetensors' }));
});

test('an aborted load rejects with the reason and ends worker and downloads', async () => {
  const reason = new Error('changed my mind');
  await assert.rejects(load({ signal: AbortSignal.abort(reason) }), (error) => error === reason);
  assert.equal(FakeWorker.all.length, 0);

  const controller = new AbortController();
  const signals = [];
  const fetch = (url, { signal }) => (signals.push(signal), new Promise(() => {}));
  const loading = load({ fetch, signal: controller.signal });
  await pause(50);
  assert.equal(signals.length, 4);
  controller.abort(reason);
  await assert.rejects(loading, (error) => error === reason);
  assert.ok(FakeWorker.all[0].terminated);
  assert.ok(signals.every(({ aborted }) => aborted));
});

test('the runtime: streamed whatever its type, typed errors where it isn’t there', async () => {
  site.set('/answerlet.wasm', { body: 'wasm', type: 'text/plain' });
  await load();
  assert.deepEqual(seen.contentTypes, ['application/wasm']);
  await assert.rejects(load({ wasmUrl: `${origin}/nowhere.wasm` }), failure({ code: 'runtime_failed' }));
});

test('a worker that doesn’t come up', async (t) => {
  FakeWorker.start = (post, worker) => void setTimeout(() => worker.onerror({ message: '', preventDefault() {} }), 5);
  await assert.rejects(load(), failure({ code: 'worker_failed' }));
  FakeWorker.start = (post) => post({ type: 'hello', version: '0.0.1' });
  await assert.rejects(load(), failure({ code: 'worker_failed' }));
  globalThis.Worker = function () {
    throw new DOMException('not here', 'SecurityError');
  };
  await assert.rejects(load(), failure({ code: 'worker_failed' }));

  globalThis.Worker = FakeWorker;
  FakeWorker.start = () => undefined;
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const loading = load();
  t.mock.timers.tick(60_000);
  await assert.rejects(loading, failure({ code: 'worker_failed' }));
  t.mock.timers.reset();
  assert.ok(FakeWorker.all.every(({ terminated }) => terminated));
});

test('a trap while loading: a typed error, then a load that works', async () => {
  for (const weights of ['trap', 'boom']) {
    serveModel({ 'model.safetensors': weights });
    await assert.rejects(load(), failure({ code: 'engine_crashed', message: 'the engine crashed: unreachable' }));
    assert.ok(FakeWorker.all.at(-1).terminated);
    assert.equal(seen.freedLoads, 0, 'nothing of a crashed engine is touched');
  }
  assert.deepEqual(seen.uncaught, [false], 'what is reported by rejection is not reported again');
  serveModel();
  await load();
});

test('arguments', async () => {
  const wrong = async (options, argument) => assert.rejects(load(options), failure({ code: 'argument_invalid', argument }));
  await wrong({ model: undefined }, 'model');
  await wrong({ model: 'http://' }, 'model');
  await wrong({ model: { config: 1, tokenizer: new Blob(), weights: new Blob() } }, 'model.config');
  await wrong({ model: { config: new Blob(), tokenizer: {}, weights: new Blob() } }, 'model.tokenizer');
  await wrong({ model: { config: new Blob(), tokenizer: { vocab: null }, weights: new Blob() } }, 'model.tokenizer.vocab');
  const moved = new ArrayBuffer(8);
  structuredClone(moved, { transfer: [moved] });
  await wrong({ model: { config: new Blob(), tokenizer: new Blob(), weights: moved } }, 'model.weights');
  await wrong({ noAnswer: 'maybe' }, 'noAnswer');
  await wrong({ precision: 'int4' }, 'precision');
  await wrong({ cache: 'yes' }, 'cache');
  await wrong({ wasmUrl: {} }, 'wasmUrl');
  await wrong({ workerUrl: 3 }, 'workerUrl');
  await wrong({ fetch: 'x' }, 'fetch');
  await wrong({ signal: {} }, 'signal');
  await wrong({ onProgress: 1 }, 'onProgress');
  await assert.rejects(Answerlet.load(), failure({ code: 'argument_invalid', argument: 'model' }));
  assert.equal(FakeWorker.all.length, 0);
});

test('where there are no workers', async () => {
  assert.equal(Answerlet.isSupported(), true);
  delete globalThis.Worker;
  assert.equal(Answerlet.isSupported(), false);
  await assert.rejects(Answerlet.load({ model: origin, wasmUrl }), failure({ code: 'unsupported' }));
});
