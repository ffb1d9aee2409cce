/** Extractive question answering in the browser. Nothing happens on import, in Node neither. */
export { Answerlet } from './api.js';
export type { AskInput, AskSettings, FileInput, Info, LoadOptions, ModelInput, TokenizerInput, TrustedScriptUrl } from './api.js';
export type { Answer, AskOptions, AskResult, ModelInfo, NoAnswer, Precision, Timing, Window } from './boundary.js';
export type { SourceDocument } from './documents.js';
export { AnswerletError, type ErrorCode } from './errors.js';
export type { CustomFetch } from './fetching.js';
export { registerOffline } from './offline.js';
export type { AskProgress, Lack, LoadProgress } from './protocol.js';
export type { StorageUse } from './store/origin.js';
export type { Variant } from './support.js';
