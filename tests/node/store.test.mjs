// What the browser keeps of a model, and when it is used in place of the network. The Cache API is a map here; real ones are in
// tests/browser/store.test.mjs.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { FakeWorker, failure, load, origin, pause, requests, reset, seen, serveModel, site } from './harness.mjs';

const WEIGHTS = '/model/model.safetensors';

/** A Cache API with one cache. `fail` is a method that rejects; `limit` the most bytes of one entry. */
class FakeCaches {
  entries = new Map();
  fail = '';
  limit = Infinity;
  names = [];

  async open(name) {
    this.names.push(name);
    const call = async (method, run) => {
      if (this.fail === method) throw new DOMException('not today', 'SecurityError');
      return run();
    };
    return {
      match: (url) => call('match', () => this.entries.has(url) ? new Response(this.entries.get(url)) : undefined),
      put: (url, response) =>
        call('put', async () => {
          const pieces = [];
          let bytes = 0;
          for await (const piece of response.body) {
            pieces.push(piece);
            if ((bytes += piece.length) > this.limit) throw new DOMException('full', 'QuotaExceededError');
          }
          this.entries.set(url, Buffer.concat(pieces));
        }),
      delete: (url) => call('delete', () => this.entries.delete(url)),
      keys: () => call('keys', () => [...this.entries.keys()].map((url) => ({ url }))),
    };
  }

  /** The bodies of the entries with weights. */
  get weights() {
    return [...this.entries].filter(([url]) => /answerlet=\w+\./.test(url)).map(([, bytes]) => String(bytes));
  }
}

let kept;
beforeEach(() => {
  kept = globalThis.caches = new FakeCaches();
});
afterEach(() => {
  delete globalThis.caches;
  reset();
});

const manifestOf = (files) => JSON.stringify({ version: 1, files: Object.entries(files).map(([path, sha256]) => ({ path, sha256 })) });
const versioned = (body, etag) => ({ body, etag });

/** What a load asks the network for, as names in the folder. */
async function requestsOf(options) {
  requests.length = 0;
  await load(options);
  return requests.filter((path) => path !== '/answerlet.wasm').map((path) => path.replace('/model/', '')).sort();
}

const ALL = ['answerlet.json', 'config.json', 'model.safetensors', 'tokenizer.json'];

test('with a manifest: the second load asks for it, and for nothing else', async () => {
  serveModel({ 'answerlet.json': manifestOf({ 'model.safetensors': 'aa', 'config.json': 'bb', 'tokenizer.json': 'cc' }) });
  assert.deepEqual(await requestsOf(), ALL);
  assert.deepEqual(await requestsOf(), ['answerlet.json']);
  assert.deepEqual(seen.weights, ['weights', 'weights']);
  assert.deepEqual(seen.files[1], seen.files[0]);
  assert.deepEqual(kept.names, ['answerlet-1', 'answerlet-1']);
  assert.equal(kept.entries.size, 2);
});

test('a checkpoint of floats is kept as what the engine made of it', async () => {
  serveModel({ 'answerlet.json': manifestOf({ 'model.safetensors': 'aa' }), 'model.safetensors': 'floats'.repeat(100_000) });
  await load();
  assert.deepEqual(kept.weights, ['FLOATS'.repeat(100_000)]);
  await load();
  assert.equal(seen.weights[1], 'FLOATS'.repeat(100_000));
  assert.equal(seen.freedLoads, 2);
});

test('each precision keeps its own', async () => {
  serveModel({ 'model.safetensors': versioned('floats', '"1"') });
  await load();
  await load({ precision: 'f32' });
  assert.equal(seen.weights[1], 'floats');
  await load({ precision: 'int8' });
  await load({ precision: 'auto' });
  assert.deepEqual(seen.weights.slice(2), ['FLOATS', 'FLOATS']);
});

test('a manifest of other files than the kept ones', async () => {
  serveModel({ 'answerlet.json': manifestOf({ 'model.safetensors': 'aa', 'config.json': 'bb', 'tokenizer.json': 'cc' }) });
  await load();
  // Another threshold, say: the weights stay.
  site.set('/model/answerlet.json', manifestOf({ 'model.safetensors': 'aa', 'config.json': 'other', 'tokenizer.json': 'cc' }));
  site.set('/model/config.json', '{"c":2}');
  assert.deepEqual(await requestsOf(), ['answerlet.json', 'config.json']);
  assert.equal(seen.files[1].config, '{"c":2}');
  // And that is what is kept from then on.
  assert.deepEqual(await requestsOf(), ['answerlet.json']);
  assert.equal(seen.files[2].config, '{"c":2}');
  site.set('/model/answerlet.json', manifestOf({ 'model.safetensors': 'new', 'config.json': 'other', 'tokenizer.json': 'cc' }));
  site.set(WEIGHTS, 'new weights');
  assert.deepEqual(await requestsOf(), ALL);
  assert.equal(seen.weights.at(-1), 'new weights');
  assert.deepEqual(kept.weights, ['new weights'], 'the old ones are gone');
});

