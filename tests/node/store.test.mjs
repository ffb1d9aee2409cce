// What the browser keeps of a model, and when it is used in place of the network. The Cache API is a map here; real ones are in
// tests/browser/store.test.mjs.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { Answerlet, bytesOf, failure, FakeWorker, load, origin, pause, ranges, requests, reset, seen, serveModel, site } from './harness.mjs';

const WEIGHTS = '/model/model.safetensors';

/** A Cache API. `fail` is a method that rejects; `limit` the most bytes of one entry, `room` that of all. */
class FakeCaches {
  stores = new Map();
  fail = '';
  limit = Infinity;
  room = Infinity;

  get entries() {
    return this.stores.get('answerlet-2') ?? new Map();
  }
  /** The keys of chunks of a file, by their hash. */
  chunksOf(file) {
    return [...this.entries.keys()].filter((key) => key.includes(`/${file}?answerlet=`) && !/answerlet=(int8|f32)$/.test(key));
  }
  /** What is kept of the weights. */
  get weights() {
    return this.chunksOf('model.safetensors').map((key) => String(this.entries.get(key).body)).join('');
  }
  get records() {
    return [...this.entries.keys()].filter((key) => /answerlet=(int8|f32)$/.test(key));
  }
  clear() {
    this.entries.clear();
  }

  async keys() {
    return [...this.stores.keys()];
  }
  async delete(name) {
    return this.stores.delete(name);
  }
  async open(name) {
    if (!this.stores.has(name)) this.stores.set(name, new Map());
    const entries = this.stores.get(name);
    const call = async (method, run) => {
      if (this.fail === method) throw new DOMException('not today', 'SecurityError');
      return run();
    };
    const responseOf = ({ body, headers }) => new Response(body, { headers });
    return {
      match: (url) => call('match', () => (entries.has(url) ? responseOf(entries.get(url)) : undefined)),
      matchAll: () => call('match', () => [...entries.values()].map(responseOf)),
      put: (url, response) =>
        call('put', async () => {
          const body = Buffer.from(await response.arrayBuffer());
          const used = [...entries.values()].reduce((sum, { body }) => sum + body.length, 0);
          if (body.length > this.limit || used + body.length > this.room) throw new DOMException('full', 'QuotaExceededError');
          entries.set(url, { body, headers: [...response.headers] });
        }),
      delete: (url) => call('delete', () => entries.delete(url)),
      keys: () => call('keys', () => [...entries.keys()].map((url) => ({ url }))),
    };
  }
}

let kept;
beforeEach(() => {
  kept = globalThis.caches = new FakeCaches();
});
afterEach(() => {
  delete globalThis.caches;
  delete globalThis.location;
  reset();
});

const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex');
/** Chunks of four bytes: `weights` are two. */
function manifestOf(files, { chunkBytes = 4, quantisation = 'int8-per-row' } = {}) {
  const chunks = (body) => Array.from({ length: Math.ceil(body.length / chunkBytes) }, (_, at) => hashOf(body.slice(chunkBytes * at, chunkBytes * (at + 1))));
  return JSON.stringify({ version: 1, quantisation, chunkBytes, files: Object.entries(files).map(([path, body]) => ({ path, bytes: body.length, sha256: hashOf(body), chunks: chunks(body) })) });
}
const SMALL = { 'config.json': '{"c":1}', 'tokenizer.json': '{"t":1}' };
/** A model with its manifest; the weights' entry may say more than their body. */
function serveWhole(weights = 'weights', { quantisation, chunkBytes, ...entry } = {}, small = {}) {
  const files = { ...SMALL, ...small };
  serveModel({ ...files, 'answerlet.json': manifestOf({ ...files, 'model.safetensors': weights }, { quantisation, chunkBytes }), 'model.safetensors': { body: weights, ...entry } });
}
/** A connection that breaks off after so many bytes, when the chunks in them have been kept. */
const cutAt = (cut) => ({ cut, until: () => kept.chunksOf('model.safetensors').length === Math.floor(cut / 4) });
const versioned = (body, etag) => ({ body, etag });

/** What a load asks the network for, as names in the folder. */
async function requestsOf(options) {
  requests.length = ranges.length = 0;
  await load(options);
  return requests.filter((path) => path !== '/answerlet.wasm').map((path) => path.replace('/model/', '')).sort();
}

const ALL = ['answerlet.json', 'config.json', 'model.safetensors', 'tokenizer.json'];
const down = async () => {
  throw new TypeError('no network');
};

