/** Extractive question answering in the browser. Nothing happens on import, in Node neither. */
export { Answerlet } from './api.js';
export type { AskInput, AskSettings, FileInput, Info, LoadOptions, ModelInput, TokenizerInput } from './api.js';
export type { Answer, AskOptions, AskResult, ModelInfo, NoAnswer, Precision, Timing, Window } from './boundary.js';
export type { SourceDocument } from './documents.js';
export { AnswerletError, type ErrorCode } from './errors.js';
export type { CustomFetch } from './fetching.js';
export type { AskProgress, LoadProgress } from './protocol.js';
export type { Variant } from './support.js';
