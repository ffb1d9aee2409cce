// Made from the Rust types by `UPDATE_BOUNDARY=1 cargo test boundary`; a test keeps it current. Don't edit.

/**
 * One of the documents that a question is asked of.
 */
export type SourceDocument = { 
/**
 * Its answers carry it; no other document of the question has it.
 */
id: string, 
/**
 * Handed through to its answers.
 */
title?: string, 
/**
 * Handed through to its answers.
 */
url?: string, 
/**
 * What is read. Documents without any text are skipped.
 */
text: string, };

/**
 * How to read. Everything has a default.
 */
export type AskOptions = { 
/**
 * At most how many answers. Default 1.
 */
topK?: number, 
/**
 * Tokens of a window, question and special tokens included. Default 384, or what the model takes if that is less.
 */
maxSequenceLength?: number, 
/**
 * Tokens by which neighbouring windows overlap. Default 128, or half of what the question leaves of the
 * window if that is less; with `compat`, half the window.
 */
docStride?: number, 
/**
 * Tokens of the longest answer. Default 30; 15 with `compat`, as the pipeline's.
 */
maxAnswerLength?: number, 
/**
 * Least margin of a span's logits over the null's in its window. Default: the model's, else 0; none where
 * 'no answer' was not learned, since there the margin means little (an answer then needs a confidence of 0.05 in any case).
 * Not used with `compat`.
 */
threshold?: number, 
/**
 * The sentence that stands in the result when there is no answer.
 */
fallback?: string, 
/**
 * Ends a long read with what was found by then, in milliseconds.
 */
maxMilliseconds?: number, 
/**
 * Whether the result says what the reader saw: tokens, logits and probabilities of every window.
 */
scores?: boolean, 
/**
 * Reproduces another library, faults included. Not with documents.
 */
compat?: Compat, 
/**
 * With `compat`: whether 'no answer' is among the answers, with an empty text. Default false.
 */
handleImpossibleAnswer?: boolean, 
/**
 * With `compat`: whether answers are widened to whole words. Default true.
 */
alignToWords?: boolean, };

/**
 * Ask as another library does.
 */
export type Compat = "hf";

/**
 * The outcome of one question.
 */
export type AskResult = { 
/**
 * Whether the context answers the question, as far as the reader can tell.
 */
answered: boolean, 
/**
 * The best answers first; empty when there is none.
 */
answers: Array<Answer>, 
/**
 * The probability that the context holds no answer, as the pipeline gives it: of all windows the
 * least product of the probabilities that the answer starts and ends at `[CLS]`.
 */
nullScore: number, 
/**
 * The sentence to say when there is no answer; null when there is one.
 */
fallback: string | null, 
/**
 * Whether the whole context was read; false when `maxMilliseconds` ended the reading.
 */
complete: boolean, 
/**
 * What the reader saw, when `scores` was asked for.
 */
windows?: Array<Window>, 
/**
 * Where the time went.
 */
timing: Timing, };

/**
 * A verbatim piece of the context.
 */
export type Answer = { 
/**
 * `context.slice(start, end)`.
 */
text: string, 
/**
 * The product of the probabilities of its start and its end in its window.
 */
score: number, 
/**
 * Its share in the softmax over all spans of all windows and 'no answer'. Not calibrated.
 */
confidence: number, 
/**
 * Its first character.
 */
start: number, 
/**
 * Behind its last character.
 */
end: number, 
/**
 * Which document it is in, where documents were given: the offsets are into that one's text.
 */
documentId?: string, 
/**
 * That document's title, where it has one.
 */
title?: string, 
/**
 * Its URL, where it has one.
 */
url?: string, };

/**
 * One window as the reader saw it; the lists have one entry a token.
 */