test('without a manifest: length with ETag or Last-Modified tell, and the small files are fetched', async () => {
  for (const [first, second, same] of [
    [{ etag: '"1"' }, { etag: '"1"' }, true],
    [{ etag: 'W/"1"' }, { etag: '"1"' }, true],
    [{ etag: '"1"' }, { etag: '"2"' }, false],
    [{ modified: 'Thu, 01 Jan 2026 00:00:00 GMT' }, { modified: 'Thu, 01 Jan 2026 00:00:00 GMT' }, true],
    [{ modified: 'Thu, 01 Jan 2026 00:00:00 GMT' }, { modified: 'Fri, 02 Jan 2026 00:00:00 GMT' }, false],
    [{ etag: '"1"', body: 'weights and' }, { etag: '"1"' }, false],
    [{}, {}, false],
  ]) {
    const why = JSON.stringify([first, second]);
    kept.entries.clear();
    seen.weights.length = 0;
    serveModel({ 'model.safetensors': { body: 'floats 1', ...first } });
    await load();
    assert.equal(kept.entries.size, first.etag || first.modified ? 2 : 0, why);
    serveModel({ 'model.safetensors': { body: 'floats 2', ...second }, 'config.json': '{"c":2}' });
    assert.deepEqual(await requestsOf(), ALL, why);
    assert.equal(seen.weights[1], same ? 'FLOATS 1' : 'floats 2', why);
    assert.equal(seen.files.at(-1).config, '{"c":2}', why);
  }
});

test('without a network: the last model that was loaded, whole', async () => {
  for (const files of [
    { 'answerlet.json': manifestOf({ 'model.safetensors': 'aa' }) },
    { 'model.safetensors': versioned('weights', '"1"') },
    { 'model.safetensors': versioned('weights', '"1"'), 'tokenizer.json': null, 'vocab.txt': 'words' },
  ]) {
    kept.entries.clear();
    serveModel(files);
    await load();
    const before = seen.files.at(-1);
    let asked = 0;
    const down = async () => {
      asked++;
      throw new TypeError('no network');
    };
    await load({ fetch: down });
    assert.deepEqual(seen.files.at(-1), before);
    assert.equal(seen.weights.at(-1), 'weights');
    assert.ok(asked <= 2, `${asked} requests`);
    // A server in trouble is no better than none.
    for (const path of [...site.keys()]) if (path.startsWith('/model/')) site.set(path, { status: 503 });
    site.set(WEIGHTS, { status: 503 });
    await load();
    assert.deepEqual(seen.files.at(-1), before);
    kept.entries.clear();
    await assert.rejects(load({ fetch: down }), failure({ code: 'network' }));
  }
});

test('a fetch of the page’s own: kept all the same', async () => {
  serveModel({ 'model.safetensors': versioned('floats', '"1"') });
  const fetch = (url, init) => globalThis.fetch(url, init);
  await load({ fetch });
  await load({ fetch });
  assert.deepEqual(seen.weights, ['floats', 'FLOATS']);
});

test('files one by one, by URL, are kept; bytes are not', async () => {
  serveModel({ 'model.safetensors': versioned('floats', '"1"') });
  const at = (name) => `${origin}/model/${name}`;
  const model = { config: new Blob(['{}']), tokenizer: { vocab: at('config.json') }, weights: at('model.safetensors') };
  await load({ model });
  assert.deepEqual(await requestsOf({ model }), ['config.json', 'model.safetensors']);
  assert.deepEqual(seen.weights, ['floats', 'FLOATS']);
  kept.entries.clear();
  await load({ model: { ...model, weights: new Blob(['floats']) } });
  assert.equal(kept.entries.size, 0);
});

test('cache: false neither keeps nor uses', async () => {
  serveModel({ 'model.safetensors': versioned('floats', '"1"') });
  await load({ cache: false });
  assert.equal(kept.names.length, 0);
  await load();
  await load({ cache: false });
  assert.deepEqual(seen.weights, ['floats', 'floats', 'floats']);
});