test('with a manifest: the second load asks for it, and for nothing else', async () => {
  serveWhole('weights of a model');
  assert.deepEqual(await requestsOf(), ALL);
  assert.deepEqual(await requestsOf(), ['answerlet.json']);
  assert.deepEqual(seen.weights, ['weights of a model', 'weights of a model']);
  assert.deepEqual(seen.files[1], seen.files[0]);
  assert.equal(kept.weights, 'weights of a model', 'kept once');
  assert.equal(kept.chunksOf('model.safetensors').length, 5);
  assert.deepEqual(ranges, []);
  // So it is for whoever wants floats of it: int8 can't become more than it is.
  assert.deepEqual(await requestsOf({ precision: 'f32' }), ['answerlet.json']);
  assert.equal(kept.records.length, 2);
});

test('a folder whose manifest lists it whole is asked for nothing that it doesn’t list', async () => {
  serveModel({ 'tokenizer.json': null, 'vocab.txt': 'words', 'answerlet.json': manifestOf({ 'config.json': '{"c":1}', 'vocab.txt': 'words', 'model.safetensors': 'weights' }) });
  await load();
  assert.deepEqual(await requestsOf(), ['answerlet.json']);
  assert.deepEqual(seen.files[1].tokenizer, { vocab: 'words' });
});

test('the caches of earlier formats are deleted, others are not', async () => {
  for (const name of ['answerlet-1', 'answerlet-shell', 'pictures']) await kept.open(name);
  serveWhole();
  await load();
  await pause(10);
  assert.deepEqual((await kept.keys()).sort(), ['answerlet-2', 'answerlet-shell', 'pictures']);
});

test('a download that breaks off goes on at the first chunk that is missing', async () => {
  const body = 'abcdefghijklmnopqr'; // Chunks of 4: the fifth is of 2.
  for (const [same, etag, expected] of [
    [true, '"1"', { range: 'bytes=8-17', ifRange: '"1"', status: 206 }],
    [true, 'W/"1"', { range: 'bytes=8-17', ifRange: undefined, status: 206 }],
    [true, undefined, { range: 'bytes=8-17', ifRange: undefined, status: 206 }],
    // Another origin would have to allow the header beforehand.
    [false, '"1"', { range: 'bytes=8-17', ifRange: undefined, status: 206 }],
  ]) {
    globalThis.location = { origin: same ? origin : 'https://elsewhere.test' };
    kept.clear();
    serveWhole(body, { ...cutAt(10), etag, ranges: true });
    await assert.rejects(load(), failure({ code: 'network', file: 'model.safetensors' }));
    assert.equal(kept.weights, 'abcdefgh');
    assert.equal(kept.records.length, 0);
    site.set(WEIGHTS, { body, etag, ranges: true });
    const told = [];
    await requestsOf({ onProgress: (progress) => told.push(progress) });
    assert.deepEqual(ranges, [{ path: 'model.safetensors', ...expected }]);
    assert.equal(requests.filter((path) => path === WEIGHTS).length, 1);
    assert.equal(seen.weights.at(-1), body);
    assert.equal(told.at(-1).loaded, told.at(-1).total);
    assert.deepEqual(await requestsOf(), ['answerlet.json']);
  }
});

test('where the server has no ranges, or not the right ones, the download starts over', async () => {
  const body = 'abcdefghijklmnopqr';
  const faults = {
    'no ranges': undefined,
    'another range': (from, to, bytes) => ({ body: bytes.subarray(0, to - from + 1), headers: { 'content-range': `bytes 0-${to - from}/18` } }),
    'of another file': (from, to) => ({ headers: { 'content-range': `bytes ${from}-${to}/99` } }),
    'no word of which': () => ({ headers: {} }),
    compressed: () => ({ headers: { 'content-range': 'bytes 8-17/18', 'content-encoding': 'identity' } }),
    'an error': () => ({ status: 416, body: '' }),
    'the right range, and other bytes': () => ({ body: 'ABCDEFGHIJ' }),
    'too few bytes': () => ({ body: 'ij' }),
  };
  globalThis.location = { origin };
  for (const [fault, parts] of Object.entries(faults)) {
    kept.clear();
    serveWhole(body, cutAt(10));
    await assert.rejects(load(), failure({ code: 'network' }));
    const before = kept.chunksOf('model.safetensors');
    assert.equal(before.length, 2, fault);
    let puts = 0;
    const { open } = kept;
    kept.open = async (name) => {
      const cache = await open.call(kept, name);
      return { ...cache, put: (url, response) => (before.includes(url) && puts++, cache.put(url, response)) };
    };
    site.set(WEIGHTS, { body, ranges: parts });
    await requestsOf();
    kept.open = open;
    assert.equal(seen.weights.at(-1), body, fault);
    assert.equal(puts, 0, `${fault}: what is there is not kept again`);
    assert.equal(ranges.length, 1, fault);
    assert.equal(requests.filter((path) => path === WEIGHTS).length, fault === 'no ranges' ? 1 : 2, fault);
    assert.deepEqual(await requestsOf(), ['answerlet.json'], fault);
  }
});

