import { make, makeButton } from './dom.js';
import { fill, type Texts } from './texts.js';

/** A place in a text, ready to be shown: the words, what stands around them in their sentence, and where to see them. */
export interface Passage {
  before: string;
  text: string;
  after: string;
  /** The text's language, for screen readers and hyphens. */
  language: string | undefined;
  title: string | undefined;
  /** To another page. */
  link: URL | undefined;
  /** In this page; false where the place is gone. */
  show: (() => boolean) | undefined;
}

/** One question in the log, and what became of it. */
export class Exchange {
  readonly element: HTMLLIElement;
  readonly question: string;
  readonly #texts: Texts;
  readonly #body = make('div', { part: 'answer', class: 'exchange' });

  constructor(question: string, texts: Texts) {
    this.question = question;
    this.#texts = texts;
    const asked = make('p', { part: 'question', class: 'asked' }, make('span', { class: 'unseen' }, `${texts.youAsked} `), make('bdi', {}, question));
    this.element = make('li', { part: 'exchange', class: 'exchange' }, asked, this.#body);
  }

  /** Waiting for the model, or being read, until told otherwise. */
  busy(words: string, stop: () => void): void {
    const state = this.#body.querySelector('.busy');
    // In place, so that the button under a visitor's finger stays.
    if (state) state.textContent = words;
    else this.#show('busy', make('div', { class: 'row whole' }, make('p', { part: 'state', class: 'state busy' }, words), makeButton('quiet', 'stop-button', this.#texts.stop, stop)));
  }

  answered(passage: Passage): void {
    const text = make('p', { part: 'answer-text', class: 'answer-text', ...wording(passage) }, passage.text);
    this.#show('answered', text, this.#sentence(passage, true), this.#source(passage));
  }

  unanswered(words: string, contact: HTMLElement): void {
    this.#show('unanswered', make('p', { part: 'no-answer' }, words), contact);
  }

  /** What a search has found: said not to be an answer. */
  found(passages: readonly Passage[], contact: HTMLElement): void {
    if (passages.length === 0) {
      this.#show('search', make('p', { part: 'no-answer' }, this.#texts.noResults), contact);
      return;
    }
    const results = passages.map((passage) => make('li', { part: 'result', class: 'exchange' }, this.#sentence(passage, false), this.#source(passage)));
    this.#show('search', make('p', { part: 'state', class: 'state' }, this.#texts.results), make('ul', { class: 'results' }, ...results));
  }

  failed(words: string, again?: () => void): void {
    const retry = again ? [makeButton('quiet', 'retry-button', this.#texts.askAgain, again)] : [];
    this.#show('failed', make('p', { part: 'error', class: 'failure' }, words), ...retry);
  }

  stopped(again: () => void): void {
    this.#show('stopped', make('div', { class: 'row whole' }, make('p', { part: 'state', class: 'state' }, this.#texts.stopped), makeButton('quiet', 'retry-button', this.#texts.askAgain, again)));
  }

  #show(state: string, ...children: HTMLElement[]): void {
    this.element.dataset['state'] = state;
    this.#body.replaceChildren(...children);
  }

  #sentence(passage: Passage, marked: boolean): HTMLElement {
    const words = marked ? [make('mark', { part: 'mark' }, passage.text)] : [passage.text];
    return make('blockquote', { part: 'sentence', class: 'sentence', ...wording(passage) }, passage.before, ...words, passage.after);
  }

  #source({ title, link, show }: Passage): HTMLElement {
    const { fromSource, showInPage, moved } = this.#texts;
    const line = make('div', { part: 'source', class: 'source' });
    if (title || link) {
      const name = title || link?.pathname || '';
      const shown = link ? make('a', { part: 'source-link', class: 'link', href: link.href }, name) : make('span', { part: 'source-title' }, name);
      line.append(make('p', { dir: 'auto' }, `${fromSource} `, shown));
    }
    if (show) {
      const button = makeButton('quiet', 'show-button', showInPage, () => {
        if (!show()) button.replaceWith(make('p', { part: 'state', class: 'state', role: 'status' }, moved));
      });
      line.append(button);
    }
    return line;
  }
}

/** Marks words of a page: in its language, in their own direction. */
function wording({ language }: Passage): Record<string, string> {
  return { dir: 'auto', ...(language !== undefined && { lang: language }) };
}

/** How far a reading has come. */
export function readingWords({ reading, readingPart }: Texts, { windowsDone, windowsTotal }: { windowsDone: number; windowsTotal: number }): string {
  return windowsTotal > 1 ? fill(readingPart, { done: Math.min(windowsDone + 1, windowsTotal), total: windowsTotal }) : reading;
}
