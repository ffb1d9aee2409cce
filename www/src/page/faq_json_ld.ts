import { extract } from './extract.js';
import { parseHtml } from './parse.js';

export interface QuestionAndAnswer {
  question: string;
  answer: string;
}

/** Deeper than any page nests its data. */
const DEPTH = 12;

/** The questions and answers that a document states for machines, as schema.org's `FAQPage` in JSON-LD; as text. */
export function faqOf(document: Document): QuestionAndAnswer[] {
  const found: QuestionAndAnswer[] = [];
  for (const script of document.querySelectorAll('script[type="application/ld+json" i]')) {
    try {
      collect(JSON.parse(script.textContent ?? ''), false, found, DEPTH);
    } catch {
      // Data that no machine can read is none.
    }
  }
  return found;
}

function collect(value: unknown, inFaq: boolean, found: QuestionAndAnswer[], depth: number): void {
  if (typeof value !== 'object' || value === null || depth === 0) return;
  if (Array.isArray(value)) {
    for (const each of value) collect(each, inFaq, found, depth - 1);
    return;
  }
  const object = value as Record<string, unknown>;
  if (inFaq && isA(object, 'Question')) {
    const question = text(object['name']);
    const answer = list(object['acceptedAnswer']).map((given) => text((given as { text?: unknown } | null)?.text)).filter(Boolean).join('\n');
    if (question && answer) found.push({ question, answer });
    return;
  }
  const faq = inFaq || isA(object, 'FAQPage');
  for (const each of Object.values(object)) collect(each, faq, found, depth - 1);
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

const isA = (object: Record<string, unknown>, type: string): boolean =>
  list(object['@type']).some((name) => typeof name === 'string' && name.replace(/^(https?:\/\/schema\.org\/|schema:)/, '') === type);

function text(value: unknown): string {
  if (typeof value !== 'string') return '';
  if (!/<[a-z/!]|&(#\d+|#x[\da-f]+|[a-z]+\d*);/i.test(value)) return tidy(value);
  try {
    return extract([parseHtml(value).body]).text;
  } catch {
    // The page's Trusted Types let nothing be parsed.
    return tidy(value.replace(/<(script|style)\b[^]*?<\/\1>|<[^>]*>/gi, ' ').replace(/&(amp|lt|gt|quot|nbsp|#39);/g, (whole, name: string) => ENTITIES[name] ?? whole));
  }
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ', '#39': "'" };

const tidy = (value: string): string => value.replace(/[ \t\f\r]+/g, ' ').replace(/ ?\n ?/g, '\n').trim();

/** The questions and answers as text; without those that the visible text holds already, however it marks and breaks them. */
export function faqText(faq: readonly QuestionAndAnswer[], visible: string): string {
  if (faq.length === 0) return '';
  const there = letters(visible);
  const hidden = faq.filter(({ question, answer }) => !(there.includes(letters(question)) && there.includes(letters(answer))));
  return hidden.map(({ question, answer }) => `${question}\n${answer}`).join('\n\n');
}

const letters = (value: string): string => value.normalize('NFKC').toLowerCase().replace(/[^\p{L}\p{N}\p{M}]+/gu, '');
