import type { AskOptions, AskResult, ModelInfo, NoAnswer, Precision } from './boundary.js';
import { Connection } from './connection.js';
import { bytesOfDataUrl } from './data-url.js';
import { contextOf, restore, type SourceDocument } from './documents.js';
import { AnswerletError, check, messageOf } from './errors.js';
import type { CustomFetch } from './fetching.js';
import { noteRuntime } from './offline.js';
import type { AskProgress, FileSource, Lack, LoadProgress, ModelSource } from './protocol.js';
import { folderUrl } from './store/names.js';
import * as origin from './store/origin.js';
import type { StorageUse } from './store/origin.js';
import { bestVariant, isSupported, type Variant } from './support.js';
import { trustedScriptUrl } from './trusted.js';

/** One file: its URL (a string is one), a `File` or `Blob`, or its bytes, which are copied. */
export type FileInput = string | URL | Blob | ArrayBuffer | ArrayBufferView;

/** A tokenizer: `tokenizer.json`, or the vocabulary (`vocab.txt`, or `vocab.json` with `merges.txt`) and `tokenizer_config.json`. */
export type TokenizerInput = FileInput | { vocab: FileInput; merges?: FileInput | undefined; config?: FileInput | undefined };

/**
 * A model: the URL of a folder in Hugging Face layout, or its files one by one
 * (`config.json`, the tokenizer, `model.safetensors`, and `answerlet.json` where there is one).
 */
export type ModelInput =
  | string
  | URL
  | { config: FileInput; tokenizer: TokenizerInput; weights: FileInput; manifest?: FileInput | undefined };

export interface LoadOptions {
  model: ModelInput;
  /** What to compute in; `'auto'`, the default, is int8. Weights of either kind load into either. */
  precision?: Precision | undefined;
  /** Whether the model has learned to say that there is no answer. Default: what its `answerlet.json` says, else `'none'`. */
  noAnswer?: NoAnswer | undefined;
  /**
   * The worker's script, where it isn't beside this one; it has to be of the page's own origin. Or the worker itself, which then belongs
   * to this reader: `dispose()` ends it.
   */
  workerUrl?: string | URL | TrustedScriptUrl | Worker | undefined;
  /**
   * The WebAssembly, where it isn't beside this script: one URL, whatever build that is, or that of each build. `relaxed` is for
   * browsers with relaxed SIMD; only the one that runs is fetched.
   */
  wasmUrl?: string | URL | { simd128: string | URL; relaxed?: string | URL | undefined } | undefined;
  /**
   * Whether the browser keeps a model that is loaded from URLs (in the Cache API), so that the next load needs the network only to see
   * whether it has changed, and none where there is none. Default true.
   */
  cache?: boolean | undefined;
  /** Fetches every file of the model that is given by URL, in the page. Default: the worker's own `fetch`. */
  fetch?: CustomFetch | undefined;
  onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Ends the load: it rejects with the signal's `reason`. */
  signal?: AbortSignal | undefined;
}

/** What a page's own Trusted Types policy makes of a URL: a `TrustedScriptURL`, for which TypeScript has no type yet. */
export interface TrustedScriptUrl {
  toJSON(): string;
}

/** The options of `ask`, save the context, the callback and the signal. An option left out, or undefined, has its default. */
export type AskSettings = { [Name in keyof AskOptions]?: AskOptions[Name] | undefined };

export interface AskInput extends AskSettings {
  /**
   * What is read: a text, or several documents. Of any length: what doesn't fit into the model at once is read in overlapping windows.
   * Documents are read in their order, so with `maxMilliseconds` the most likely one comes first; their answers are ranked together.
   */
  context: string | readonly SourceDocument[];
  /** Told of every window that has been read. */
  onProgress?: ((progress: AskProgress) => void) | undefined;
  /** Ends the reading: the call rejects with the signal's `reason`, and the next question is up. */
  signal?: AbortSignal | undefined;
}

/** What to put into a bug report. */
export interface Info {
  /** The version of this library. */
  version: string;
  /** The model; `url` without its query, where it was loaded from one. */
  model: ModelInfo & { url?: string };
  /** What the engine computes in. */
  precision: ModelInfo['precision'];
  /** The WebAssembly build that runs. */
  variant: Variant;
  /** The size of the engine's memory after the last call, in bytes. It never shrinks. */
  memoryBytes: number;
  /**
   * What this page does without: `'cache'`, where nothing can be kept, so that each load downloads the model; `'integrity'`, where files
   * can't be checked against the manifest's hashes. Both are so on pages over plain http; the first in some private windows, too.
   */
  lacks: Lack[];
}

