import type { AskOptions, AskResult, ModelFiles, ModelInfo, ReadingProgress } from './boundary.js';

/** The engine as the worker uses it: the exports of `wasm/answerlet.js`, and what the tests put in their place. */
export interface EngineModule {
  default(init: { module_or_path: Promise<Response> }): Promise<{ memory: WebAssembly.Memory }>;
  /** Reads a model, the weights to their end. */
  load(files: ModelFiles, weights: ReadableStream<Uint8Array>): Promise<Engine>;
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
