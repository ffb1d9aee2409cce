/** The worker's side of the protocol, apart from the global scope and the engine, which tests bring along. */
import type { Engine, EngineModule, Loading, Reading } from './engine.js';
import { AnswerletError, isErrorData, messageOf, toData } from './errors.js';
import { fetchHere, RemoteFetch } from './fetching.js';
import { Tally } from './progress.js';
import type { Call, Calls, Kind, Lack, ToPage, ToWorker } from './protocol.js';
import { openModel, wrongSize, type OpenModel } from './sources.js';
import { WEIGHTS } from './store/names.js';
import { canVerify, Store } from './store/store.js';
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

/** `guard` for what goes on by itself: a trap in the middle leaves its promise pending, and is an uncaught error. */
async function guardPending(run: () => Promise<void>, uncaught: EventTarget): Promise<void> {
  let onError = (_event: Event): void => {};
  const trap = new Promise<never>((_, reject) => {
    onError = (event) => {
      event.preventDefault(); // Reported by rejection.
      const { error, message } = event as ErrorEvent;
      reject(new Crash(error ? messageOf(error) : message));
    };
  });
  uncaught.addEventListener('error', onError);
  try {
    await Promise.race([guard(run), trap]);
  } finally {
    uncaught.removeEventListener('error', onError);
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
 * @param uncaught Where `error` events tell of what nothing caught: the worker's global scope.
 * @returns What to do with each message of the page.
 */
export function serve(
  post: (message: ToPage) => void,
  module: EngineModule,
  version: string,
  runtimeBytes: { [V in Variant]?: number },
  uncaught: EventTarget,
): (message: ToWorker) => void {
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
    const openStore = (): Promise<Store | undefined> => Store.open(request.source, request.precision, network, request.cache);
    const attempt = async (store: Store | undefined): Promise<Engine> => {
      const tally = new Tally((progress) => post({ type: 'progress', id, progress }));
      const bytes = runtimeBytes[request.wasm.variant] ?? 0;
      tally.expect('runtime', bytes);
      const model = openModel(request.source, store?.fetch ?? ((url) => network(url)), tally);
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
    const lacks: Lack[] = [];
    if (typeof caches === 'undefined' || (request.cache && store && !store.keeps)) lacks.push('cache');
    if (!canVerify()) lacks.push('integrity');
    return { model: guard(() => loaded.info()), variant: guard(() => module.variant()), memoryBytes: memoryBytes(), lacks };
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
      const keep = store?.begin() ? (bytes: Uint8Array) => store.write(bytes) : undefined;
      const begun = guard(() => new module.Loading(files));
      loading = begun;
      await guardPending(() => begun.pull(weights, keep), uncaught);
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
    } else if (message.type === 'greet') {
      post({ type: 'hello', version });
    } else if (message.type === 'abort' && wanted.has(message.id)) {
      wanted.set(message.id, false);
    }
  };
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