test('another origin that hides its ranges is believed by the hash', async () => {
  globalThis.location = { origin: 'https://elsewhere.test' };
  const body = 'abcdefghijkl';
  serveWhole(body, cutAt(6));
  await assert.rejects(load());
  site.set(WEIGHTS, { body, ranges: () => ({ headers: {} }) });
  await requestsOf();
  assert.equal(requests.filter((path) => path === WEIGHTS).length, 1);
  // One that doesn't allow the header is asked again without.
  kept.clear();
  serveWhole(body, cutAt(6));
  await assert.rejects(load());
  site.set(WEIGHTS, body);
  await load({ fetch: (url, init) => (init.headers ? down() : globalThis.fetch(url, init)) });
  assert.equal(seen.weights.at(-1), body);
});

test('a chunk that is damaged or gone is fetched again, alone', async () => {
  const body = 'abcdefghijklmnopqr';
  serveWhole(body, { ranges: true });
  await load();
  const keyOf = (at) => kept.chunksOf('model.safetensors').find((key) => key.endsWith(hashOf(body.slice(4 * at, 4 * at + 4))));
  const spoil = { gone: (key) => kept.entries.delete(key), flipped: (key) => (kept.entries.get(key).body[1] ^= 4), short: (key) => (kept.entries.get(key).body = Buffer.from('ab')) };
  for (const [how, run] of Object.entries(spoil)) {
    for (let at = 0; at < 5; at++) {
      run(keyOf(at));
      assert.deepEqual(await requestsOf(), ['answerlet.json', 'model.safetensors'], how);
      assert.deepEqual(ranges.map(({ range }) => range), [`bytes=${4 * at}-${Math.min(18, 4 * at + 4) - 1}`], how);
      assert.equal(seen.weights.at(-1), body);
      assert.deepEqual(await requestsOf(), ['answerlet.json'], `${how}: healed`);
    }
  }
  // Two, with one between them: two requests, and the one between is not fetched.
  for (const at of [1, 3]) spoil.flipped(keyOf(at));
  await requestsOf();
  assert.deepEqual(ranges.map(({ range }) => range), ['bytes=4-7', 'bytes=12-15']);
  assert.equal(seen.weights.at(-1), body);
  // The small files, too, which are asked for whole.
  kept.entries.get(kept.chunksOf('config.json')[0]).body[0] ^= 1;
  await requestsOf();
  assert.deepEqual(ranges.map(({ path }) => path), ['config.json']);
  assert.equal(seen.files.at(-1).config, '{"c":1}');
  // Without a network it can't be.
  spoil.flipped(keyOf(2));
  await assert.rejects(load({ fetch: down }), failure({ code: 'network', file: 'model.safetensors' }));
});

test('a file that isn’t the manifest’s: asked for once more, past caches, then refused; never kept', async () => {
  for (const [name, code] of [['model.safetensors', 'weights_invalid'], ['config.json', 'config_invalid'], ['tokenizer.json', 'tokenizer_invalid']]) {
    for (const [what, change] of [['other', (body) => body.replace(/^./, 'X')], ['short', (body) => body.slice(0, -1)], ['empty', () => '']]) {
      kept.clear();
      serveWhole();
      const good = site.get(`/model/${name}`);
      site.set(`/model/${name}`, change(good.body ?? good));
      await assert.rejects(load(), failure({ code, file: name }), `${name} ${what}`);
      assert.equal(requests.filter((path) => path === `/model/${name}`).length, 2, `${name} ${what}`);
      const { caches } = globalThis;
      delete globalThis.caches;
      await assert.rejects(load({ cache: false }), failure({ code, file: name }), 'without a cache, too');
      globalThis.caches = caches;
      const sound = ['weig', 'hts', '{"c"', ':1}', '{"t"'].map(hashOf);
      for (const key of kept.chunksOf(name)) assert.ok(sound.includes(key.slice(-64)), `${name} ${what}: ${kept.entries.get(key).body}`);
      assert.equal(kept.records.length, 0);
    }
  }
  serveWhole('abcdefgh'.repeat(10), { chunkBytes: 50 });
  site.set(WEIGHTS, '<!doctype html><title>App</title>');
  await assert.rejects(load(), failure({ code: 'file_html', file: 'model.safetensors' }));
  // A cache on the way that has an old one: the second request is for the new one.
  for (const at of [0, 1]) {
    kept.clear();
    serveWhole('abcdefgh', { ranges: true });
    const inits = [];
    const fetch = async (url, init) => {
      if (!url.endsWith('safetensors')) return globalThis.fetch(url, init);
      inits.push([init.cache, init.headers?.Range]);
      return init.cache === 'reload' ? globalThis.fetch(url, init) : new Response(['xbcdefgh', 'abcdxfgh'][at]);
    };
    await load({ fetch });
    assert.equal(seen.weights.at(-1), 'abcdefgh');
    assert.deepEqual(inits, [['no-store', undefined], ['reload', [undefined, 'bytes=4-7'][at]]]);
  }
});

