// Answerlet.load: where its worker comes from.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { FakeWorker, failure, load, pause, reset, seen, serveModel } from './harness.mjs';

beforeEach(() => serveModel());
afterEach(() => {
  reset();
  for (const name of ['location', 'document', 'trustedTypes']) delete globalThis[name];
});

/** A page at this address. */
function pageAt(url) {
  globalThis.location = new URL(url);
  globalThis.document = { baseURI: url };
}

test('a worker that the page has started, however long ago: it says hello again', async () => {
  const worker = new FakeWorker('mine');
  await pause(20);
  const answerlet = await load({ workerUrl: worker });
  assert.deepEqual(FakeWorker.all, [worker]);
  await answerlet.dispose();
  assert.ok(worker.terminated);
});

test('a worker of the page’s that is of another version', async () => {
  FakeWorker.start = (post) => (message) => message.type === 'greet' && post({ type: 'hello', version: '0.0.1' });
  await assert.rejects(load({ workerUrl: new FakeWorker('mine') }), failure({ code: 'worker_failed' }));
});

test('workerUrl: relative to the document, and of its origin', async () => {
  pageAt('https://shop.example/repo/page.html');
  await load({ workerUrl: 'copy/worker.js' });
  assert.equal(FakeWorker.all[0].url, 'https://shop.example/repo/copy/worker.js');
  await load({ workerUrl: new URL('https://shop.example/worker.js') });
  await assert.rejects(load({ workerUrl: 'https://cdn.example/worker.js' }), failure({ code: 'cross_origin' }));
  await assert.rejects(load({ workerUrl: 'http://shop.example/worker.js' }), failure({ code: 'cross_origin' }));
  assert.equal(FakeWorker.all.length, 2);
});

test('workerUrl: a blob is the browser’s business', async () => {
  pageAt('https://shop.example/');
  await load({ workerUrl: 'blob:https://shop.example/1234' });
  assert.equal(FakeWorker.all[0].url, 'blob:https://shop.example/1234');
});

test('workerUrl: a TrustedScriptURL is taken as it is', async () => {
  pageAt('https://shop.example/');
  const trusted = { toJSON: () => '/trusted.js', toString: () => '/trusted.js' };
  globalThis.trustedTypes = { isScriptURL: (value) => value === trusted };
  await load({ workerUrl: trusted });
  assert.equal(FakeWorker.all[0].url, '/trusted.js');
});

test('data: URLs, as bundlers make them of small files, need no fetch', async () => {
  const data = (text, type) => `data:${type},${encodeURIComponent(text)}`;
  const base64 = (text) => `data:application/json;base64,${Buffer.from(text).toString('base64')}`;
  globalThis.fetch = ((real) => (url, ...more) => (assert.doesNotMatch(String(url), /^data:/), real(url, ...more)))(globalThis.fetch);
  const model = { config: base64('{"c":"é"}'), tokenizer: data('{"t":"a,b"}', 'application/json'), weights: base64('weights'), manifest: data('{"m":1}', 'application/json') };
  await load({ model });
  assert.deepEqual(seen.files[0], { config: '{"c":"é"}', tokenizer: { json: '{"t":"a,b"}' }, manifest: '{"m":1}' });
  assert.deepEqual(seen.weights, ['weights']);
  await assert.rejects(load({ model: { ...model, config: 'data:application/json;base64,%' } }), failure({ code: 'argument_invalid', argument: 'model.config' }));
});
