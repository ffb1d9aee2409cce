// Bad input gets a typed error that names the file or argument, and the same page a good model answers after it as before.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, launch, newPage, readFolder, serve } from './harness.mjs';
import * as safetensors from './safetensors.mjs';

const GOOD = '/checkpoints/bert/';
const good = await readFolder('tests/fixtures/checkpoints/bert');
const QUESTION = 'Who sells bread?';
const CONTEXT = 'Ada sells bread in the market. Grace repairs clocks.';
const HTML = '<!doctype html><html><body>single-page app</body></html>';

const weights = (change) => ({ 'model.safetensors': safetensors.changed(good['model.safetensors'], change) });
const config = (change) => ({ 'config.json': JSON.stringify({ ...JSON.parse(good['config.json']), ...change }) });
/** A file that is gone: the server answers 404. */
const GONE = null;
const html = { headers: { 'Content-Type': 'text/html' }, body: HTML };

function setNaN(tensors, ending) {
  const name = safetensors.find(tensors, ending);
  const tensor = tensors.get(name);
  assert.equal(tensor.dtype, 'F32');
  const bytes = Buffer.from(tensor.bytes);
  bytes.writeFloatLE(NaN, bytes.length - 4);
  tensors.set(name, { ...tensor, bytes });
}

/** A length of the header that goes past the end of the file. */
function longHeader() {
  const file = Buffer.from(good['model.safetensors']);
  file.writeBigUInt64LE(BigInt(file.length));
  return file;
}

/** @type {Record<string, { files: Record<string, unknown>, code: string, file?: string, message?: RegExp }>} */
const MODELS = {
  'config.json missing': { files: { 'config.json': GONE }, code: 'file_missing', file: 'config.json' },
  'tokenizer missing': { files: { 'tokenizer.json': GONE, 'vocab.txt': GONE, 'vocab.json': GONE }, code: 'file_missing', file: 'tokenizer.json' },
  'weights missing': { files: { 'model.safetensors': GONE }, code: 'file_missing', file: 'model.safetensors' },
  'HTML in place of config.json': { files: { 'config.json': html }, code: 'file_html', file: 'config.json' },
  'HTML in place of tokenizer.json': { files: { 'tokenizer.json': html, 'vocab.txt': html, 'vocab.json': html, 'merges.txt': html }, code: 'file_html', file: 'tokenizer.json' },
  'HTML in place of the weights': { files: { 'model.safetensors': html }, code: 'file_html', file: 'model.safetensors' },
  'HTML with the content type of weights': { files: { 'model.safetensors': HTML }, code: 'file_html', file: 'model.safetensors' },
  'config.json that is no JSON': { files: { 'config.json': '{"architectures": [' }, code: 'config_invalid', file: 'config.json' },
  'empty config.json': { files: { 'config.json': '' }, code: 'config_invalid', file: 'config.json' },
  'tokenizer.json that is no JSON': { files: { 'tokenizer.json': '{' }, code: 'tokenizer_invalid', file: 'tokenizer.json' },
  'tokenizer.json of another kind': { files: { 'tokenizer.json': '{"model": {"type": "Nonsense"}}' }, code: 'tokenizer_invalid', file: 'tokenizer.json' },
  'empty safetensors': { files: { 'model.safetensors': '' }, code: 'weights_invalid', file: 'model.safetensors' },
  'safetensors cut in its header': { files: { 'model.safetensors': good['model.safetensors'].subarray(0, 100) }, code: 'weights_invalid', file: 'model.safetensors' },
  'safetensors cut in its tensors': { files: { 'model.safetensors': good['model.safetensors'].subarray(0, good['model.safetensors'].length - 1000) }, code: 'weights_invalid', file: 'model.safetensors' },
  'safetensors whose header is too long': { files: { 'model.safetensors': longHeader() }, code: 'weights_invalid', file: 'model.safetensors' },
  'a tensor missing': { files: weights((tensors) => tensors.delete(safetensors.find(tensors, 'qa_outputs.weight'))), code: 'tensor_missing', file: 'model.safetensors', message: /qa_outputs\.weight/ },
  'a tensor of the wrong shape': {
    files: weights((tensors) => {
      const name = safetensors.find(tensors, 'layer.0.intermediate.dense.weight');
      const tensor = tensors.get(name);
      tensors.set(name, { ...tensor, shape: [tensor.shape[0] * tensor.shape[1], 1] });
    }),
    code: 'tensor_shape', file: 'model.safetensors', message: /layer\.0\.intermediate\.dense\.weight/,
  },
  'an architecture that is not read': { files: config({ architectures: ['T5ForQuestionAnswering'], model_type: 't5' }), code: 'architecture_unsupported', file: 'config.json', message: /T5ForQuestionAnswering/ },
  'a tokenizer with more tokens than embeddings': {
    files: {
      ...weights((tensors) => {
        const name = safetensors.find(tensors, 'word_embeddings.weight');
        const { dtype, shape: [rows, width], bytes } = tensors.get(name);
        tensors.set(name, { dtype, shape: [rows - 10, width], bytes: bytes.subarray(0, bytes.length - (10 * bytes.length) / rows) });
      }),
      ...config({ vocab_size: JSON.parse(good['config.json']).vocab_size - 10 }),
    },
    code: 'vocabulary_mismatch',
  },
  'zero heads': { files: config({ num_attention_heads: 0 }), code: 'config_invalid', file: 'config.json', message: /num_attention_heads/ },
  'zero width': { files: config({ hidden_size: 0 }), code: 'config_invalid', file: 'config.json', message: /hidden_size/ },
  'zero layers': { files: config({ num_hidden_layers: 0 }), code: 'config_invalid', file: 'config.json', message: /num_hidden_layers/ },
  // So many that a list of their tensors would not fit into memory.
  'millions of layers': { files: config({ num_hidden_layers: 16_777_216 }), code: 'config_invalid', file: 'config.json', message: /16777216 layers/ },
  'zero positions': { files: config({ max_position_embeddings: 0 }), code: 'config_invalid', file: 'config.json', message: /max_position_embeddings/ },
  'heads that do not divide the width': { files: config({ num_attention_heads: 3 }), code: 'config_invalid', file: 'config.json', message: /heads/ },
  'NaN in the last layer': { files: weights((tensors) => setNaN(tensors, 'layer.1.output.dense.weight')), code: 'weights_not_finite', file: 'model.safetensors', message: /layer\.1\.output\.dense\.weight/ },
  'NaN in the span head': { files: weights((tensors) => setNaN(tensors, 'qa_outputs.bias')), code: 'weights_not_finite', file: 'model.safetensors', message: /qa_outputs\.bias/ },
  'pytorch_model.bin alone': { files: { 'model.safetensors': GONE, 'pytorch_model.bin': 'PK' }, code: 'weights_format', file: 'pytorch_model.bin', message: /save_pretrained/ },
  'sharded weights': { files: { 'model.safetensors': GONE, 'model.safetensors.index.json': '{"weight_map": {}}' }, code: 'weights_format', file: 'model.safetensors.index.json', message: /save_pretrained/ },
  'answerlet.json that is no JSON': { files: { 'answerlet.json': '{' }, code: 'manifest_invalid', file: 'answerlet.json' },
  'a server that fails': { files: { 'config.json': { status: 503, body: 'later' } }, code: 'network', file: 'config.json' },
};

