// The library's two sides, page and worker, joined in one Node process: real messages (so everything is cloned), a real HTTP server,
// and an engine of a few lines in place of the WebAssembly.
import { createServer } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

const www = fileURLToPath(new URL('../../www/', import.meta.url));
const { build } = createRequire(join(www, 'package.json'))('esbuild');

const folder = mkdtempSync(join(tmpdir(), 'answerlet-'));
await build({
  entryPoints: [join(www, 'src/index.ts'), join(www, 'src/serve.ts')],
  outdir: folder,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  define: { ANSWERLET_VERSION: '"1.2.3"', ANSWERLET_WASM_BYTES: '{"simd128":1000,"relaxed":2000}' },
});
export const { Answerlet, AnswerletError } = await import(pathToFileURL(join(folder, 'index.mjs')));
const { serve } = await import(pathToFileURL(join(folder, 'serve.mjs')));
rmSync(folder, { recursive: true });

export const RUNTIME_BYTES = 1000;
const text = (bytes) => new TextDecoder().decode(bytes);
export const bytesOf = (string) => new TextEncoder().encode(string);
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What the engines of the test have been through. */
export const seen = { files: [], weights: [], asked: [], steps: 0, freed: 0, freedLoads: 0, contentTypes: [], uncaught: [] };

/**
 * An engine that finds the question in the context, or in the first document that holds it. `question#n` takes n steps, `trap` traps, `reject` fails with a typed error.
 * Weights that begin in lower-case f are floats: what is to be kept of them is in capitals; at `boom`, it traps while it reads them.
 * `hold` holds its start. `uncaught` is told of the trap.
 */
