import { extract, type Extracted } from './extract.js';
import { faqOf, faqText } from './faq_json_ld.js';
import { rangeOf } from './ranges.js';

/** Elements, or what finds them anew: an app may put others in their place. */
export type Roots = readonly Element[] | (() => readonly Element[]);

export const rootsOf = (roots: Roots): readonly Element[] => (typeof roots === 'function' ? roots() : roots);

/**
 * The text of some elements of the page, as a reader sees it. What isn't shown, scripts, navigation and form controls are out; what is in
 * a closed `<details>`, and open shadow roots, are in.
 *
 * Every run of white space is one space, save in `<pre>`. Blocks are parted by a blank line; items of lists and rows of tables by a line
 * break, and the cells of a row by ", " (in wide tables with the header of the column: "Monday, Sales: 9–18, Service: 8–17"). At the end follow questions and answers that the document states in JSON-LD alone (schema.org's
 * `FAQPage`).
 */
export class PageText {
  /** The text. It stays as it was read. */
  readonly text: string;
  readonly #roots: Roots;
  #source: Extracted;

  constructor(roots: Roots) {
    this.#roots = roots;
    const elements = rootsOf(roots);
    this.#source = extract(elements);
    this.text = withFaq(this.#source.text, elements[0]?.ownerDocument);
  }

  /**
   * The stretch of the page that holds `text.slice(start, end)`: the same text, once white space is one space and separators are put
   * between blocks and cells. A separator at an end of the slice is left out. Null where the page has changed there, and for text from JSON-LD.
   */
  toRange(start: number, end: number): Range | null {
    if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start < end && end <= this.#source.text.length)) return null;
    return rangeOf(this.#source, start, end) ?? (this.#reread() ? rangeOf(this.#source, start, end) : null);
  }

  /** Finds the same text in the page of now, where an app has put it into other nodes. */
  #reread(): boolean {
    const now = extract(rootsOf(this.#roots));
    const same = now.text === this.#source.text;
    if (same) this.#source = now;
    return same;
  }
}

/**
 * The title and the text of a document, for one that was fetched and parsed; the text as {@link PageText} has it. `selector` says which
 * elements; without it, it is the main element or else the body.
 */
export function textOf(document: Document, selector?: string): { title: string; text: string } {
  const main = (): Element => document.querySelector('main, [role=main]') ?? document.body;
  const roots = selector === undefined ? [main()] : [...document.querySelectorAll(selector)];
  const title = document.title || extract([...document.querySelectorAll('h1')].slice(0, 1)).text;
  return { title: title.replace(/\s+/g, ' ').trim(), text: withFaq(extract(roots).text, document) };
}

function withFaq(visible: string, document: Document | undefined): string {
  const faq = document ? faqText(faqOf(document), visible) : '';
  return visible && faq ? `${visible}\n\n${faq}` : visible || faq;
}
