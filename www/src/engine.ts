import type { AskOptions, AskResult, ModelFiles, ModelInfo, ReadingProgress, SourceDocument } from './boundary.js';
import type { Variant } from './support.js';

/** The engine as the worker uses it: the exports of `wasm/answerlet.js`, and what the tests put in their place. */
export interface EngineModule {
  default(init: { module_or_path: Promise<Response> }): Promise<{ memory: WebAssembly.Memory }>;
  variant(): Variant;
  Loading: new (files: ModelFiles) => Loading;
}

/** A model that is coming in. */
export interface Loading {
  /**
   * Reads the weights to their end, or cancels them. `keep` is given a file to keep, piece by piece, and waited for.
   * A trap in the middle leaves the promise pending, and is an uncaught error of the worker.
   */
  pull(weights: ReadableStream<Uint8Array>, keep?: (bytes: Uint8Array) => Promise<void>): Promise<void>;
  /** The model, once all bytes are in. Ends the loading; the object must still be freed. */
  finish(): Engine;
  free(): void;
}

export interface Engine {
  info(): ModelInfo;
  begin(question: string, context: string | readonly SourceDocument[], options: AskOptions): Reading;
  free(): void;
}

export interface Reading {
  /** One layer of one window. */
  step(): ReadingProgress;
  /** The result, of what was read by now. Ends the reading; the object must still be freed. */
  finish(): AskResult;
  free(): void;
}
