/** All that the chat says of itself. Words in braces are put in. */
export interface Texts {
  /** The language of these texts, for screen readers and numbers. */
  language: string;
  /** Their direction. Default: that of the page. */
  direction?: 'ltr' | 'rtl' | undefined;
  /** On the bubble, and of the panel as a whole. */
  label: string;
  heading: string;
  intro: string;
  close: string;
  question: string;
  placeholder: string;
  ask: string;
  suggestions: string;
  log: string;
  youAsked: string;
  /** Of the model. `{size}` is in megabytes, with its unit. */
  preparing: string;
  starting: string;
  loading: string;
  loadingSize: string;
  progress: string;
  refuse: string;
  offer: string;
  offerSize: string;
  saveData: string;
  otherLanguage: string;
  agree: string;
  agreeSize: string;
  refused: string;
  failed: string;
  retry: string;
  waiting: string;
  reading: string;
  readingPart: string;
  stop: string;
  stopped: string;
  fromSource: string;
  showInPage: string;
  moved: string;
  noAnswer: string;
  noText: string;
  results: string;
  noResults: string;
  pagesMissing: string;
  askAgain: string;
  /** By the code of an AnswerletError; `default` for the others. */
  errors: Readonly<Record<string, string>>;
}

export type TextOverrides = Partial<Texts>;

const ENGLISH: Texts = {
  language: 'en',
  label: 'Ask this page',
  heading: 'Ask this page',
  intro: 'Ask a question. The answer is a piece of the text, word for word, found in your browser: your question is sent nowhere.',
  close: 'Close',
  question: 'Your question',
  placeholder: 'Type a question',
  ask: 'Ask',
  suggestions: 'Suggested questions',
  log: 'Questions and answers',
  youAsked: 'You asked:',
  preparing: 'Getting ready…',
  starting: 'Starting the language model…',
  loading: 'Downloading the language model, once.',
  loadingSize: 'Downloading the language model, once: {size}.',
  progress: '{loaded} of {total}',
  refuse: 'Don’t download',
  offer: 'Answers need a language model, which is downloaded once.',
  offerSize: 'Answers need a language model, which is downloaded once: {size}.',
  saveData: 'Your browser is set to save data, so nothing has been downloaded yet.',
  otherLanguage: 'This page is in {page}, but the language model reads {model} only. Its answers may be wrong here.',
  agree: 'Download',
  agreeSize: 'Download {size}',
  refused: 'Without the language model, your words are searched for in the text.',
  failed: 'Meanwhile, your words are searched for in the text.',
  retry: 'Try again',
  waiting: 'Your question waits for the language model.',
  reading: 'Reading…',
  readingPart: 'Reading part {done} of {total}…',
  stop: 'Stop',
  stopped: 'Stopped.',
  fromSource: 'From:',
  showInPage: 'Show in page',
  moved: 'The page has changed: this place is no longer there.',
  noAnswer: 'I can’t find an answer to that here. Could you put the question another way?',
  noText: 'There is no text here to answer from.',
  results: 'Search results: text with these words. These are not answers.',
  noResults: 'No text with these words was found.',
  pagesMissing: 'Some pages could not be read: {pages}',
  askAgain: 'Ask again',
  errors: {
    default: 'Something went wrong.',
    question_too_long: 'That question is too long. Please shorten it.',
    unsupported: 'This browser can’t run the language model.',
    network: 'The language model could not be downloaded. Please check your connection.',
    file_missing: 'A file of the language model is missing on this site.',
    file_html: 'The site sent a web page in place of the language model.',
    runtime_failed: 'The language model could not be started.',
    worker_failed: 'The language model could not be started.',
    cross_origin: 'This chat isn’t set up right.',
    engine_crashed: 'The language model stopped unexpectedly.',
    argument_invalid: 'This chat isn’t set up right.',
  },
};

/** The English texts, with some replaced. */
export function textsWith(overrides: TextOverrides | undefined): Texts {
  return { ...ENGLISH, ...overrides, errors: { ...ENGLISH.errors, ...overrides?.errors } };
}

/** Puts values into a text's braces. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (braces, name: string) => String(values[name] ?? braces));
}

/** A size for people. */
export function megabytes(bytes: number, { language }: Texts, digits = 0): string {
  const format = new Intl.NumberFormat(language, { style: 'unit', unit: 'megabyte', minimumFractionDigits: digits, maximumFractionDigits: digits });
  // The unit stays in the number's line.
  return format.format(Math.max(bytes / 1e6, digits ? 0 : 1)).replaceAll(' ', '\u00a0');
}

/** A language's name in the texts' own. */
export function languageName(tag: string, { language }: Texts): string {
  try {
    return new Intl.DisplayNames([language], { type: 'language' }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
