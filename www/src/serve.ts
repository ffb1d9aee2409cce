/** The worker's side of the protocol, apart from the global scope and the engine, which tests bring along. */
import type { Engine, EngineModule, Loading, Reading } from './engine.js';
import { AnswerletError, isErrorData, messageOf, toData } from './errors.js';
import { fetchHere, RemoteFetch } from './fetching.js';
import { Tally } from './progress.js';
import type { Call, Calls, Kind, ToPage, ToWorker } from './protocol.js';
import { openModel, WEIGHTS, wrongSize, type OpenModel } from './sources.js';
import { Store } from './store.js';
import type { Variant } from './support.js';

type CallOf<K extends Kind> = Extract<Call, { kind: K }>;

/** The engine can't be trusted any more. */
class Crash extends Error {}

/** Runs the engine, and tells its typed errors from a trap. */
function guard<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw asFailure(error);
  }
}

function asFailure(error: unknown): unknown {
  if (error instanceof AnswerletError || error instanceof Crash || isErrorData(error)) return error;
  return new Crash(messageOf(error));
}

/**
 * Serves one page: one model, then questions about contexts, one after another in the order they came.
 *
 * @param runtimeBytes The sizes of the WebAssembly files, for the progress of `load`.
 * @returns What to do with each message of the page.
 */
export function serve(post: (message: ToPage) => void, module: EngineModule, version: string, runtimeBytes: { [V in Variant]?: number }): (message: ToWorker) => void {
  const remote = new RemoteFetch(post);
  /** Questions asked and not yet answered, and whether each is still wanted. */
  const wanted = new Map<number, boolean>();
  const turn = makeTurn();
  let memory: WebAssembly.Memory | undefined;
  let engine: Engine | undefined;
  let queue = Promise.resolve();
  let crashed = false;

  const memoryBytes = (): number => memory?.buffer.byteLength ?? 0;

  async function startRuntime(url: string): Promise<void> {
    try {
      ({ memory } = await module.default({ module_or_path: fetchWasm(url) }));
    } catch (error) {
      throw new AnswerletError('runtime_failed', `the WebAssembly at ${url} could not be started: ${messageOf(error)}`);
    }
  }

  async function load({ id, request }: CallOf<'load'>): Promise<Calls['load']['reply']> {
    const started = startRuntime(request.wasm.url);
    started.catch(() => {}); // Awaited below, when the downloads are under way.
    const network = request.customFetch ? remote.fetch : fetchHere;
    const openStore = async (): Promise<Store | undefined> => (request.cache ? Store.open(request.source, request.precision, network) : undefined);
    const attempt = async (store: Store | undefined): Promise<Engine> => {
      const tally = new Tally((progress) => post({ type: 'progress', id, progress }));
      const bytes = runtimeBytes[request.wasm.variant] ?? 0;
      tally.expect('runtime', bytes);
      const model = openModel(request.source, store?.fetch ?? network, tally);
      tally.phase('runtime');
      await started;
      tally.loaded('runtime', bytes);
      const loaded = await loadModel(request, model, tally, store);
      tally.ready();
      return loaded;
    };
    const store = await openStore();
    try {
      engine = await attempt(store);
    } catch (error) {
      // What is kept may be damaged; what it was made from is where it was.
      const damaged = (error as { file?: unknown } | undefined)?.file === WEIGHTS;
      if (store?.used && (damaged || error instanceof Crash)) await store.forget();
      if (!store?.used || !damaged) throw error;
      engine = await attempt(await openStore());
    }
    const loaded = engine;
    return { model: guard(() => loaded.info()), variant: guard(() => module.variant()), memoryBytes: memoryBytes() };
  }

  /** From a model's files to the engine, and on the way to the store. */
  async function loadModel(request: CallOf<'load'>['request'], model: OpenModel, tally: Tally, store: Store | undefined): Promise<Engine> {
    let loading: Loading | undefined;
    try {
      tally.phase('config');
      const config = await model.config;
      const manifest = await model.manifest;
      tally.phase('tokenizer');
      const tokenizer = await model.tokenizer;
      const weights = await model.weights;
      tally.phase('weights');
      const { precision, noAnswer } = request;
      const files = { config, tokenizer, ...(manifest && { manifest }), ...(noAnswer && { noAnswer }), ...(precision && { precision }) };
      const keep = store?.begin() ?? false;
      const begun = guard(() => new module.Loading(files, keep));
      loading = begun;
      await feed(begun, weights, turn, async (bytes) => keep && store?.write(bytes));
      const loaded = guard(() => begun.finish());
      const wrong = wrongSize(tally);
      if (wrong) throw wrong;
      await store?.end();
      return loaded;
    } catch (error) {
      // Nothing of a crashed engine can be freed: the worker goes as a whole.
      if (error instanceof Crash) loading = undefined;
      await store?.abandon();
      throw model.broken() ?? error;
    } finally {
      loading?.free();
    }
  }

  /** Reads, with a turn of the event loop between steps: that is when an abort comes in. Undefined once it has. */
  async function ask({ id, request }: CallOf<'ask'>): Promise<Calls['ask']['reply'] | undefined> {
    await turn();
    if (!wanted.get(id)) return undefined;
    const loaded = engine;
    if (!loaded) throw new AnswerletError('internal', 'there is no model to ask');
    let reading: Reading | undefined;
    try {
      const begun = guard(() => loaded.begin(request.question, request.context, request.options));
      reading = begun;
      for (let told = -1, done = false; !done; ) {
        const { windowsDone, windowsTotal, done: ended } = guard(() => begun.step());
        done = ended;
        if (windowsDone !== told) {
          told = windowsDone;
          post({ type: 'progress', id, progress: { windowsDone, windowsTotal } });
        }
        await turn();
        if (!wanted.get(id)) return undefined;
      }
      return { result: guard(() => begun.finish()), memoryBytes: memoryBytes() };
    } catch (error) {
      // Nothing of a crashed engine can be freed: the worker goes as a whole.
      if (error instanceof Crash) reading = undefined;
      throw error;
    } finally {
      reading?.free();
    }
  }

  async function answer(call: Call): Promise<void> {
    if (crashed) return;
    try {
      const reply = await (call.kind === 'load' ? load(call) : ask(call));
      if (reply) post({ type: 'reply', id: call.id, reply });
    } catch (error) {
      const failure = asFailure(error);
      if (failure instanceof AnswerletError) post({ type: 'error', id: call.id, error: toData(failure) });
      else if (isErrorData(failure)) post({ type: 'error', id: call.id, error: failure });
      else {
        crashed = true;
        post({ type: 'crash', message: messageOf(failure) });
      }
    } finally {
      wanted.delete(call.id);
    }
  }

  post({ type: 'hello', version });

  return (message) => {
    if (remote.receive(message)) return;
    if (message.type === 'call') {
      wanted.set(message.id, true);
      queue = queue.then(() => answer(message));
    } else if (message.type === 'abort' && wanted.has(message.id)) {
      wanted.set(message.id, false);
    }
  };
}