test('what is asked of the browser’s own cache: the newest manifest, and no second copy of the weights', async () => {
  serveWhole();
  const asked = new Map();
  await load({ fetch: (url, init) => (asked.set(url.split('/').at(-1), init.cache), globalThis.fetch(url, init)) });
  assert.deepEqual(Object.fromEntries(asked), { 'answerlet.json': 'no-cache', 'config.json': undefined, 'tokenizer.json': undefined, 'model.safetensors': 'no-store' });
  // Where nothing can be kept here, the browser's own cache is the only one.
  await load({ cache: false, fetch: (url, init) => (asked.set(url.split('/').at(-1), init.cache), globalThis.fetch(url, init)) });
  assert.equal(asked.get('model.safetensors'), undefined);
});

test('progress: bytes as they arrive, of the manifest’s, though the body is compressed and chunks are larger', async () => {
  const weights = 'w'.repeat(300_000);
  const manifest = manifestOf({ ...SMALL, 'model.safetensors': weights }, { chunkBytes: 200_000 });
  serveModel({ 'answerlet.json': manifest, 'model.safetensors': { body: weights, gzip: true } });
  const slow = async (url, init) => {
    const response = await globalThis.fetch(url, init);
    if (!url.endsWith('safetensors')) return response;
    const bytes = new Uint8Array(await response.arrayBuffer());
    let at = 0;
    const body = new ReadableStream({ pull: async (c) => (await pause(40), at < bytes.length ? c.enqueue(bytes.slice(at, (at += 50_000))) : c.close()) }, { highWaterMark: 0 });
    return new Response(body, { headers: { 'content-length': '300', 'content-encoding': 'gzip' } });
  };
  const total = 1000 + 14 + weights.length + manifest.length;
  const seenOf = async (options) => {
    const told = [];
    await load({ ...options, onProgress: (progress) => told.push(progress) });
    assert.deepEqual(told.at(-1), { phase: 'ready', loaded: total, total });
    for (const [at, { loaded }] of told.entries()) assert.ok(at === 0 || loaded >= told[at - 1].loaded);
    const weighing = told.filter(({ phase }) => phase === 'weights');
    assert.deepEqual([...new Set(weighing.map(({ total }) => total))], [total]);
    return new Set(weighing.map(({ loaded }) => loaded)).size;
  };
  assert.ok((await seenOf({ fetch: slow })) >= 5, 'finer than chunks');
  await seenOf(); // From what is kept.
  kept.clear();
  await seenOf();
});