/** @type {Record<string, { question?: string, options?: object, code: string, argument?: string }>} */
const QUESTIONS = {
  'an empty question': { question: '', code: 'question_empty' },
  'a blank question': { question: ' \n\t', code: 'question_empty' },
  'an empty context': { options: { context: '' }, code: 'context_empty' },
  'a blank context': { options: { context: ' \r\n ' }, code: 'context_empty' },
  'a question longer than a window allows': { question: 'who sells bread '.repeat(200), code: 'question_too_long' },
  'docStride as long as the window': { options: { maxSequenceLength: 32, docStride: 32 }, code: 'argument_invalid', argument: 'docStride' },
  'docStride longer than the window': { options: { maxSequenceLength: 32, docStride: 500 }, code: 'argument_invalid', argument: 'docStride' },
  'topK 0': { options: { topK: 0 }, code: 'argument_invalid', argument: 'topK' },
  'topK below zero': { options: { topK: -1 }, code: 'argument_invalid', argument: 'topK' },
  'topK 1.5': { options: { topK: 1.5 }, code: 'argument_invalid', argument: 'topK' },
  'maxAnswerLength 0': { options: { maxAnswerLength: 0 }, code: 'argument_invalid', argument: 'maxAnswerLength' },
  'maxSequenceLength 0': { options: { maxSequenceLength: 0 }, code: 'argument_invalid', argument: 'maxSequenceLength' },
  'a threshold that is no number': { options: { threshold: NaN }, code: 'argument_invalid', argument: 'threshold' },
};

const slug = (title) => title.replace(/[^a-z0-9]+/gi, '-');

/** Every spoilt model as a folder of the server. */
function folders() {
  const files = {};
  for (const [title, { files: changes }] of Object.entries(MODELS)) {
    for (const [name, content] of Object.entries({ ...good, ...changes })) {
      const plain = typeof content === 'string' || Buffer.isBuffer(content);
      files[`/bad/${slug(title)}/${name}`] = () => (plain ? { body: content } : content);
    }
  }
  return files;
}

