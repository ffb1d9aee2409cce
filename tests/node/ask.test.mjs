// Answerlet.ask and dispose: order, abort, crash, and what crosses to the engine.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { FakeWorker, failure, load, pause, reset, seen, serveModel } from './harness.mjs';

beforeEach(() => serveModel());
afterEach(reset);

const context = 'one two \ud800 three';
const words = () => seen.asked.map(({ question }) => question);

test('an answer is the source’s own text, a lone surrogate in it included', async () => {
  const answerlet = await load();
  const { answers } = await answerlet.ask('\ud800 three', { context });
  assert.deepEqual(answers, [{ text: '\ud800 three', start: 8, end: 15 }]);
});

test('an answer from a document is its text’s own, and says which it is as the page spells it', async () => {
  const answerlet = await load();
  const documents = [
    { id: '/one', title: 'One', url: 'https://example.com/one', text: 'zero' },
    { id: '/two\ud800', title: 'Two \udc00', url: 'https://example.com/two', text: context, element: () => {} },
    { id: '/three', title: undefined, url: null, text: '' },
  ];
  const { answers } = await answerlet.ask('\ud800 three', { context: Object.freeze(documents) });
  assert.deepEqual(answers, [
    { text: '\ud800 three', start: 8, end: 15, documentId: '/two\ud800', title: 'Two \udc00', url: 'https://example.com/two' },
  ]);
  // Only what is known crosses: the rest may be what can't be cloned.
  const [first, second] = documents;
  const { element, ...known } = second;
  assert.deepEqual(seen.asked[0].context, [first, known, { id: '/three', text: '' }]);
  assert.deepEqual((await answerlet.ask('zero', { context: [{ id: '', text: 'zero' }] })).answers, [{ text: 'zero', start: 0, end: 4, documentId: '' }]);
  assert.equal((await answerlet.ask('four', { context: documents })).answered, false);
});

test('what is asked is what the documents were at the call', async () => {
  const answerlet = await load();
  const documents = [{ id: 'a', text: 'one two' }];
  const asked = answerlet.ask('two', { context: documents });
  documents[0].text = documents[0].id = 'changed';
  documents.push({});
  assert.deepEqual((await asked).answers, [{ text: 'two', start: 4, end: 7, documentId: 'a' }]);
});

test('options cross as given; unknown ones and undefined ones don’t', async () => {
  const answerlet = await load();
  const options = { topK: 3, maxSequenceLength: 384, docStride: 0, maxAnswerLength: 2 ** 32 - 1, threshold: -Infinity, fallback: '', maxMilliseconds: 1.5, scores: false, compat: 'hf', handleImpossibleAnswer: true, alignToWords: false };
  await answerlet.ask('one', { context, ...options, colour: 'red', onProgress() {}, signal: undefined });
  await answerlet.ask('one', { context, topK: undefined, threshold: null, maxMilliseconds: Infinity });
  assert.deepEqual(seen.asked.map(({ options }) => options), [options, {}]);
});

test('arguments', async () => {
  const answerlet = await load();
  const wrong = (question, input, argument) => assert.rejects(answerlet.ask(question, input), failure({ code: 'argument_invalid', argument }));
  await wrong(undefined, { context }, 'question');
  await wrong('one', undefined, 'context');
  await wrong('one', { context: { id: 'a', text: 'one' } }, 'context');
  const document = { id: 'a', text: 'one' };
  for (const not of ['one', null, undefined, 1]) await wrong('one', { context: [document, not] }, 'context[1]');
  await wrong('one', { context: [document, , document] }, 'context[1]');
  for (const [name, value] of [['id', 1], ['id', undefined], ['title', 1], ['url', new URL('https://example.com')], ['text', undefined], ['text', null]]) {
    await wrong('one', { context: [document, document, document, { ...document, [name]: value }] }, `context[3].${name}`);
  }
  for (const topK of ['3', 1.5, -1, NaN, Infinity, 2 ** 32, 2 ** 60]) await wrong('one', { context, topK }, 'topK');
  await wrong('one', { context, threshold: NaN }, 'threshold');
  await wrong('one', { context, fallback: 1 }, 'fallback');
  await wrong('one', { context, scores: 'yes' }, 'scores');
  for (const compat of [1, '', 'HF', 'bertqa']) await wrong('one', { context, compat }, 'compat');
  await wrong('one', { context, signal: 'x' }, 'signal');
  await wrong('one', { context, onProgress: 'x' }, 'onProgress');
  assert.deepEqual(seen.asked, []);
  await assert.rejects(answerlet.ask('reject', { context }), failure({ code: 'question_empty', argument: 'question' }));
  assert.equal((await answerlet.ask('one', { context })).answered, true);
});

