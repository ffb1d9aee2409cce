/** What `ask` is given to read: one text, or several documents. */
import type { AskResult, SourceDocument as Sent } from './boundary.js';
import { check } from './errors.js';

/** One of the documents that a question is asked of. */
export interface SourceDocument {
  /** Its answers carry it as `documentId`; no other document of the question has it. */
  id: string;
  /** Handed through to its answers, as `url` is. */
  title?: string | undefined;
  url?: string | undefined;
  /** What is read. A document without text is skipped. */
  text: string;
}

/** The context as it crosses to the worker: a copy of just what is known, so that nothing else has to be cloneable. */
export function contextOf(given: unknown): string | Sent[] {
  if (typeof given === 'string') return given;
  check(Array.isArray(given), 'context', 'must be a string or an array of documents');
  // `from`, since `map` skips holes.
  return Array.from(given as unknown[], (document, index) => documentOf(document, `context[${index}]`));
}

function documentOf(given: unknown, argument: string): Sent {
  check(typeof given === 'object' && given !== null, argument, 'must be a document: an object with id and text');
  const { id, title, url, text } = given as Record<string, unknown>;
  const string = (value: unknown, name: string): string => {
    check(typeof value === 'string', `${argument}.${name}`, 'must be a string');
    return value;
  };
  return {
    id: string(id, 'id'),
    ...(title !== undefined && title !== null && { title: string(title, 'title') }),
    ...(url !== undefined && url !== null && { url: string(url, 'url') }),
    text: string(text, 'text'),
  };
}

/** Puts the source's own strings into the result: the engine reads U+FFFD for a lone surrogate. */
export function restore(result: AskResult, context: string | Sent[]): void {
  if (typeof context === 'string') {
    for (const answer of result.answers) answer.text = context.slice(answer.start, answer.end);
    return;
  }
  const documents = new Map(context.map((document) => [document.id.replace(/\p{Surrogate}/gu, '\ufffd'), document]));
  for (const answer of result.answers) {
    const document = documents.get(answer.documentId ?? '');
    if (!document) continue;
    const { id, text, ...about } = document;
    Object.assign(answer, { documentId: id, ...about, text: text.slice(answer.start, answer.end) });
  }
  for (const window of result.windows ?? []) {
    const document = documents.get(window.documentId ?? '');
    if (document) window.documentId = document.id;
  }
}