export type Window = { 
/**
 * Which document it is of, where documents were given.
 */
documentId?: string, 
/**
 * The part of the context that it read.
 */
start: number, 
/**
 * Behind it.
 */
end: number, 
/**
 * The product of the probabilities that the answer starts and ends at `[CLS]`.
 */
nullScore: number, 
/**
 * As the vocabulary spells them.
 */
tokens: Array<string>, 
/**
 * Their ids in the vocabulary.
 */
inputIds: Array<number>, 
/**
 * Their segments, as the model was given them.
 */
tokenTypeIds: Array<number>, 
/**
 * 1 for special tokens, else 0.
 */
specialTokensMask: Array<number>, 
/**
 * All 1: windows are not padded.
 */
attentionMask: Array<number>, 
/**
 * 0 in the question, 1 in the context, null for special tokens.
 */
sequenceIds: Array<number | null>, 
/**
 * The place of each token in its text, by `sequenceIds`; [0, 0] for special tokens.
 */
offsets: Array<[number, number]>, 
/**
 * How well each token opens an answer.
 */
startLogits: Array<number>, 
/**
 * How well it closes one.
 */
endLogits: Array<number>, 
/**
 * Softmax over the context's tokens and `[CLS]`; 0 elsewhere.
 */
startProbabilities: Array<number>, 
/**
 * The same of the end logits.
 */
endProbabilities: Array<number>, };

/**
 * Where the time went, in milliseconds.
 */
export type Timing = { 
/**
 * Cutting question and context into tokens and windows.
 */
tokenizeMs: number, 
/**
 * In the encoder, all windows together.
 */
encodeMs: number, 
/**
 * Choosing the spans.
 */
decodeMs: number, 
/**
 * From the question to the result, waiting between the steps included.
 */
totalMs: number, };

/**
 * How far a reading is.
 */
export type ReadingProgress = { 
/**
 * Windows that have been read whole.
 */
windowsDone: number, 
/**
 * Windows that the context is cut into, all documents together.
 */
windowsTotal: number, 
/**
 * Whether there is nothing left to do but to finish.
 */
done: boolean, };

/**
 * The small files of a model.
 */
export type ModelFiles = { config: Uint8Array, tokenizer: TokenizerParts, manifest?: Uint8Array, noAnswer?: NoAnswer, precision?: Precision, };

/**
 * `tokenizer.json`, or `vocab.txt`, or `vocab.json` and `merges.txt`, the latter with `tokenizer_config.json`.
 */
export type TokenizerParts = { json: Uint8Array, } | { vocab: Uint8Array, merges?: Uint8Array, config?: Uint8Array, };

/**
 * Whether a checkpoint has learned to say that a text holds no answer: it was trained on
 * questions without one, with `[CLS]` taking the span's place (SQuAD 2.0).
 */
export type NoAnswer = "learned" | "none";

/**
 * What the encoder computes in.
 */
export type Precision = "auto" | "int8" | "f32";

/**
 * What a model is, for bug reports and for `answerlet inspect`.
 */
export type ModelInfo = { 
/**
 * Which of the three it is.
 */
architecture: Architecture, 
/**
 * Layers of the encoder.
 */
layers: number, 
/**
 * The width of the hidden states.
 */
hiddenSize: number, 
/**
 * Attention heads of a layer.
 */
heads: number, 
/**
 * The inner width of the feed-forward network.
 */
intermediateSize: number, 
/**
 * Rows of the word embeddings.
 */
vocabularySize: number, 
/**
 * Tokens that the tokenizer knows: as many, or fewer where the embeddings are padded.
 */
tokens: number, 
/**
 * The longest window, in tokens.
 */
maxPositions: number, 
/**
 * Numbers in the tensors that the reader uses.
 */
parameters: number, 
/**
 * How many of the tensors that the reader uses have which dtype in the file.
 */
dtypes: Record<string, number>, 
/**
 * Tensors of the file that it doesn't use: a pooler, another head.
 */
unusedTensors: Array<string>, 
/**
 * BCP 47 tag of the language that it reads, where `answerlet.json` says so.
 */
language: string | null, 
/**
 * How its weights are quantised, where `answerlet.json` says so.
 */
quantisation: string | null, 
/**
 * What it computes in: int8 or f32.
 */
precision: "int8" | "f32", 
/**
 * Whether it has learned 'no answer'.
 */
noAnswer: NoAnswer, 
/**
 * Least margin of an answer, where 'no answer' was learned.
 */
threshold: number, };

/**
 * A reader's architecture.
 */
export type Architecture = "bert" | "roberta" | "distilbert";

/**
 * An error as it is thrown at TypeScript.
 */
export type ErrorData = { code: string, message: string, file?: string, argument?: string, };