export function fakeEngine({ hold } = {}, uncaught = new EventTarget()) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  return {
    async default({ module_or_path }) {
      const response = await module_or_path;
      seen.contentTypes.push(response.headers.get('content-type'));
      await response.arrayBuffer();
      await hold;
      return { memory };
    },
    variant: () => 'simd128',
    Loading: class {
      #read = '';
      constructor(files) {
        seen.files.push({
          ...files,
          config: text(files.config),
          tokenizer: Object.fromEntries(Object.entries(files.tokenizer).map(([name, bytes]) => [name, text(bytes)])),
          ...(files.manifest && { manifest: text(files.manifest) }),
        });
      }
      async pull(weights, keep) {
        const reader = weights.getReader();
        for (let next; !(next = await reader.read()).done; ) {
          this.#read += text(next.value);
          if (this.#read.includes('boom')) {
            const error = new WebAssembly.RuntimeError('unreachable');
            const event = Object.assign(new Event('error', { cancelable: true }), { error, message: `Uncaught ${error}` });
            setTimeout(() => seen.uncaught.push(uncaught.dispatchEvent(event)));
            await new Promise(() => {});
          }
          await keep?.(this.#read.startsWith('f') ? bytesOf(text(next.value).toUpperCase()) : next.value);
        }
      }
      finish() {
        seen.weights.push(this.#read);
        if (this.#read.startsWith('<')) throw { code: 'file_html', message: 'HTML', file: 'model.safetensors' };
        if (this.#read.includes('damaged')) throw { code: 'weights_invalid', message: 'damaged', file: 'model.safetensors' };
        if (this.#read === 'trap') throw new WebAssembly.RuntimeError('unreachable');
        return model();
      }
      free() {
        seen.freedLoads++;
      }
    },
  };

  function model() {
    return {
      info: () => ({ architecture: 'bert', layers: 6, precision: 'int8' }),
      begin(question, context, options) {
        seen.asked.push({ question, context, options });
        if (question === 'reject') throw { code: 'question_empty', message: 'the question is empty', argument: 'question' };
        const [word, steps = '1'] = question.split('#');
        const total = Number(steps);
        let done = 0;
        let freed = false;
        return {
          step() {
            if (freed) throw new Error('step after free');
            if (word === 'trap') throw new WebAssembly.RuntimeError('unreachable');
            seen.steps++;
            done++;
            return { windowsDone: done, windowsTotal: total, done: done >= total };
          },
          finish() {
            memory.grow(1);
            const documents = typeof context === 'string' ? [{ text: context }] : context;
            const found = documents.find(({ text }) => text.includes(word));
            if (!found) return { answered: false, answers: [] };
            const start = found.text.indexOf(word);
            const about = [['documentId', found.id], ['title', found.title], ['url', found.url]].filter(([, value]) => value !== undefined);
            // As Rust's strings are.
            const wellFormed = Object.fromEntries(about.map(([name, value]) => [name, value.toWellFormed()]));
            return { answered: true, answers: [{ text: 'from the engine', start, end: start + word.length, ...wellFormed }] };
          },
          free() {
            freed = true;
            seen.freed++;
          },
        };
      },
      free() {},
    };
  }
}

/** What a worker runs, with an engine of these options. */
function starter(options) {
  return (post) => {
    const uncaught = new EventTarget();
    return serve(post, fakeEngine(options, uncaught), '1.2.3', { simd128: RUNTIME_BYTES }, uncaught);
  };
}

/** A worker in this thread, at the far end of a message channel. */
export class FakeWorker {
  /** All that were started, in order. */
  static all = [];
  /** What the next ones run. */
  static start = starter();
  static realStart = FakeWorker.start;

  terminated = false;
  #ports = [];

  constructor(url, options) {
    Object.assign(this, { url: String(url), options });
    FakeWorker.all.push(this);
    const { port1, port2 } = new MessageChannel();
    this.#ports.push(port1, port2);
    port1.onmessage = (event) => this.onmessage?.(event);
    this.port = port1;
    // The ports that the worker opens would keep this process alive: they end with it.
    const { MessageChannel: Real } = globalThis;
    const ports = this.#ports;
    globalThis.MessageChannel = class {
      constructor() {
        ({ port1: this.port1, port2: this.port2 } = new Real());
        ports.push(this.port1, this.port2);
      }
    };
    try {
      const receive = FakeWorker.start((message) => this.terminated || port2.postMessage(message), this);
      port2.onmessage = (event) => this.terminated || receive?.(event.data);
    } finally {
      globalThis.MessageChannel = Real;
    }
  }

  postMessage(message, transfer) {
    this.port.postMessage(message, transfer);
  }

  terminate() {
    this.terminated = true;
    for (const port of this.#ports) port.close();
  }
}

/** Starts workers with an engine of these options. */
export function withEngine(options) {
  FakeWorker.start = starter(options);
}

globalThis.Worker = FakeWorker;

/** Ends all workers and forgets what was seen; for afterEach. */
export function reset() {
  for (const worker of FakeWorker.all) worker.terminated || worker.terminate();
  FakeWorker.all.length = 0;
  FakeWorker.start = FakeWorker.realStart;
  globalThis.Worker = FakeWorker;
  Object.assign(seen, { files: [], weights: [], asked: [], steps: 0, freed: 0, freedLoads: 0, contentTypes: [], uncaught: [] });
}

/**
 * What the server has: path to body, or to { status, body, gzip, length, cut, until, type, etag, modified, ranges }. Anything else is a
 * 404. A connection that is `cut` after so many bytes stays until `until()`.
 *
 * Where `ranges` is true, parts are served; where it is a function, it makes the headers and the body of the response for a range.
 */
export const site = new Map();
export const requests = [];
/** Range and If-Range of the requests that have one: { path, range, ifRange, status }. */
export const ranges = [];
const server = createServer((request, response) => {
  requests.push(request.url);
  const entry = site.get(request.url);
  if (entry === undefined) return response.writeHead(404, { connection: 'close', 'content-type': 'text/html' }).end('<!doctype html>not here');
  const { status = 200, body = '', gzip, length = true, cut, until, type = 'application/octet-stream', etag, modified, ranges: parts } = typeof entry === 'string' ? { body: entry } : entry;
  const bytes = gzip ? gzipSync(body) : Buffer.from(body);
  const { range, 'if-range': ifRange } = request.headers;
  const headers = { connection: 'close', 'content-type': type, ...(gzip && { 'content-encoding': 'gzip' }), ...(etag && { etag }), ...(modified && { 'last-modified': modified }) };
  const part = parts && range && (ifRange === undefined || ifRange === etag) && /^bytes=(\d+)-(\d+)$/.exec(range);
  if (range) ranges.push({ path: request.url.split('/').at(-1), range, ifRange, status: part ? 206 : status });
  if (part) {
    const [from, to] = [Number(part[1]), Number(part[2])];
    const given = { body: bytes.subarray(from, to + 1), headers: { 'content-range': `bytes ${from}-${to}/${bytes.length}` }, ...(typeof parts === 'function' && parts(from, to, bytes)) };
    return response.writeHead(given.status ?? 206, { ...headers, ...given.headers }).end(given.body);
  }
  response.writeHead(status, { ...headers, ...(length && { 'content-length': bytes.length }) });
  if (cut === undefined) return response.end(bytes);
  response.write(bytes.subarray(0, cut));
  // What is on its way when the connection goes may be lost.
  const end = () => (until?.() === false ? setTimeout(end, 5) : response.destroy());
  setTimeout(end, 20);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
server.unref();
export const origin = `http://127.0.0.1:${server.address().port}`;
export const wasmUrl = `${origin}/answerlet.wasm`;

/** A site with one model at /model/. */
export function serveModel(files = {}) {
  site.clear();
  requests.length = 0;
  ranges.length = 0;
  site.set('/answerlet.wasm', { body: 'wasm', type: 'application/wasm' });
  for (const [name, entry] of Object.entries({ 'config.json': '{"c":1}', 'tokenizer.json': '{"t":1}', 'model.safetensors': 'weights', ...files }))
    if (entry !== null) site.set(`/model/${name}`, entry);
}

export const load = (options) => Answerlet.load({ model: `${origin}/model/`, wasmUrl, ...options });

/** For assert.rejects: an AnswerletError of this code, file, argument. */
export const failure = (expected) => (error) => {
  if (!(error instanceof AnswerletError)) throw error;
  for (const [name, value] of Object.entries(expected))
    if (error[name] !== value) throw new Error(`${name} is ${error[name]}, not ${value}: ${error.message}`);
  return true;
};
