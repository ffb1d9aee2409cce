import type { SourceDocument } from '../index.js';
import { PageText, sentenceAt, showInPage, textOf, TextSearch } from '../page/index.js';
import { closestAttribute, safeUrl } from './dom.js';
import type { Passage } from './exchange.js';

/** What there is to read, at one time. */
export interface Sources {
  documents: readonly SourceDocument[];
  /** A plain search over the same texts. */
  search: TextSearch;
  /** Addresses of pages that could not be read. */
  missing: readonly string[];
  passage(place: { documentId?: string; start: number; end: number }): Passage | undefined;
}

interface Page extends SourceDocument {
  title: string;
  url: string;
  language: string | undefined;
}

/** Other pages of the site, by address: read once a visit, whatever number of elements wants them. */
const otherPages = new Map<string, Promise<Page | undefined>>();

/** The texts that an element answers from: parts of this page, and other pages of the site. */
export class SourceReader {
  readonly #host: HTMLElement;
  readonly #selector: string | null;
  readonly #src: readonly string[];
  readonly #observer: MutationObserver;
  /** This page's text, until the page changes. */
  #here: { page: Page; text: PageText } | undefined;
  #last: Sources | undefined;

  /**
   * @param selector What of this page; null is its main part, and an empty one nothing.
   * @param src Addresses of other pages, separated by white space.
   */
  constructor(host: HTMLElement, selector: string | null, src: string | null) {
    this.#host = host;
    this.#selector = selector;
    this.#src = addresses(src ?? '');
    this.#observer = new MutationObserver((records) => {
      if (records.some(({ target }) => !host.contains(target))) this.#here = undefined;
    });
  }

  /** The language of what is read in this page. */
  get language(): string | undefined {
    const [first] = this.#roots();
    return (this.#host.lang || closestAttribute(first ?? this.#host, 'lang')) || undefined;
  }

  async read(): Promise<Sources> {
    const here = this.#readHere();
    const elsewhere = this.#src.filter((url) => url !== here?.page.url);
    const others = await Promise.all(elsewhere.map(readOther));
    const pages = [...(here ? [here.page] : []), ...others.filter((page) => page !== undefined)].filter(({ text }) => text.trim() !== '');
    const missing = elsewhere.filter((_, index) => others[index] === undefined);
    const before = this.#last;
    if (before && before.documents.length === pages.length && pages.every((page, index) => page === before.documents[index])) return (this.#last = { ...before, missing });
    return (this.#last = sourcesOf(pages, here, missing));
  }

  close(): void {
    this.#observer.disconnect();
    this.#here = undefined;
  }

  #readHere(): { page: Page; text: PageText } | undefined {
    const url = withoutHash(location.href);
    if (this.#here && this.#here.page.url === url) return this.#here;
    this.#observer.observe(document.documentElement, { subtree: true, childList: true, characterData: true, attributes: true });
    if (this.#roots().length === 0) return undefined;
    const text = new PageText(() => this.#roots());
    this.#here = { page: { id: url, title: document.title, url, text: text.text, language: this.language }, text };
    return this.#here;
  }

  #roots(): Element[] {
    if (this.#selector === null) return [document.querySelector('main') ?? document.body];
    if (this.#selector.trim() === '') return [];
    try {
      return [...document.querySelectorAll(this.#selector)];
    } catch {
      console.warn(`answerlet-chat: source is no CSS selector: ${this.#selector}`);
      return [];
    }
  }
}

function sourcesOf(pages: readonly Page[], here: { page: Page; text: PageText } | undefined, missing: readonly string[]): Sources {
  const passage: Sources['passage'] = ({ documentId, start, end }) => {
    const page = pages.find(({ id }) => id === documentId);
    if (!page) return undefined;
    const around = sentenceAt(page.text, start, end);
    const isHere = page === here?.page;
    const url = safeUrl(page.url);
    if (url && !isHere) url.hash = textFragment(page.text.slice(start, end));
    return {
      before: page.text.slice(around.start, start),
      text: page.text.slice(start, end),
      after: page.text.slice(end, around.end),
      language: page.language,
      title: isHere && pages.length === 1 ? undefined : page.title,
      link: isHere ? undefined : url,
      show: isHere && here.text.toRange(start, end) ? () => showPlace(here.text.toRange(start, end)) : undefined,
    };
  };
  return { documents: pages, search: new TextSearch(pages), missing, passage };
}

function showPlace(range: Range | null): boolean {
  if (!range) return false;
  showInPage(range);
  return true;
}

/** Where browsers scroll to and mark on the other page. */
function textFragment(text: string): string {
  const encode = (words: string): string => encodeURIComponent(words).replaceAll('-', '%2D');
  const words = text.split(/\s+/).filter((word) => word !== '');
  return words.length < 10 ? `:~:text=${encode(words.join(' '))}` : `:~:text=${encode(words.slice(0, 5).join(' '))},${encode(words.slice(-5).join(' '))}`;
}

function withoutHash(url: string): string {
  const parsed = new URL(url, document.baseURI);
  parsed.hash = '';
  return parsed.href;
}

/** Of this site only: a page must not be made to ask another one. */
function addresses(src: string): string[] {
  const urls = new Set<string>();
  for (const address of src.split(/\s+/)) {
    if (address === '') continue;
    const url = safeUrl(address);
    if (url?.origin === location.origin) urls.add(withoutHash(url.href));
    else console.warn(`answerlet-chat: src names ${address}, which is not of this site's origin: it is not read`);
  }
  return [...urls];
}

function readOther(url: string): Promise<Page | undefined> {
  const known = otherPages.get(url);
  if (known) return known;
  const reading = fetchDocument(url).then((page) => {
    if (!page) return undefined;
    const { title, text } = textOf(page);
    return { id: url, title: title || new URL(url).pathname, url, text, language: page.documentElement.lang || undefined };
  });
  otherPages.set(url, reading);
  // A page that failed is asked for again with the next question.
  void reading.then((page) => page ?? otherPages.delete(url));
  return reading;
}

/** Parsed by the request itself: under Trusted Types, no page may parse a string. Nothing in it runs or loads. */
function fetchDocument(url: string): Promise<Document | undefined> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('GET', url);
    request.responseType = 'document';
    request.timeout = 30_000;
    request.onloadend = () => {
      const ok = request.status >= 200 && request.status < 300 && request.response instanceof Document;
      if (!ok) console.warn(`answerlet-chat: ${url} could not be read (${request.status || 'no response'})`);
      resolve(ok ? (request.response as Document) : undefined);
    };
    request.send();
  });
}
