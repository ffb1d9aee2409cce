import { Answerlet, AnswerletError, type LoadOptions, type LoadProgress, type ModelInput } from '../index.js';
import { urlOf } from './dom.js';
import { isKept, readFacts, type ModelFacts } from './facts.js';

/** What an element wants to be loaded. */
export interface EngineOptions {
  model: ModelInput;
  workerUrl?: LoadOptions['workerUrl'];
  wasmUrl?: LoadOptions['wasmUrl'];
}

/** Engines by what they are made of: all elements of a page that want the same share one. */
const engines = new Map<string, Engine>();

const identities = new WeakMap<object, number>();
let identityCount = 0;

/** The same string for what loads the same. */
function keyOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string' || value instanceof URL) return urlOf(value)?.href ?? String(value);
  if (typeof value !== 'object') return String(value);
  if (Object.getPrototypeOf(value) === Object.prototype) return `{${Object.entries(value).map(([name, part]) => `${name}:${keyOf(part)}`).join()}}`;
  if (!identities.has(value)) identities.set(value, ++identityCount);
  return `#${identities.get(value)}`;
}

interface Load {
  promise: Promise<Answerlet>;
  abort: AbortController;
  progress?: LoadProgress;
  done?: true;
}

/** One model, for as long as a lease of it is held. */
class Engine {
  readonly options: EngineOptions;
  readonly leases = new Set<EngineLease>();
  /** The visitor doesn't want it downloaded. */
  refused = false;
  readonly #key: string;
  readonly #waiting = new Set<EngineLease>();
  #facts: Promise<ModelFacts> | undefined;
  /** The load, under way or done. */
  #loading: Load | undefined;

  constructor(key: string, options: EngineOptions) {
    this.#key = key;
    this.options = options;
    this.refused = recall(key);
  }

  get loading(): boolean {
    return this.#loading !== undefined;
  }

  facts(): Promise<ModelFacts> {
    this.#facts ??= readFacts(this.options.model).then((facts) => {
      // Without a network, say: asked for again the next time.
      if (facts.bytes === undefined) this.#facts = undefined;
      return facts;
    });
    return this.#facts;
  }

  load(lease: EngineLease): Promise<Answerlet> {
    this.refuse(false);
    if (!this.#loading?.done) this.#waiting.add(lease);
    if (this.#loading) {
      if (this.#loading.progress) lease.onProgress?.(this.#loading.progress);
      return this.#loading.promise;
    }
    const abort = new AbortController();
    const onProgress = (progress: LoadProgress): void => {
      loading.progress = progress;
      for (const waiting of this.#waiting) waiting.onProgress?.(progress);
    };
    const missing = new AnswerletError('argument_invalid', 'the chat has no model: name one by the attribute "model"', { argument: 'model' });
    const promise = this.options.model === '' ? Promise.reject(missing) : Answerlet.load({ ...this.options, onProgress, signal: abort.signal });
    const loading: Load = { promise, abort };
    this.#loading = loading;
    promise.then(
      () => {
        loading.done = true;
        if (this.#loading === loading) this.#waiting.clear();
      },
      () => {
        if (this.#loading !== loading) return;
        this.#loading = undefined;
        this.#waiting.clear();
      },
    );
    return promise;
  }

  /** The lease no longer waits; a load that nobody waits for ends. */
  cancel(lease: EngineLease): void {
    if (this.#waiting.delete(lease) && this.#waiting.size === 0) this.drop();
  }

  refuse(refused: boolean): void {
    if (refused !== this.refused) remember(this.#key, refused);
    this.refused = refused;
  }

  release(lease: EngineLease): void {
    this.leases.delete(lease);
    this.cancel(lease);
    if (this.leases.size > 0) return;
    engines.delete(this.#key);
    this.drop();
  }

  /** Ends the worker, or the load. The next load starts anew. */
  drop(): void {
    const loading = this.#loading;
    this.#loading = undefined;
    loading?.abort.abort();
    loading?.promise.then((answerlet) => answerlet.dispose()).catch(() => {});
  }

  /** Like {@link drop}, but only if that reader is still the one. */
  async lost(answerlet: Answerlet): Promise<void> {
    const loading = this.#loading;
    const current = await loading?.promise.catch(() => undefined);
    if (current === answerlet && this.#loading === loading) this.drop();
  }
}

/** An element's hold on a shared engine. */
export class EngineLease {
  onProgress: ((progress: LoadProgress) => void) | undefined;
  readonly #engine: Engine;

  constructor(options: EngineOptions) {
    const key = keyOf({ ...options });
    const engine = engines.get(key) ?? new Engine(key, options);
    engines.set(key, engine);
    engine.leases.add(this);
    this.#engine = engine;
  }

  /** What is known before the download. Never rejects. */
  facts(): Promise<ModelFacts> {
    return this.#engine.facts();
  }

  /** Whether the download has been done before. */
  async isKept(): Promise<boolean> {
    return isKept(await this.facts());
  }

  /** The reader, of which there is one for all. */
  load(): Promise<Answerlet> {
    return this.#engine.load(this);
  }

  /** Stops waiting for the load. */
  cancel(): void {
    this.#engine.cancel(this);
  }

  /** Whether the model is there, or on its way, because some element wants it. */
  get loading(): boolean {
    return this.#engine.loading;
  }

  /** Whether the visitor has refused the download, here or on another page of this visit. */
  get refused(): boolean {
    return this.#engine.refused;
  }

  refuse(): void {
    this.#engine.refuse(true);
    this.cancel();
  }

  /** The reader has failed for good: the next load makes another. */
  lost(answerlet: Answerlet): void {
    void this.#engine.lost(answerlet);
  }

  release(): void {
    this.#engine.release(this);
  }
}

/** A refusal holds for the visit, so that the next page doesn't start the same download. */
const REFUSED = 'answerlet-chat:refused:';

function recall(key: string): boolean {
  try {
    return sessionStorage.getItem(REFUSED + key) !== null;
  } catch {
    return false; // No storage here.
  }
}

function remember(key: string, refused: boolean): void {
  try {
    if (refused) sessionStorage.setItem(REFUSED + key, '');
    else sessionStorage.removeItem(REFUSED + key);
  } catch {
    // It holds for this page.
  }
}

export function asError(thrown: unknown): AnswerletError {
  if (thrown instanceof AnswerletError) return thrown;
  return new AnswerletError('internal', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}