const PRECISIONS: unknown[] = ['int8', 'f32', 'auto'] satisfies Precision[];

/** How each option of `ask` is checked before it is sent. The engine judges the values. */
const SETTINGS = {
  topK: 'count',
  maxSequenceLength: 'count',
  docStride: 'count',
  maxAnswerLength: 'count',
  threshold: 'number',
  fallback: 'string',
  maxMilliseconds: 'number',
  scores: 'boolean',
  compat: 'hf',
  handleImpossibleAnswer: 'boolean',
  alignToWords: 'boolean',
} as const satisfies { [Name in keyof Required<AskOptions>]: 'count' | 'number' | 'string' | 'boolean' | 'hf' };

/**
 * A reader: one model, in a worker of its own.
 *
 * ```ts
 * const answerlet = await Answerlet.load({ model: '/models/answerlet-minilm/' });
 * const { answered, answers } = await answerlet.ask('Who founded it?', { context });
 * ```
 *
 * Every method rejects with an {@link AnswerletError}, or with a signal's `reason` once it has aborted.
 */
export class Answerlet {
  readonly #connection: Connection;
  #info: Info;

  private constructor(connection: Connection, info: Info) {
    this.#connection = connection;
    this.#info = info;
  }

  /** Whether this browser can load a model at all: WebAssembly with SIMD, and workers. */
  static isSupported(): boolean {
    return isSupported();
  }

  /** Deletes all models that are kept in this origin. What is loaded goes on. */
  static clearCache(): Promise<void> {
    return origin.clearCache();
  }

  /**
   * The bytes that kept models take, and what the browser says of the whole origin, where it says anything: its `usage` counts in other
   * data, and both it and `quota` are estimates.
   */
  static storageEstimate(): Promise<StorageUse> {
    return origin.storageEstimate();
  }

  /**
   * Asks the browser not to purge this origin's data when it needs room, and says whether it won't. To be called from a user's gesture
   * (a click): some browsers ask the user.
   */
  static persist(): Promise<boolean> {
    return origin.persist();
  }

  /**
   * Loads a model, in a fresh worker. Relative URLs are relative to the document.
   *
   * Rejects with code `unsupported` where {@link isSupported} is false, `argument_invalid`, `network`, `file_missing`, `file_html`,
   * `worker_failed`, `cross_origin`, `runtime_failed`, or what is wrong with the model. A failed load leaves nothing behind: load again as you like.
   */
  static async load(options: LoadOptions): Promise<Answerlet> {
    const given: Partial<LoadOptions> = options ?? {};
    const { noAnswer, precision, cache, workerUrl, onProgress, signal, fetch } = given;
    checkCallbacks(given);
    check(fetch === undefined || typeof fetch === 'function', 'fetch', 'must be a function');
    check(noAnswer === undefined || noAnswer === 'learned' || noAnswer === 'none', 'noAnswer', "must be 'learned' or 'none'");
    check(precision === undefined || PRECISIONS.includes(precision), 'precision', "must be 'int8', 'f32' or 'auto'");
    check(cache === undefined || typeof cache === 'boolean', 'cache', 'must be a boolean');
    if (!isSupported()) throw new AnswerletError('unsupported', 'this platform lacks WebAssembly SIMD or workers');
    signal?.throwIfAborted();

    const wasm = wasmAt(given.wasmUrl);
    const start = workerFor(workerUrl);
    const { source, transfer } = describe(given.model);
    noteRuntime(wasm.url);

    const connection = new Connection(start, fetch);
    try {
      const settings = { ...(precision && { precision }), ...(noAnswer && { noAnswer }) };
      const request = { source, wasm, customFetch: fetch !== undefined, cache: cache ?? true, ...settings };
      const { model, variant, memoryBytes, lacks } = await connection.call('load', request, { transfer, signal, progress: onProgress });
      const url = urlOf(source);
      return new Answerlet(connection, {
        version: ANSWERLET_VERSION,
        model: { ...model, ...(url !== undefined && { url }) },
        precision: model.precision,
        variant,
        memoryBytes,
        lacks,
      });
    } catch (error) {
      connection.close(error);
      throw error;
    }
  }

