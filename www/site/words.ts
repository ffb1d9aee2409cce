const plain = new Intl.NumberFormat('en');
const tenth = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export const count = (value: number): string => plain.format(value);

export const megabytes = (bytes: number): string => tenth.format(bytes / 1e6);

export function duration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.max(1, Math.round(milliseconds))}\u00a0ms`;
  if (milliseconds < 59_950) return `${tenth.format(milliseconds / 1000)}\u00a0s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A probability, never rounded up to a certainty that the model doesn't claim. */
export function percent(probability: number): string {
  const value = probability * 100;
  if (value < 1) return 'under 1%';
  if (value > 99) return 'over 99%';
  return `${Math.round(value)}%`;
}

export const wordCount = (text: string): number => text.match(/\S+/g)?.length ?? 0;

/** What a visitor can do about an error, by the library's stable code. The library's own message is shown under it. */
const errorWords: Readonly<Record<string, string>> = {
  question_empty: 'Please type a question first.',
  question_too_long: 'That question is too long for the model. Please shorten it.',
  context_empty: 'There is no text to read. Paste some, or go back to the demo.',
  unsupported: 'This browser can’t run the model: it lacks WebAssembly SIMD or module workers.',
  network: 'The model could not be downloaded. Check the connection and try again.',
  file_missing: 'A file of the model is missing on this site.',
  file_html: 'The site sent a web page in place of a file of the model.',
  cross_origin: 'The page’s worker lies on another site, which browsers don’t run.',
  runtime_failed: 'The WebAssembly part of the page could not be started.',
  worker_failed: 'The page’s worker could not be started.',
  engine_crashed: 'The reader stopped unexpectedly. Load it again to go on.',
  disposed: 'The reader has been closed. Load it again to go on.',
};

export const errorSentence = (code: string): string =>
  errorWords[code] ?? (/^(config|tokenizer|vocabulary|weights|tensor|manifest|architecture)_/.test(code)
    ? 'The model’s files can’t be used.'
    : 'Something went wrong.');

/** After these the loaded reader is gone, or never came to be, and only another load helps. */
const answerable = new Set(['question_empty', 'question_too_long', 'context_empty', 'argument_invalid']);
export const needsLoad = (code: string): boolean => !answerable.has(code);