for (const name of BROWSERS) {
  describe(`bad input in ${name}`, () => {
    let browser, server, spa, page, expectedGood;
    before(async () => {
      server = await serve({ files: folders() });
      spa = await serve({ spa: true, files: Object.fromEntries(['config.json', 'tokenizer.json', 'model.safetensors'].map((file) => [`/app/${file}`, good[file]])) });
      browser = await launch(name);
      // One page for all: each case must leave it able to load.
      page = await newPage(browser, server.url);
      expectedGood = await page.evaluate((...given) => T.goodLoad(...given), GOOD, QUESTION, CONTEXT);
      assert.equal(expectedGood.answers.length, 1);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
      await spa?.close();
    });

    const check = (error, expected) => {
      assert.ok(error, 'should have failed');
      assert.deepEqual({ name: error.name, code: error.code, isError: error.isError }, { name: 'AnswerletError', code: expected.code, isError: true }, error.text);
      if (expected.file) assert.equal(error.file, expected.file, error.text);
      if (expected.argument) assert.equal(error.argument, expected.argument, error.text);
      if (expected.message) assert.match(error.message, expected.message);
      assert.ok(error.message.length > 10, 'says what is wrong');
    };
    const checkGood = (result) => assert.deepEqual(result, expectedGood);

    for (const [title, expected] of Object.entries(MODELS)) {
      it(`${title}: ${expected.code}`, async () => {
        const seen = await page.evaluate(async (bad, goodModel, question, context) => ({
          bad: await T.outcome(Answerlet.load({ model: bad })),
          good: await T.goodLoad(goodModel, question, context),
        }), `/bad/${slug(title)}/`, GOOD, QUESTION, CONTEXT);
        check(seen.bad.error, expected);
        checkGood(seen.good);
      });
    }

    it('the same weights as bytes and as a File', async () => {
      const bytes = good['model.safetensors'].subarray(0, good['model.safetensors'].length - 8);
      const seen = await page.evaluate(async (goodModel, encoded, question, context) => {
        const bytes = Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0));
        const model = (weights) => ({ config: `${goodModel}config.json`, tokenizer: `${goodModel}tokenizer.json`, weights });
        return {
          bytes: await T.outcome(Answerlet.load({ model: model(bytes) })),
          file: await T.outcome(Answerlet.load({ model: model(new File([bytes], 'model.safetensors')) })),
          empty: await T.outcome(Answerlet.load({ model: model(new Uint8Array(0)) })),
          good: await T.goodLoad(goodModel, question, context),
        };
      }, GOOD, bytes.toString('base64'), QUESTION, CONTEXT);
      for (const outcome of [seen.bytes, seen.file, seen.empty]) check(outcome.error, { code: 'weights_invalid', file: 'model.safetensors' });
      checkGood(seen.good);
    });

    for (const [title, expected] of Object.entries(QUESTIONS)) {
      it(`${title}: ${expected.code}`, async () => {
        const options = { context: CONTEXT, ...expected.options };
        const seen = await page.evaluate(async (model, question, options, nan, goodQuestion, context) => {
          if (nan) options.threshold = NaN; // JSON has none
          const answerlet = await Answerlet.load({ model, noAnswer: 'learned' });
          const bad = await T.outcome(answerlet.ask(question, options));
          const same = await T.goodAsk(answerlet, goodQuestion, context);
          await answerlet.dispose();
          return { bad, same, good: await T.goodLoad(model, goodQuestion, context) };
        }, GOOD, expected.question ?? QUESTION, options, Number.isNaN(options.threshold), QUESTION, CONTEXT);
        check(seen.bad.error, expected);
        checkGood(seen.same);
        checkGood(seen.good);
      });
    }

    it('a server that answers everything with its start page', async () => {
      const other = await newPage(browser, spa.url);
      const seen = await other.evaluate(async (goodModel, question, context) => ({
        missing: await T.outcome(Answerlet.load({ model: '/nowhere/' })),
        // HTML in place of answerlet.json means that there is none.
        whole: await T.outcome(T.goodLoad('/app/', question, context)),
        good: await T.goodLoad(goodModel, question, context),
      }), GOOD, QUESTION, CONTEXT);
      await other.close();
      check(seen.missing.error, { code: 'file_html', file: 'config.json' });
      checkGood(seen.whole.value);
      checkGood(seen.good);
    });

    it('a server that is gone, a worker or wasm that is not there', async () => {
      const gone = await serve();
      await gone.close();
      const seen = await page.evaluate(async (model, goneUrl, question, context) => ({
        network: await T.outcome(Answerlet.load({ model: `${goneUrl}${model}` })),
        worker: await T.outcome(Answerlet.load({ model, workerUrl: '/nowhere.js' })),
        wasm: await T.outcome(Answerlet.load({ model, wasmUrl: '/nowhere.wasm' })),
        notWasm: await T.outcome(Answerlet.load({ model, wasmUrl: `${model}config.json` })),
        good: await T.goodLoad(model, question, context),
      }), GOOD, gone.url, QUESTION, CONTEXT);
      check(seen.network.error, { code: 'network' });
      check(seen.worker.error, { code: 'worker_failed' });
      check(seen.wasm.error, { code: 'runtime_failed' });
      check(seen.notWasm.error, { code: 'runtime_failed' });
      checkGood(seen.good);
    });

    it('left nothing unhandled in the page', async () => {
      assert.deepEqual(await page.evaluate(() => watched.faults), []);
    });
  });
}
