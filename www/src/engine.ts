import type { AskOptions, AskResult, ModelFiles, ModelInfo, ReadingProgress } from './boundary.js';
import type { Variant } from './support.js';

/** The engine as the worker uses it: the exports of `wasm/answerlet.js`, and what the tests put in their place. */
export interface EngineModule {
  default(init: { module_or_path: Promise<Response> }): Promise<{ memory: WebAssembly.Memory }>;
  variant(): Variant;
  Loading: new (files: ModelFiles, keep: boolean) => Loading;
}

/** A model that is coming in. */
export interface Loading {
  /** The next bytes of the weights. Gives what they add to the file to keep; undefined: themselves. */
  push(bytes: Uint8Array): Uint8Array | undefined;
  /** The model, once all bytes are in. Ends the loading; the object must still be freed. */
  finish(): Engine;
  free(): void;
}

export interface Engine {
  info(): ModelInfo;
  begin(question: string, context: string, options: AskOptions): Reading;
  free(): void;
}

export interface Reading {
  /** One layer of one window. */
  step(): ReadingProgress;
  /** The result, of what was read by now. Ends the reading; the object must still be freed. */
  finish(): AskResult;
  free(): void;
}