  /**
   * Reads the context for an answer. Questions are answered one at a time, in the order they were asked.
   *
   * `start` and `end` of an answer are UTF-16 code units of the context: `text` is `context.slice(start, end)`. Where documents were
   * given, `documentId` says which one it is in, and the offsets are into that one's text. No acceptable answer is no error: `answered`
   * is false, and `fallback` the sentence to show.
   *
   * Rejects with code `question_empty`, `question_too_long`, `context_empty`, `argument_invalid`, `engine_crashed`, or `disposed`. After
   * `engine_crashed` the reader is of no more use; load another.
   */
  async ask(question: string, input: AskInput): Promise<AskResult> {
    const given: Partial<AskInput> = input ?? {};
    const { onProgress, signal } = given;
    check(typeof question === 'string', 'question', 'must be a string');
    const context = contextOf(given.context);
    checkCallbacks(given);
    const request = { question, context, options: settingsOf(given) };
    const { result, memoryBytes } = await this.#connection.call('ask', request, { signal, progress: onProgress });
    this.#info = { ...this.#info, memoryBytes };
    restore(result, context);
    return result;
  }

  /** What to put into a bug report. */
  get info(): Info {
    return this.#info;
  }

  /** Ends the worker and frees its memory. What is pending rejects with code `disposed`, and so does every later question. */
  async dispose(): Promise<void> {
    this.#connection.close(new AnswerletError('disposed', 'this reader has been disposed of'));
  }
}

function checkCallbacks({ onProgress, signal }: { onProgress?: unknown; signal?: unknown }): void {
  check(onProgress === undefined || typeof onProgress === 'function', 'onProgress', 'must be a function');
  check(signal === undefined || isSignal(signal), 'signal', 'must be an AbortSignal');
}

/** By its looks: one of another frame is no instance of this one's class. */
function isSignal(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'aborted' in value && 'addEventListener' in value;
}

/** The known options that are given; unknown ones are left out, since a later version may know them. */
function settingsOf(given: Partial<AskInput>): AskOptions {
  const settings: Record<string, unknown> = {};
  for (const [name, kind] of Object.entries(SETTINGS) as [keyof AskOptions, string][]) {
    const value = given[name];
    if (value === undefined || value === null) continue;
    // The engine counts in 32 bits.
    if (kind === 'count') check(Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32, name, 'must be a whole number below 2^32');
    else if (kind === 'hf') check(value === 'hf', name, "must be 'hf'");
    else check(typeof value === kind && !Number.isNaN(value), name, `must be a ${kind}`);
    settings[name] = value;
  }
  // No limit is the default.
  if (settings.maxMilliseconds === Infinity) delete settings.maxMilliseconds;
  return settings as AskOptions;
}

/** The URL as the worker, whose own base is another, needs it. */
function absolute(url: unknown, argument: string): string {
  check(typeof url === 'string' || url instanceof URL, argument, 'must be a URL');
  const base = typeof document === 'object' ? document.baseURI : globalThis.location?.href;
  try {
    return new URL(url, base).href;
  } catch {
    throw new AnswerletError('argument_invalid', `${argument} is not a URL: ${String(url)}`, { argument });
  }
}

/** How the worker is to be started. */
function workerFor(given: LoadOptions['workerUrl']): Worker | (() => Worker) {
  if (typeof Worker === 'function' && given instanceof Worker) return given;
  if (isTrusted(given)) return () => new Worker(given as unknown as string, { type: 'module' });
  // Bundlers find the file by the very shape of this expression, and copy it as it is: `new Worker` around it would have some of them
  // bundle it a second time.
  const url = absolute(given ?? new URL('./worker.js', import.meta.url), 'workerUrl');
  const { protocol, origin } = new URL(url);
  if (/^https?:$/.test(protocol) && globalThis.location && origin !== globalThis.location.origin) {
    throw new AnswerletError(
      'cross_origin',
      `the worker's script is at ${url}, and a browser runs workers of the page's own origin alone: put answerlet's files on ` +
        `${globalThis.location.origin} (answerlet-install does), or name a copy of worker.js there as workerUrl`,
    );
  }
  noteRuntime(url);
  // Our policy knows URLs of this origin alone; of others, the page's own has to speak.
  return () => new Worker(/^https?:$/.test(protocol) ? trustedScriptUrl(url) : url, { type: 'module' });
}