test('a checkpoint of floats is kept as what the engine made of it', async () => {
  serveWhole('floats'.repeat(1_000_000), { quantisation: null, chunkBytes: 1 << 20 });
  const whole = 'FLOATS'.repeat(1_000_000);
  await load();
  assert.ok(kept.weights === whole);
  assert.equal(kept.chunksOf('model.safetensors').length, 2, 'in chunks of ours');
  assert.deepEqual(await requestsOf(), ['answerlet.json']);
  assert.ok(seen.weights[1] === whole);
  assert.equal(seen.freedLoads, 2);
  // `f32` keeps the source.
  assert.deepEqual(await requestsOf({ precision: 'f32' }), ['answerlet.json', 'model.safetensors']);
  assert.deepEqual(await requestsOf({ precision: 'f32' }), ['answerlet.json']);
  assert.ok(seen.weights[3] === 'floats'.repeat(1_000_000));
  assert.deepEqual(await requestsOf(), ['answerlet.json']);
  // One that breaks off starts over.
  kept.clear();
  serveWhole('floats', { quantisation: null, cut: 5, ranges: true });
  await assert.rejects(load(), failure({ code: 'network' }));
  assert.equal(kept.weights, '');
  serveWhole('floats', { quantisation: null, ranges: true });
  await requestsOf();
  assert.deepEqual(ranges, []);
  assert.equal(kept.weights, 'FLOATS');
  // And it is verified as it comes in.
  kept.clear();
  site.set(WEIGHTS, 'floaTs');
  await assert.rejects(load(), failure({ code: 'weights_invalid', file: 'model.safetensors' }));
  assert.equal(kept.weights, '');
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
  serveWhole();
  await load();
  // Another threshold, say: the weights stay.
  serveWhole('weights', {}, { 'config.json': '{"c":2}' });
  assert.deepEqual(await requestsOf(), ['answerlet.json', 'config.json']);
  assert.equal(seen.files[1].config, '{"c":2}');
  // And that is what is kept from then on.
  assert.deepEqual(await requestsOf(), ['answerlet.json']);
  assert.equal(seen.files[2].config, '{"c":2}');
  assert.deepEqual(kept.chunksOf('config.json').map((key) => String(kept.entries.get(key).body)).join(''), '{"c":2}');
  serveWhole('other bytes', {}, { 'config.json': '{"c":2}' });
  assert.deepEqual(await requestsOf(), ['answerlet.json', 'model.safetensors']);
  assert.equal(seen.weights.at(-1), 'other bytes');
  assert.equal(kept.weights, 'other bytes', 'the old ones are gone');
});

test('a superseded model is deleted, of the other precision, too, and no other model', async () => {
  serveWhole();
  for (const [path, entry] of [...site]) site.set(path.replace('/model/', '/other/'), entry);
  await load({ model: `${origin}/other/` });
  await load();
  await load({ precision: 'f32' });
  const others = [...kept.entries.keys()].filter((key) => key.includes('/other/'));
  serveWhole('brand new model');
  // Not before the new one is whole.
  site.set(WEIGHTS, { body: 'brand new model', cut: 9 });
  await assert.rejects(load(), failure({ code: 'network' }));
  await load({ fetch: down });
  assert.equal(seen.weights.at(-1), 'weights');
  site.set(WEIGHTS, 'brand new model');
  await load();
  assert.equal(kept.weights.replace('weights', ''), 'brand new model');
  assert.equal(kept.chunksOf('model.safetensors').filter((key) => key.includes('/model/')).length, 4);
  assert.equal(kept.records.filter((key) => key.includes('/model/')).length, 1);
  assert.deepEqual([...kept.entries.keys()].filter((key) => key.includes('/other/')), others);
  await load({ model: `${origin}/other/`, fetch: down });
  assert.equal(seen.weights.at(-1), 'weights');
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
    kept.clear();
    seen.weights.length = 0;
    serveModel({ 'model.safetensors': { body: 'floats 1', ...first } });
    await load();
    // Record, weights and two small files.
    assert.equal(kept.entries.size, first.etag || first.modified ? 4 : 0, why);
    serveModel({ 'model.safetensors': { body: 'floats 2', ...second }, 'config.json': '{"c":2}' });
    assert.deepEqual(await requestsOf(), ALL, why);
    assert.equal(seen.weights[1], same ? 'FLOATS 1' : 'floats 2', why);
    assert.equal(seen.files.at(-1).config, '{"c":2}', why);
  }
});

test('without a network: the last model that was loaded, whole', async () => {
  const small = { ...SMALL, 'model.safetensors': 'weights' };
  for (const files of [
    { 'answerlet.json': manifestOf(small) },
    { 'answerlet.json': manifestOf(small, { quantisation: null }) },
    // Of which nothing can be verified.
    { 'answerlet.json': '{"files":[]}', 'model.safetensors': versioned('weights', '"1"') },
    { 'model.safetensors': versioned('weights', '"1"') },
    { 'model.safetensors': versioned('weights', '"1"'), 'tokenizer.json': null, 'vocab.txt': 'words', 'tokenizer_config.json': '' },
  ]) {
    kept.clear();
    serveModel(files);
    await load();
    const before = seen.files.at(-1);
    let asked = 0;
    await load({ fetch: () => (asked++, down()) });
    assert.deepEqual(seen.files.at(-1), before);
    assert.equal(seen.weights.at(-1), 'weights');
    assert.ok(asked <= 2, `${asked} requests`);
    // A server in trouble is no better than none.
    for (const path of [...site.keys()]) if (path.startsWith('/model/')) site.set(path, { status: 503 });
    site.set(WEIGHTS, { status: 503 });
    await load();
    assert.deepEqual(seen.files.at(-1), before);
    kept.clear();
    await assert.rejects(load({ fetch: down }), failure({ code: 'network' }));
  }
});

