import { wordsOf } from './words.js';
import { sentencesOf, type Span } from './sentence.js';

/** A text to search, with a name to find it by. */
export interface SearchDocument {
  id: string;
  title?: string | undefined;
  url?: string | undefined;
  text: string;
}

/** A sentence that holds words of the query. */
export interface SearchHit extends Span {
  /** The `id` of its document, with that document's `title` and `url`. */
  documentId: string;
  title?: string;
  url?: string;
  /** `text.slice(start, end)` of the document: the sentence; a question or a heading together with the sentence after it. */
  sentence: string;
  /** How well it fits, to compare with other hits of the same search. */
  score: number;
}

interface Sentence extends Span {
  document: number;
  words: number;
}

/** A sentence, by its index. */
interface Ranked {
  at: number;
  score: number;
}

/** The sentences that hold a word, and how often. */
type Postings = Map<number, number>;

/** BM25: how soon more of the same word counts no more, and how much a sentence's length does. */
const K1 = 1.2;
const B = 0.5;
/** What words count that only the sentence before has: a heading, or the question that this one answers. And those of the document's title. */
const BEFORE = 0.3;
const TITLE = 0.2;
/** The shortest words that count as the beginning of another. */
const SHORTEST_PREFIX = 3;
const SHORTEST_STEM = 4;

const STOP_WORDS = new Set(
  ('a about am an and any are as at be by can could do does for from has have how i if in is it its may me my of on or our shall should so ' +
    'than that the their them there these they this to us was we were what when where which who whom whose why will with would you your').split(' '),
);

/**
 * Plain word search over some texts, without a model. Case and accents don't matter, and a word is found by its beginning.
 * The index is made at the first search.
 */
export class TextSearch {
  readonly #documents: readonly SearchDocument[];
  #index: Index | undefined;

  constructor(documents: readonly SearchDocument[]) {
    this.#documents = documents;
  }

  /** The sentences that fit the query best, the best first. */
  search(query: string, limit = 5): SearchHit[] {
    this.#index ??= new Index(this.#documents);
    const index = this.#index;
    return index.find(query, limit).map(({ at, score }) => {
      const { document, start, end } = index.withNext(at);
      const { id, title, url, text } = this.#documents[document]!;
      return { documentId: id, ...(title !== undefined && { title }), ...(url !== undefined && { url }), start, end, sentence: text.slice(start, end), score };
    });
  }
}

class Index {
  readonly #documents: readonly SearchDocument[];
  readonly #sentences: Sentence[] = [];
  readonly #words = new Map<string, Postings>();
  readonly #sorted: string[];
  readonly #titles: Set<string>[];
  readonly #meanWords: number;

  constructor(documents: readonly SearchDocument[]) {
    this.#documents = documents;
    this.#titles = documents.map(({ title }) => new Set(wordsOf(title ?? '')));
    let total = 0;
    for (const [document, { text }] of documents.entries()) {
      for (const { start, end } of sentencesOf(text)) {
        const words = wordsOf(text.slice(start, end));
        const at = this.#sentences.push({ document, start, end, words: words.length }) - 1;
        for (const word of words) {
          let postings = this.#words.get(word);
          if (!postings) this.#words.set(word, (postings = new Map()));
          postings.set(at, (postings.get(at) ?? 0) + 1);
        }
        total += words.length;
      }
    }
    this.#sorted = [...this.#words.keys()].sort();
    this.#meanWords = total / this.#sentences.length || 1;
  }

  find(query: string, limit: number): Ranked[] {
    const asked = [...new Set(wordsOf(query))];
    const telling = asked.filter((word) => !STOP_WORDS.has(word));
    const words = telling.length > 0 ? telling : asked;
    /** What each word of the query adds to a sentence. */
    const matched = new Map<number, Map<string, number>>();
    for (const word of words) {
      for (const [at, score] of this.#scores(word)) matched.set(at, (matched.get(at) ?? new Map()).set(word, score));
    }
    const hits = [...matched].map(([at, own]) => {
      const { document } = this.#sentences[at]!;
      const before = this.#sentences[at - 1]?.document === document ? matched.get(at - 1) : undefined;
      let score = 0;
      for (const word of words) score += own.get(word) ?? BEFORE * (before?.get(word) ?? 0);
      const covered = words.filter((word) => own.has(word) || before?.has(word)).length / words.length;
      const inTitle = words.filter((word) => this.#titles[document]!.has(word)).length / words.length;
      return { at, score: score * (0.5 + 0.5 * covered) * (1 + TITLE * inTitle) };
    });
    hits.sort((a, b) => b.score - a.score || a.at - b.at);
    return this.#distinct(hits, limit);
  }

  /** Without what a better hit shows already, as the second of two. */
  #distinct(hits: Ranked[], limit: number): Ranked[] {
    const kept: Ranked[] = [];
    const shown = new Set<number>();
    for (const hit of hits) {
      if (kept.length >= limit) break;
      const { at } = hit;
      const sentences = this.withNext(at).end > this.#sentences[at]!.end ? [at, at + 1] : [at];
      if (sentences.some((sentence) => shown.has(sentence))) continue;
      kept.push(hit);
      for (const sentence of sentences) shown.add(sentence);
    }
    return kept;
  }

  /** A question with the sentence after it, and so a heading: a block of its own without a stop. */
  withNext(at: number): Sentence {
    const sentence = this.#sentences[at]!;
    const next = this.#sentences[at + 1];
    const { text } = this.#documents[sentence.document]!;
    if (next?.document !== sentence.document) return sentence;
    const own = text.slice(sentence.start, sentence.end);
    const alone = (sentence.start === 0 || text[sentence.start - 1] === '\n') && text.startsWith('\n\n', sentence.end);
    const leads = /[?？؟]$/.test(own) || (alone && !/\p{Sentence_Terminal}["'”’»)\]]*$/u.test(own));
    return leads ? { ...sentence, end: next.end } : sentence;
  }

  /** What a word of the query adds to the sentences: of the words that it finds in one, the best counts. */
  #scores(word: string): Map<number, number> {
    const scores = new Map<number, number>();
    for (const [found, weight] of this.#alike(word)) {
      const postings = this.#words.get(found)!;
      const rare = Math.log(1 + (this.#sentences.length - postings.size + 0.5) / (postings.size + 0.5));
      for (const [at, count] of postings) {
        // One shorter than the mean is no better for it: headings are short, and say little.
        const length = 1 - B + B * Math.max(1, this.#sentences[at]!.words / this.#meanWords);
        const score = (weight * rare * count * (K1 + 1)) / (count + K1 * length);
        if (score > (scores.get(at) ?? 0)) scores.set(at, score);
      }
    }
    return scores;
  }

  /** The word itself, words that begin with it, and words that it begins with; with how alike they are. */
  *#alike(word: string): Generator<[string, number]> {
    if (this.#words.has(word)) yield [word, 1];
    if (word.length >= SHORTEST_PREFIX) {
      for (let at = this.#firstAfter(word); this.#sorted[at]?.startsWith(word); at += 1) yield [this.#sorted[at]!, alike(word, this.#sorted[at]!)];
    }
    for (let length = word.length - 1; length >= SHORTEST_STEM; length -= 1) {
      const stem = word.slice(0, length);
      if (this.#words.has(stem)) yield [stem, alike(stem, word)];
    }
  }

  #firstAfter(word: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]! <= word) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** A word that is found by a part of it counts less than the word itself. */
const alike = (part: string, whole: string): number => (0.9 * part.length) / whole.length;