test('whatever is wrong with the store, the model loads', async () => {
  serveModel({ 'model.safetensors': versioned('floats'.repeat(500_000), '"1"') });
  for (const fault of [{ fail: 'match' }, { fail: 'put' }, { fail: 'delete' }, { fail: 'keys' }, { limit: 1000 }]) {
    Object.assign(kept, { fail: '', limit: Infinity }, fault);
    kept.entries.clear();
    await load();
    assert.equal(seen.weights.at(-1).length, 3_000_000, JSON.stringify(fault));
    if (fault.fail === 'put' || fault.limit) assert.equal(kept.entries.size, 0, JSON.stringify(fault));
  }
  globalThis.caches = { open: () => Promise.reject(new DOMException('private window', 'SecurityError')) };
  await load();
});

test('a kept model that is damaged or gone is fetched anew, once', async () => {
  serveModel({ 'model.safetensors': versioned('floats', '"1"') });
  await load();
  const [key] = [...kept.entries.keys()].filter((url) => /answerlet=int8\./.test(url));
  kept.entries.set(key, Buffer.from('damaged'));
  await load();
  assert.deepEqual(seen.weights, ['floats', 'damaged', 'floats']);
  await load();
  assert.equal(seen.weights.at(-1), 'FLOATS');
  kept.entries.delete(key);
  await load();
  assert.equal(seen.weights.at(-1), 'floats');
  const record = [...kept.entries.keys()].find((url) => url.endsWith('answerlet=int8'));
  kept.entries.set(record, Buffer.from('{'));
  await load();
  assert.equal(seen.weights.at(-1), 'floats');
  await load();
  assert.equal(seen.weights.at(-1), 'FLOATS');
});

test('a model that doesn’t load is not kept', async () => {
  for (const body of ['fdamaged', 'trap', 'boom']) {
    serveModel({ 'model.safetensors': versioned(body, '"1"') });
    await assert.rejects(load());
    assert.equal(kept.entries.size, 0);
  }
  serveModel({ 'model.safetensors': { body: 'floats', cut: 3, etag: '"1"' } });
  await assert.rejects(load(), failure({ code: 'network' }));
  // Nor one whose size isn't the manifest's.
  serveModel({ 'answerlet.json': JSON.stringify({ files: [{ path: 'model.safetensors', bytes: 99, sha256: 'aa' }] }) });
  await assert.rejects(load(), failure({ code: 'weights_invalid' }));
  await pause(20);
  assert.equal(kept.entries.size, 0);
});

test('what is kept and crashes the engine is not kept on', async () => {
  for (const body of ['trap', 'boom']) {
    serveModel({ 'model.safetensors': versioned('weights', '"1"') });
    await load();
    const key = [...kept.entries.keys()].find((url) => /answerlet=int8\./.test(url));
    kept.entries.set(key, Buffer.from(body));
    await assert.rejects(load(), failure({ code: 'engine_crashed' }));
    assert.equal(kept.entries.size, 0);
  }
});

test('a manifest’s sizes are those of the source, not of what is kept', async () => {
  const floats = 'floats'.repeat(10);
  const files = [{ path: 'model.safetensors', bytes: floats.length, sha256: 'aa' }];
  serveModel({ 'answerlet.json': JSON.stringify({ files }), 'model.safetensors': floats });
  await load();
  const [key] = [...kept.entries.keys()].filter((url) => /answerlet=int8\./.test(url));
  const record = [...kept.entries.keys()].find((url) => url !== key);
  // As int8 would be: shorter than its source.
  kept.entries.set(key, Buffer.from('FLOATS'));
  kept.entries.set(record, Buffer.from(JSON.stringify({ ...JSON.parse(kept.entries.get(record)), bytes: 6 })));
  const told = [];
  await load({ onProgress: (progress) => told.push(progress) });
  assert.equal(seen.weights[1], 'FLOATS');
  assert.equal(told.at(-1).loaded, told.at(-1).total);
  const small = [...site].filter(([path]) => /json$/.test(path)).reduce((sum, [, body]) => sum + body.length, 0);
  assert.equal(told.at(-1).loaded, 1000 + small + 6);
});

test('the weights wait for the cache', async () => {
  let go;
  const held = new Promise((resolve) => (go = resolve));
  let pulled = 0;
  const body = () => new ReadableStream({ pull: (c) => (++pulled > 40 ? c.close() : c.enqueue(new Uint8Array(1000).fill(102))) }, { highWaterMark: 0 });
  const fetch = async (url) => (url.endsWith('safetensors') ? new Response(body(), { headers: { etag: '"1"' } }) : globalThis.fetch(url));
  serveModel();
  const { open } = kept;
  kept.open = async (name) => {
    const cache = await open.call(kept, name);
    return { ...cache, put: async (url, response) => (await held, cache.put(url, response)) };
  };
  const loading = load({ fetch });
  await pause(100);
  assert.ok(pulled > 0 && pulled < 20, `${pulled} pieces were taken that nobody writes`);
  go();
  await loading;
  assert.equal(kept.weights[0].length, 40_000);
});