test('a fetch of the page’s own: kept all the same, and asked for ranges', async () => {
  serveModel({ 'model.safetensors': versioned('floats', '"1"') });
  const fetch = (url, init) => globalThis.fetch(url, init);
  await load({ fetch });
  await load({ fetch });
  assert.deepEqual(seen.weights, ['floats', 'FLOATS']);
  kept.clear();
  serveWhole('abcdefgh', cutAt(5));
  await assert.rejects(load({ fetch }), failure({ code: 'network' }));
  site.set(WEIGHTS, { body: 'abcdefgh', ranges: true });
  await requestsOf({ fetch });
  assert.deepEqual(ranges.map(({ range, status }) => [range, status]), [['bytes=4-7', 206]]);
  assert.equal(seen.weights.at(-1), 'abcdefgh');
});

test('files one by one, by URL, are kept; bytes are not', async () => {
  serveModel({ 'model.safetensors': versioned('floats', '"1"') });
  const at = (name) => `${origin}/model/${name}`;
  const model = { config: new Blob(['{}']), tokenizer: { vocab: at('config.json') }, weights: at('model.safetensors') };
  await load({ model });
  assert.deepEqual(await requestsOf({ model }), ['config.json', 'model.safetensors']);
  assert.deepEqual(seen.weights, ['floats', 'FLOATS']);
  kept.clear();
  await load({ model: { ...model, weights: new Blob(['floats']) } });
  assert.equal(kept.entries.size, 0);
});

test('files one by one, under names that a bundler gave them: by the manifest, wherever that comes from', async () => {
  serveWhole();
  const model = {};
  for (const [name, file] of [['config', 'config.json'], ['tokenizer', 'tokenizer.json'], ['weights', 'model.safetensors'], ['manifest', 'answerlet.json']]) {
    site.set(`/assets/${name}-Bx12.bin`, site.get(`/model/${file}`));
    model[name] = `${origin}/assets/${name}-Bx12.bin`;
  }
  const manifest = site.get('/model/answerlet.json');
  await load({ model });
  assert.deepEqual(await requestsOf({ model }), ['/assets/manifest-Bx12.bin']);
  for (const given of [new Blob([manifest]), bytesOf(manifest)]) assert.deepEqual(await requestsOf({ model: { ...model, manifest: given } }), []);
  assert.equal(seen.weights.at(-1), 'weights');
});

test('cache: false neither keeps nor uses', async () => {
  serveModel({ 'model.safetensors': versioned('floats', '"1"') });
  await load({ cache: false });
  assert.equal(kept.stores.size, 0);
  await load();
  await load({ cache: false });
  assert.deepEqual(seen.weights, ['floats', 'floats', 'floats']);
});

test('whatever is wrong with the store, the model loads', async () => {
  const body = 'floats'.repeat(500_000);
  for (const serve of [() => serveModel({ 'model.safetensors': versioned(body, '"1"') }), () => serveWhole('int8 weights')]) {
    serve();
    const whole = site.get(WEIGHTS).body;
    for (const fault of [{ fail: 'match' }, { fail: 'put' }, { fail: 'delete' }, { fail: 'keys' }, { limit: 2 }, { room: 9 }]) {
      Object.assign(kept, { fail: '', limit: Infinity, room: Infinity }, fault);
      kept.clear();
      const { info } = await load();
      assert.ok(seen.weights.at(-1) === whole, JSON.stringify(fault));
      assert.deepEqual(info.lacks, []);
      if (fault.fail === 'put' || fault.limit) assert.equal(kept.entries.size, 0, JSON.stringify(fault));
      if (fault.room) assert.deepEqual(kept.records, []);
      await load();
      assert.ok(seen.weights.at(-1).toLowerCase() === whole, JSON.stringify(fault));
    }
  }
  globalThis.caches = { open: () => Promise.reject(new DOMException('private window', 'SecurityError')) };
  assert.deepEqual((await load()).info.lacks, ['cache']);
});