test('questions are answered in their order, one at a time', async () => {
  const answerlet = await load();
  const done = [];
  const ask = (question) => answerlet.ask(question, { context }).then(() => done.push(question));
  await Promise.all([ask('one#50'), ask('two#3'), ask('three')]);
  assert.deepEqual(done, ['one#50', 'two#3', 'three']);
  assert.deepEqual(words(), done);
  assert.equal(seen.freed, 3);
});

test('progress tells of every window, and info of the memory', async () => {
  const answerlet = await load();
  const told = [];
  await answerlet.ask('one#3', { context, onProgress: (progress) => told.push(progress) });
  assert.deepEqual(told, [1, 2, 3].map((windowsDone) => ({ windowsDone, windowsTotal: 3 })));
  assert.equal(answerlet.info.memoryBytes, 2 * 65536);
});

test('an abort ends a reading between two steps, and the next question is up', async () => {
  const answerlet = await load();
  const controller = new AbortController();
  const reason = new Error('another question');
  const long = answerlet.ask('one#1000000', { context, signal: controller.signal });
  const next = answerlet.ask('two', { context });
  await pause(30);
  assert.ok(seen.steps > 10);
  const before = seen.steps;
  controller.abort(reason);
  await assert.rejects(long, (error) => error === reason);
  assert.equal((await next).answered, true);
  assert.ok(seen.steps < before + 1000, `${seen.steps - before} steps after the abort`);
  assert.equal(seen.freed, 2);
  assert.equal(FakeWorker.all[0].terminated, false);
});

test('an aborted question that is not up yet is never read', async () => {
  const answerlet = await load();
  const controller = new AbortController();
  const first = answerlet.ask('one#20', { context });
  const queued = answerlet.ask('two', { context, signal: controller.signal });
  controller.abort();
  await assert.rejects(queued, { name: 'AbortError' });
  await first;
  await answerlet.ask('three', { context });
  await assert.rejects(answerlet.ask('two', { context, signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.deepEqual(words(), ['one#20', 'three']);
});

test('the latest question wins', async () => {
  const answerlet = await load();
  let current;
  const ask = (question) => {
    current?.abort();
    current = new AbortController();
    return answerlet.ask(question, { context, signal: current.signal }).then(
      () => question,
      (error) => error.name,
    );
  };
  const outcomes = [];
  for (const question of ['one#1000000', 'two#1000000', 'three']) outcomes.push(ask(question)), await pause(5);
  assert.deepEqual(await Promise.all(outcomes), ['AbortError', 'AbortError', 'three']);
});

test('an abort after the answer is of no effect', async () => {
  const answerlet = await load();
  const controller = new AbortController();
  await answerlet.ask('one', { context, signal: controller.signal });
  controller.abort();
  assert.equal((await answerlet.ask('two', { context })).answered, true);
});

test('a trap rejects all that is pending, and the page can load again', async () => {
  const answerlet = await load();
  const pending = [answerlet.ask('trap', { context }), answerlet.ask('one', { context })];
  for (const promise of pending) await assert.rejects(promise, failure({ code: 'engine_crashed' }));
  assert.ok(FakeWorker.all[0].terminated);
  assert.equal(seen.freed, 0, 'nothing of a crashed engine is touched');
  await assert.rejects(answerlet.ask('one', { context }), failure({ code: 'engine_crashed' }));
  const again = await load();
  assert.equal((await again.ask('one', { context })).answered, true);
});

test('an error event of the worker, or a message that can’t be read, is a crash', async () => {
  for (const event of ['onerror', 'onmessageerror']) {
    const answerlet = await load();
    const asked = answerlet.ask('one#1000000', { context });
    FakeWorker.all.at(-1)[event]({ message: 'unreachable', preventDefault() {} });
    await assert.rejects(asked, failure({ code: 'engine_crashed' }));
    assert.ok(FakeWorker.all.at(-1).terminated);
  }
});

test('dispose ends everything, once and for all', async () => {
  const answerlet = await load();
  const pending = [answerlet.ask('one#1000000', { context }), answerlet.ask('two', { context })];
  const outcome = Promise.all(pending.map((promise) => assert.rejects(promise, failure({ code: 'disposed' }))));
  await answerlet.dispose();
  await answerlet.dispose();
  await outcome;
  assert.ok(FakeWorker.all[0].terminated);
  await assert.rejects(answerlet.ask('one', { context }), failure({ code: 'disposed' }));
  // What a dying worker may still say changes nothing.
  FakeWorker.all[0].onerror({ message: 'late', preventDefault() {} });
  await assert.rejects(answerlet.ask('one', { context }), failure({ code: 'disposed' }));
});