/** At most so much goes into the engine at a time, since its memory never shrinks. */
const PIECE_BYTES = 1 << 20;
/** Bytes after which other messages get their turn: a stream from a cache never waits. */
const TURN_BYTES = 4 << 20;

/** Reads the weights to their end, or cancels them. `keep` is given what the engine wants to be kept. */
async function feed(
  loading: Loading,
  weights: ReadableStream<Uint8Array>,
  turn: () => Promise<void>,
  keep: (bytes: Uint8Array) => Promise<unknown>,
): Promise<void> {
  const reader = weights.getReader();
  const read = (): ReturnType<typeof reader.read> => {
    const next = reader.read();
    next.catch(() => {}); // Awaited below, if the pieces before it are good.
    return next;
  };
  let since = 0;
  let next = read();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      // It comes in while this one is worked on.
      next = read();
      for (let at = 0; at < value.length; at += PIECE_BYTES) {
        const piece = value.subarray(at, at + PIECE_BYTES);
        await keep(guard(() => loading.push(piece)) ?? piece);
        since += piece.length;
        if (since < TURN_BYTES) continue;
        since = 0;
        await turn();
      }
    }
  } catch (error) {
    // Nobody will read the rest: the download can stop.
    reader.cancel().catch(() => {});
    throw error;
  }
}

/** A full turn of the event loop. A message does it in microseconds, where a timer is held back for 4 ms. */
function makeTurn(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return () =>
    new Promise((resolve) => {
      port1.onmessage = () => resolve();
      port2.postMessage(null);
    });
}

/** Fetches WebAssembly so that it compiles while it comes in, also from servers that don't know its type. */
async function fetchWasm(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`status ${response.status}`);
  // The response as it is where possible: browsers keep compiled code with it.
  if (response.headers.get('content-type') === 'application/wasm') return response;
  return new Response(response.body, { headers: { 'content-type': 'application/wasm' } });
}