test('where nothing can be hashed, as on plain http: models load, and nothing is kept', async () => {
  const crypto = Object.getOwnPropertyDescriptor(globalThis, 'crypto');
  Object.defineProperty(globalThis, 'crypto', { value: { getRandomValues() {} }, configurable: true });
  try {
    serveWhole();
    assert.deepEqual((await load()).info.lacks, ['integrity']);
    assert.equal(kept.stores.size, 0);
    delete globalThis.caches;
    assert.deepEqual((await load()).info.lacks, ['cache', 'integrity']);
    assert.deepEqual(seen.weights, ['weights', 'weights']);
    assert.equal(seen.files[1].manifest, site.get('/model/answerlet.json'));
  } finally {
    Object.defineProperty(globalThis, 'crypto', crypto);
  }
});

test('what is kept of a checkpoint and is damaged or gone is made anew, once', async () => {
  serveModel({ 'model.safetensors': versioned('floats', '"1"') });
  await load();
  const [key] = kept.chunksOf('model.safetensors');
  kept.entries.get(key).body[2] ^= 1;
  await load();
  assert.deepEqual(seen.weights, ['floats', 'floats']);
  await load();
  assert.equal(seen.weights.at(-1), 'FLOATS');
  kept.entries.delete(key);
  await load();
  assert.equal(seen.weights.at(-1), 'floats');
  // In the middle: what the engine has been given by then is of no use.
  serveModel({ 'model.safetensors': versioned('floats'.repeat(1_000_000), '"2"') });
  await load();
  kept.entries.get(kept.chunksOf('model.safetensors')[1]).body[9] ^= 1;
  await load();
  assert.ok(seen.weights.at(-1) === 'floats'.repeat(1_000_000));
  for (const record of ['{', 'null', '{"files":{"x":{"bytes":"many"}}}', '[]']) {
    kept.entries.get(kept.records[0]).body = Buffer.from(record);
    await load();
    assert.ok(seen.weights.at(-1) === 'floats'.repeat(1_000_000), record);
    await load();
    assert.ok(seen.weights.at(-1) === 'FLOATS'.repeat(1_000_000), record);
  }
});

test('a model that doesn’t load is not kept', async () => {
  for (const body of ['fdamaged', 'trap', 'boom']) {
    serveModel({ 'model.safetensors': versioned(body, '"1"') });
    await assert.rejects(load());
    assert.equal(kept.entries.size, 0);
  }
  serveModel({ 'model.safetensors': { body: 'floats', cut: 3, etag: '"1"' } });
  await assert.rejects(load(), failure({ code: 'network' }));
  // Nor one whose size isn't the manifest's, where that states no hashes.
  serveModel({ 'answerlet.json': JSON.stringify({ files: [{ path: 'model.safetensors', bytes: 99, sha256: 'aa' }] }), 'model.safetensors': versioned('weights', '"1"') });
  await assert.rejects(load(), failure({ code: 'weights_invalid' }));
  await pause(20);
  assert.equal(kept.entries.size, 0);
});

test('what was made of a checkpoint and crashes the engine is not kept on', async () => {
  for (const body of ['ftrap', 'fboom']) {
    serveModel({ 'model.safetensors': versioned('floats', '"1"') });
    await load();
    const [key] = kept.chunksOf('model.safetensors');
    const record = JSON.parse(kept.entries.get(kept.records[0]).body);
    const text = body.slice(1);
    record.files[`${origin}${WEIGHTS}`] = { bytes: 4, chunkBytes: 4, chunks: [hashOf(text)] };
    kept.entries.set(key.replace(/\w{64}$/, hashOf(text)), { body: Buffer.from(text), headers: [] });
    kept.entries.delete(key);
    kept.entries.get(kept.records[0]).body = Buffer.from(JSON.stringify(record));
    await assert.rejects(load(), failure({ code: 'engine_crashed' }));
    assert.equal(kept.weights, '');
    assert.equal(kept.records.length, 0);
  }
});

test('a manifest’s sizes are those of the source, not of what is kept', async () => {
  const floats = 'floats'.repeat(10);
  serveWhole(floats, { quantisation: null });
  await load();
  const [key] = kept.chunksOf('model.safetensors');
  const record = kept.entries.get(kept.records[0]);
  // As int8 would be: shorter than its source.
  kept.entries.set(key.replace(/\w{64}$/, hashOf('FLOATS')), { body: Buffer.from('FLOATS'), headers: [] });
  const parsed = JSON.parse(record.body);
  parsed.files[`${origin}${WEIGHTS}`] = { bytes: 6, chunkBytes: 6, chunks: [hashOf('FLOATS')] };
  record.body = Buffer.from(JSON.stringify(parsed));
  const told = [];
  await load({ onProgress: (progress) => told.push(progress) });
  assert.equal(seen.weights[1], 'FLOATS');
  assert.equal(told.at(-1).loaded, told.at(-1).total);
  const small = [...site].filter(([path]) => /json$/.test(path)).reduce((sum, [, body]) => sum + body.length, 0);
  assert.equal(told.at(-1).loaded, 1000 + small + 6);
});