function isTrusted(url: unknown): url is TrustedScriptUrl {
  const { trustedTypes } = globalThis as { trustedTypes?: { isScriptURL(value: unknown): boolean } };
  return trustedTypes?.isScriptURL(url) ?? false;
}

/** The build that is best here, and where it is. */
function wasmAt(given: LoadOptions['wasmUrl']): { url: string; variant: Variant } {
  if (given === undefined) {
    const variant = bestVariant(ANSWERLET_WASM_BYTES);
    // Bundlers find the files by the very shape of these expressions.
    const url = variant === 'relaxed' ? new URL('./answerlet.relaxed.wasm', import.meta.url) : new URL('./answerlet.simd128.wasm', import.meta.url);
    // Next.js makes URLs that are relative of them.
    return { url: absolute(url, 'wasmUrl'), variant };
  }
  if (typeof given === 'string' || given instanceof URL) return { url: absolute(given, 'wasmUrl'), variant: 'simd128' };
  const variant = bestVariant(given ?? {});
  return { url: absolute(given?.[variant], 'wasmUrl'), variant };
}

/** A model as it crosses to the worker, and what of it is moved there. */
function describe(model: unknown): { source: ModelSource; transfer: Transferable[] } {
  const transfer: Transferable[] = [];
  if (typeof model === 'string' || model instanceof URL) {
    return { source: { folder: folderUrl(absolute(model, 'model')) }, transfer };
  }
  const file = (input: unknown, argument: string): FileSource => {
    if (input instanceof Blob) return { blob: input };
    if (ArrayBuffer.isView(input) || input instanceof ArrayBuffer) {
      const bytes = copyOf(input, argument);
      transfer.push(bytes.buffer);
      return { bytes };
    }
    check(typeof input === 'string' || input instanceof URL, argument, 'must be a URL, a Blob, an ArrayBuffer or a view of one');
    const url = absolute(input, argument);
    return url.startsWith('data:') ? { bytes: bytesOf(url, argument) } : { url };
  };
  check(typeof model === 'object' && model !== null, 'model', 'must be a URL or an object with config, tokenizer and weights');
  const { config, tokenizer, weights, manifest } = model as Record<string, unknown>;
  const pieces =
    typeof tokenizer === 'object' && tokenizer !== null && 'vocab' in tokenizer ? (tokenizer as Record<string, unknown>) : undefined;
  return {
    source: {
      config: file(config, 'model.config'),
      tokenizer: pieces
        ? {
            vocab: file(pieces.vocab, 'model.tokenizer.vocab'),
            ...(pieces.merges !== undefined && { merges: file(pieces.merges, 'model.tokenizer.merges') }),
            ...(pieces.config !== undefined && { config: file(pieces.config, 'model.tokenizer.config') }),
          }
        : file(tokenizer, 'model.tokenizer'),
      weights: file(weights, 'model.weights'),
      ...(manifest !== undefined && { manifest: file(manifest, 'model.manifest') }),
    },
    transfer,
  };
}

function bytesOf(url: string, argument: string): Uint8Array<ArrayBuffer> {
  try {
    return bytesOfDataUrl(url);
  } catch (cause) {
    throw new AnswerletError('argument_invalid', `${argument} is no readable data: URL`, { argument, cause });
  }
}

function copyOf(input: ArrayBuffer | ArrayBufferView, argument: string): Uint8Array<ArrayBuffer> {
  try {
    return (ArrayBuffer.isView(input) ? new Uint8Array(input.buffer, input.byteOffset, input.byteLength) : new Uint8Array(input)).slice();
  } catch (cause) {
    // Detached, most likely: it has been transferred elsewhere.
    throw new AnswerletError('argument_invalid', `${argument} can't be copied: ${messageOf(cause)}`, { argument, cause });
  }
}

/** Where a model came from, without the query, which may be secret. */
function urlOf(source: ModelSource): string | undefined {
  const url = 'folder' in source ? source.folder : 'url' in source.weights ? source.weights.url : undefined;
  return url?.replace(/[?#].*/s, '');
}
