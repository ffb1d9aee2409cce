/**
 * What the page and the worker say to each other. Both sides import this file, and nothing else crosses.
 *
 * Worker to page, first of all, and whenever it is asked to `greet`: `hello`, with its version. Then the page calls and the worker answers, keyed by the call's `id`:
 *
 *     page                               worker
 *     call  { id, kind, request }   →
 *                                   ←    progress { id, … }      any number
 *                                   ←    reply { id, … }         or error { id, … }: exactly one, unless aborted
 *     abort { id }                  →                            ends an `ask` between two steps; nothing comes back for it
 *                                   ←    crash { message }       the engine is lost; the page rejects all and ends the worker
 *
 * A page that loads with a `fetch` of its own also serves the worker's downloads, since a function can't cross. Keyed by the
 * worker's `id`, with credits so that a slow worker holds a fast download back:
 *
 *                                   ←    fetch { id, url, init } one credit for each of FETCH_CREDITS chunks
 *     fetchHead { id, … }           →                            or fetchFailed, here or later
 *     fetchChunk { id, bytes }      →    costs a credit
 *                                   ←    fetchCredit { id }      one more chunk may come
 *     fetchEnd { id }               →
 *                                   ←    fetchCancel { id }      the rest is not wanted
 */
import type { AskOptions, AskResult, ErrorData, ModelInfo, NoAnswer, Precision, SourceDocument } from './boundary.js';
import type { Variant } from './support.js';

/** One file, as the page describes it to the worker. URLs are absolute. */
export type FileSource = { url: string } | { blob: Blob } | { bytes: Uint8Array<ArrayBuffer> };

/** A model, as the page describes it to the worker: a folder's URL, or its files. */
export type ModelSource =
  | { folder: string }
  | {
      config: FileSource;
      tokenizer: FileSource | { vocab: FileSource; merges?: FileSource; config?: FileSource };
      weights: FileSource;
      manifest?: FileSource;
    };

/** How far a load has come, in bytes over all files. `total` is null until every size is known, and where a server tells none. */
export interface LoadProgress {
  phase: 'runtime' | 'config' | 'tokenizer' | 'weights' | 'ready';
  loaded: number;
  total: number | null;
}

/** How far a reading has come. */
export interface AskProgress {
  windowsDone: number;
  windowsTotal: number;
}

/** What a page does without: keeping models, or verifying them. */
export type Lack = 'cache' | 'integrity';

/** The calls: what each is given, tells on the way, and replies. */
export interface Calls {
  load: {
    request: {
      source: ModelSource;
      wasm: { url: string; variant: Variant };
      customFetch: boolean;
      /** Whether the model may be kept in the browser, and taken from there. */
      cache: boolean;
      precision?: Precision;
      noAnswer?: NoAnswer;
    };
    progress: LoadProgress;
    reply: { model: ModelInfo; variant: Variant; memoryBytes: number; lacks: Lack[] };
  };
  ask: {
    request: { question: string; context: string | SourceDocument[]; options: AskOptions };
    progress: AskProgress;
    reply: { result: AskResult; memoryBytes: number };
  };
}

export type Kind = keyof Calls;

export type Call = { [K in Kind]: { type: 'call'; id: number; kind: K; request: Calls[K]['request'] } }[Kind];

/** The head of a response that was fetched. `bytes` is the size the server declared, where it can be believed. */
export interface FetchHead {
  status: number;
  bytes: number | null;
  etag: string | null;
  lastModified: string | null;
  /** What of the file it is, where it is a part. */
  contentRange: string | null;
  /** Whether it is compressed on the way. Of another origin, it may be and not say so. */
  encoded: boolean;
}

/** What is asked for beside a URL, as `fetch` takes it. */
export interface FetchInit {
  headers?: Record<string, string>;
  cache?: 'default' | 'no-cache' | 'no-store' | 'reload';
}

export type ToWorker =
  | Call
  | { type: 'greet' }
  | { type: 'abort'; id: number }
  | { type: 'fetchHead'; id: number; head: FetchHead }
  | { type: 'fetchChunk'; id: number; bytes: Uint8Array<ArrayBuffer> }
  | { type: 'fetchEnd'; id: number }
  | { type: 'fetchFailed'; id: number; message: string };

export type ToPage =
  | { type: 'hello'; version: string }
  | { type: 'progress'; id: number; progress: Calls[Kind]['progress'] }
  | { type: 'reply'; id: number; reply: Calls[Kind]['reply'] }
  | { type: 'error'; id: number; error: ErrorData }
  | { type: 'crash'; message: string }
  | { type: 'fetch'; id: number; url: string; init: FetchInit }
  | { type: 'fetchCredit'; id: number }
  | { type: 'fetchCancel'; id: number };

/** How many chunks of a download may be under way from the page to the worker. */
export const FETCH_CREDITS = 8;
