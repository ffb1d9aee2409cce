import type { ErrorData } from './boundary.js';

/** Why a call failed. The codes are stable; messages are for people and may change. */
export type ErrorCode =
  // A model that can't be read.
  | 'file_missing'
  | 'file_html'
  | 'config_invalid'
  | 'architecture_unsupported'
  | 'tokenizer_invalid'
  | 'vocabulary_mismatch'
  | 'weights_invalid'
  | 'weights_format'
  | 'tensor_missing'
  | 'tensor_shape'
  | 'tensor_dtype'
  | 'weights_not_finite'
  | 'manifest_invalid'
  // A call that makes no sense.
  | 'question_empty'
  | 'question_too_long'
  | 'context_empty'
  | 'argument_invalid'
  // The platform.
  | 'unsupported'
  | 'network'
  | 'runtime_failed'
  | 'worker_failed'
  | 'engine_crashed'
  | 'disposed'
  | 'io'
  | 'internal';

/**
 * What every failing call of this library rejects with, save an aborted one: that rejects with its signal's `reason`, as `fetch` does.
 */
export class AnswerletError extends Error {
  override readonly name = 'AnswerletError';
  /** Stable, for programs. */
  readonly code: ErrorCode;
  /** The model file at fault, by its usual name (`config.json`, `model.safetensors`, …), also where it was loaded from elsewhere. */
  readonly file?: string;
  /** The argument at fault, by its name in the call. */
  readonly argument?: string;

  constructor(code: ErrorCode, message: string, at: { file?: string | undefined; argument?: string | undefined; cause?: unknown } = {}) {
    super(message, at.cause === undefined ? undefined : { cause: at.cause });
    this.code = code;
    if (at.file !== undefined) this.file = at.file;
    if (at.argument !== undefined) this.argument = at.argument;
  }
}

/** Throws `argument_invalid`, unless the argument is as it must be. */
export function check(ok: boolean, argument: string, must: string): asserts ok {
  if (!ok) throw new AnswerletError('argument_invalid', `${argument} ${must}`, { argument });
}

/** Rebuilds an error from what crossed the worker boundary. */
export function fromData(data: ErrorData): AnswerletError {
  return new AnswerletError(data.code as ErrorCode, data.message, data);
}

/** The part of an error that crosses the worker boundary. */
export function toData(error: AnswerletError): ErrorData {
  const { code, message, file, argument } = error;
  return { code, message, ...(file !== undefined && { file }), ...(argument !== undefined && { argument }) };
}

/** Rust throws plain objects; anything else that comes out of the engine is a trap or a bug. */
export function isErrorData(error: unknown): error is ErrorData {
  return typeof error === 'object' && error !== null && !(error instanceof Error) && typeof (error as { code?: unknown }).code === 'string';
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