test('the weights wait for the cache', async () => {
  for (const manifest of [false, true]) {
    let go;
    const held = new Promise((resolve) => (go = resolve));
    let pulled = 0;
    const CHUNK = manifest ? 1 << 20 : 4 << 20;
    const body = () => new ReadableStream({ pull: (c) => (++pulled > 20 ? c.close() : c.enqueue(new Uint8Array(CHUNK).fill(102))) }, { highWaterMark: 0 });
    const fetch = async (url) => (url.endsWith('safetensors') ? new Response(body(), { headers: { etag: '"1"' } }) : globalThis.fetch(url));
    const hash = hashOf(new Uint8Array(CHUNK).fill(102));
    const files = [{ path: 'model.safetensors', bytes: 20 * CHUNK, chunks: Array(20).fill(hash) }];
    serveModel(manifest ? { 'answerlet.json': JSON.stringify({ quantisation: 'int8-per-row', chunkBytes: CHUNK, files }) } : {});
    kept.clear();
    const { open } = kept;
    kept.open = async (name) => {
      const cache = await open.call(kept, name);
      return { ...cache, put: async (url, response) => (await held, cache.put(url, response)) };
    };
    const loading = load({ fetch });
    await pause(600);
    assert.ok(pulled > 0 && pulled < 18, `${pulled} pieces were taken that nobody writes`);
    go();
    await loading;
    kept.open = open;
    assert.equal(kept.chunksOf('model.safetensors').length, 1, 'twenty of the same content');
    assert.equal(seen.weights.at(-1).length, 20 * CHUNK);
  }
});

test('clearCache, storageEstimate and persist: of models, and without a fault where there is nothing to ask', async () => {
  serveWhole('weights of a model');
  await load();
  await kept.open('pictures');
  const bytes = [...kept.entries.values()].reduce((sum, { body }) => sum + body.length, 0);
  assert.ok(bytes > 0);
  const navigator = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  const storage = { estimate: async () => ({ usage: 5, quota: 9 }), persist: async () => true };
  try {
    Object.defineProperty(globalThis, 'navigator', { value: { storage }, configurable: true });
    assert.deepEqual(await Answerlet.storageEstimate(), { models: bytes, usage: 5, quota: 9 });
    assert.equal(await Answerlet.persist(), true);
    storage.estimate = storage.persist = async () => {
      throw new TypeError('not here');
    };
    assert.deepEqual(await Answerlet.storageEstimate(), { models: bytes });
    assert.equal(await Answerlet.persist(), false);
    Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
    await Answerlet.clearCache();
    assert.deepEqual(await kept.keys(), ['pictures']);
    assert.deepEqual(await Answerlet.storageEstimate(), { models: 0 });
    assert.equal(await Answerlet.persist(), false);
    globalThis.caches = { keys: () => Promise.reject(new DOMException('private window', 'SecurityError')) };
    await Answerlet.clearCache();
    delete globalThis.caches;
    await Answerlet.clearCache();
    assert.deepEqual(await Answerlet.storageEstimate(), { models: 0 });
    if (navigator) Object.defineProperty(globalThis, 'navigator', navigator);
    else delete globalThis.navigator;
    assert.equal((await Answerlet.storageEstimate()).models, 0);
  } finally {
    if (navigator) Object.defineProperty(globalThis, 'navigator', navigator);
    else delete globalThis.navigator;
  }
});

test('an aborted load leaves chunks that the next one goes on with', async () => {
  serveWhole('abcdefgh', { ranges: true });
  const controller = new AbortController();
  const fetch = async (url, init) => {
    if (!url.endsWith('safetensors')) return globalThis.fetch(url, init);
    let first = true;
    return new Response(new ReadableStream({ pull: (c) => (first ? ((first = false), c.enqueue(bytesOf('abcde'))) : new Promise(() => {})) }, { highWaterMark: 0 }));
  };
  const loading = load({ fetch, signal: controller.signal });
  while (kept.chunksOf('model.safetensors').length === 0) await pause(5);
  controller.abort(new Error('page closed'));
  await assert.rejects(loading, /page closed/);
  assert.ok(FakeWorker.all[0].terminated);
  await requestsOf();
  assert.deepEqual(ranges.map(({ range }) => range), ['bytes=4-7']);
  assert.equal(seen.weights.at(-1), 'abcdefgh');
});
