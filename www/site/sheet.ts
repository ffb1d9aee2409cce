import { byId, make } from './dom.js';
import { count, wordCount } from './words.js';

export interface SheetEvents {
  /** The text that questions are asked of has become another one. */
  changed: () => void;
}

/** The sheet of paper: the text that is read, with the answer's place marked, or an editor for it. */
export class Sheet {
  readonly #demo: { title: string; passage: string };
  readonly #events: SheetEvents;
  readonly #title = byId('sheet-title', HTMLElement);
  readonly #size = byId('sheet-size', HTMLElement);
  readonly #passage = byId('passage', HTMLElement);
  readonly #editor = byId('editor', HTMLElement);
  readonly #field = byId('passage-edit', HTMLTextAreaElement);
  readonly #edit = byId('edit', HTMLButtonElement);
  readonly #own = byId('own', HTMLButtonElement);
  readonly #reset = byId('reset', HTMLButtonElement);
  #text: string;
  #isDemo = true;
  #editing = false;
  /** Whether the editor was opened for the visitor's own text rather than to change the present one. */
  #replacing = false;

  constructor(demo: { title: string; passage: string }, events: SheetEvents) {
    this.#demo = demo;
    this.#events = events;
    this.#text = demo.passage;
    this.#edit.addEventListener('click', () => this.#open(false));
    this.#own.addEventListener('click', () => this.#open(true));
    this.#reset.addEventListener('click', () => this.#use(demo.passage, true));
    byId('done', HTMLButtonElement).addEventListener('click', () => {
      this.commit();
      this.#passage.focus({ preventScroll: true });
    });
    byId('cancel', HTMLButtonElement).addEventListener('click', () => {
      this.#close();
      this.#edit.focus();
    });
    this.#show();
  }

  get text(): string {
    return this.#text;
  }

  /** The suggested questions fit the demo's page only, changed or not. */
  get isDemo(): boolean {
    return this.#isDemo;
  }

  /** Takes over what stands in the editor, where it is open: a question is asked of the text that the visitor sees. */
  commit(): void {
    if (this.#editing) this.#use(this.#field.value, this.#isDemo && !this.#replacing);
  }

  /** Marks `text.slice(start, end)` and returns the mark. */
  highlight(start: number, end: number): HTMLElement {
    const mark = make('mark', '', this.#text.slice(start, end));
    this.#passage.replaceChildren(this.#text.slice(0, start), mark, this.#text.slice(end));
    const overlap = mark.getBoundingClientRect().top - this.#passage.getBoundingClientRect().top;
    this.#passage.scrollTo({ top: this.#passage.scrollTop + overlap - this.#passage.clientHeight * 0.4 });
    return mark;
  }

  clearHighlight(): void {
    if (this.#passage.querySelector('mark')) this.#passage.textContent = this.#text;
  }

  #open(replacing: boolean): void {
    this.#replacing = replacing;
    this.#field.value = replacing ? '' : this.#text;
    this.#editing = true;
    this.#show();
    this.#field.focus();
    this.#field.setSelectionRange(0, 0);
    this.#field.scrollTop = 0;
  }

  #close(): void {
    this.#editing = false;
    this.#show();
  }

  #use(text: string, isDemo: boolean): void {
    const changed = text !== this.#text || isDemo !== this.#isDemo;
    this.#text = text;
    this.#isDemo = isDemo;
    this.#close();
    if (!changed) return;
    this.#passage.textContent = text;
    this.#passage.scrollTop = 0;
    this.#events.changed();
  }

  #show(): void {
    const words = wordCount(this.#text);
    this.#title.textContent = this.#isDemo ? this.#demo.title : 'Your text';
    this.#size.textContent = this.#editing
      ? 'Editing'
      : `${count(words)} ${words === 1 ? 'word' : 'words'}${this.#isDemo && this.#text !== this.#demo.passage ? ', edited' : ''}`;
    if (!this.#passage.hasChildNodes()) this.#passage.textContent = this.#text;
    this.#passage.hidden = this.#editing;
    this.#editor.hidden = !this.#editing;
    this.#edit.hidden = this.#own.hidden = this.#editing;
    this.#reset.hidden = this.#editing || (this.#isDemo && this.#text === this.#demo.passage);
  }
}
