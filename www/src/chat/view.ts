import { Announcer } from './announcer.js';
import { icon, make, makeButton } from './dom.js';
import type { Exchange } from './exchange.js';
import { Notes, type NoteActions } from './notes.js';
import { styleSheet } from './style.js';
import type { Texts } from './texts.js';

export interface ViewActions extends NoteActions {
  toggle(): void;
  /** Gives whether there was something to close. */
  close(): boolean;
  ask(question: string): void;
  /** The visitor has come to an inline chat. */
  entered(): void;
  /** The page has put in other suggestions. */
  slotted(suggestions: string[]): void;
}

const SPEECH = 'M4 5h16v11H10l-5 4v-4H4zM8 9h8M8 12h5';
const CROSS = 'M6 6l12 12M18 6L6 18';

/** The element's shadow tree. */
export class View {
  readonly announcer = new Announcer();
  readonly notes: Notes;
  /** Where the page's own contact stands; there is one, so it goes with the newest question without an answer. */
  readonly contact = make('div', { part: 'contact' }, make('slot', { name: 'contact' }));
  readonly #root: ShadowRoot;
  readonly #base = make('section', { part: 'base', class: 'base' });
  readonly #bubble: HTMLButtonElement;
  readonly #bubbleLabel = make('span', { part: 'bubble-label' });
  readonly #panel = make('div', { part: 'panel', class: 'panel', id: 'panel', tabindex: '-1', 'aria-labelledby': 'heading' });
  readonly #heading = make('h2', { part: 'heading', id: 'heading' });
  readonly #close: HTMLButtonElement;
  readonly #scroll = make('div', { part: 'body', class: 'scroll', role: 'group', tabindex: '0' });
  readonly #intro = make('p', { part: 'intro', class: 'intro' });
  readonly #suggestions = make('div', { hidden: '' });
  readonly #suggestionsHeading = make('p', { class: 'suggestions-heading', id: 'suggestions' });
  readonly #suggestionList = make('ul', { part: 'suggestions', class: 'suggestions', 'aria-labelledby': 'suggestions' });
  readonly #log = make('ol', { part: 'log', class: 'log' });
  readonly #label = make('label', { class: 'unseen', for: 'question' });
  readonly #field = make('input', { part: 'input', class: 'field', id: 'question', type: 'text', dir: 'auto', enterkeyhint: 'send', autocomplete: 'off', maxlength: '2000' });
  readonly #ask = make('button', { part: 'ask-button', class: 'solid', type: 'submit' });
  readonly #actions: ViewActions;

  constructor(host: HTMLElement, actions: ViewActions) {
    this.#actions = actions;
    this.#root = host.attachShadow({ mode: 'open' });
    this.#root.adoptedStyleSheets = [styleSheet()];
    this.notes = new Notes(actions);

    this.#bubble = makeButton('bubble', 'bubble', '', actions.toggle);
    this.#bubble.setAttribute('aria-controls', 'panel');
    this.#bubble.append(make('slot', { name: 'icon' }, icon(SPEECH)), this.#bubbleLabel);
    this.#close = makeButton('close', 'close-button', '', actions.close);
    this.#close.append(icon(CROSS));

    const form = make('form', { part: 'form' }, this.#label, this.#field, this.#ask);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const question = this.#field.value.trim();
      if (question === '') return;
      this.#field.value = '';
      actions.ask(question);
    });
    const slot = make('slot', { name: 'suggestions', hidden: '' });
    slot.addEventListener('slotchange', () => actions.slotted(slot.assignedElements().flatMap(suggestionsIn)));

    this.#suggestions.append(this.#suggestionsHeading, this.#suggestionList);
    this.#scroll.append(make('slot', { name: 'intro' }, this.#intro), this.#suggestions, this.#log);
    this.#panel.append(make('header', { part: 'header' }, this.#heading, this.#close), this.notes.element, this.#scroll, form, slot);
    this.#panel.addEventListener('focusin', actions.entered);
    this.#base.append(this.#panel, this.#bubble, this.announcer.element);
    this.#base.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
      if (actions.close()) event.stopPropagation();
    });
    this.#root.append(this.#base);
  }

  say(texts: Texts, { heading, label }: { heading?: string | undefined; label?: string | undefined }): void {
    const base = this.#base;
    base.lang = texts.language;
    if (texts.direction) base.dir = texts.direction;
    else base.removeAttribute('dir');
    base.setAttribute('aria-label', label ?? texts.label);
    this.#bubbleLabel.textContent = label ?? texts.label;
    this.#heading.textContent = heading ?? texts.heading;
    this.#close.setAttribute('aria-label', texts.close);
    this.#scroll.setAttribute('aria-label', texts.log);
    this.#intro.textContent = texts.intro;
    this.#suggestionsHeading.textContent = texts.suggestions;
    this.#label.textContent = texts.question;
    this.#field.placeholder = texts.placeholder;
    this.#ask.textContent = texts.ask;
  }

  suggest(questions: readonly string[]): void {
    this.#suggestions.hidden = questions.length === 0;
    this.#suggestionList.replaceChildren(...questions.map((question) => {
      const button = makeButton('suggestion', 'suggestion', question, () => {
        this.#actions.ask(question);
        this.focus();
      });
      button.dir = 'auto';
      return make('li', {}, button);
    }));
  }

  /** As a floating bubble, or inline, where the panel is always there. */
  show({ inline, open }: { inline: boolean; open: boolean }): void {
    const hadFocus = this.#panel.contains(this.#root.activeElement);
    this.#bubble.hidden = inline;
    this.#close.hidden = inline;
    this.#bubble.setAttribute('aria-expanded', String(open));
    this.#panel.setAttribute('role', inline ? 'group' : 'dialog');
    this.#panel.hidden = !inline && !open;
    if (this.#panel.hidden && hadFocus) this.#bubble.focus();
  }

  /** Into the field; on a touch screen, where that would raise the keyboard, into the panel. */
  focus(): void {
    (matchMedia('(pointer: coarse)').matches ? this.#panel : this.#field).focus({ preventScroll: true });
  }

  /** Makes a change; where the button that has the focus goes away with it, the focus stays in the panel, and the log's end in sight. Gives whether that was. */
  keepPlace(change: () => void): boolean {
    const focused = this.#root.activeElement;
    const scroll = this.#scroll;
    const atEnd = this.#log.childElementCount > 0 && scroll.scrollTop + scroll.clientHeight >= scroll.scrollHeight - 2;
    change();
    if (focused && !focused.isConnected) this.focus();
    if (atEnd) scroll.scrollTop = scroll.scrollHeight;
    return atEnd;
  }

  add({ element }: Exchange): void {
    this.#log.append(element);
    this.reveal(element);
  }

  /** Scrolls the log, and nothing else, to an exchange: its end, but not past its beginning. */
  reveal(element: HTMLElement): void {
    const scroll = this.#scroll;
    const end = element.offsetTop + element.offsetHeight + 16 - scroll.clientHeight;
    scroll.scrollTop = Math.min(element.offsetTop - 16, Math.max(scroll.scrollTop, end));
  }

  clear(): void {
    this.#log.replaceChildren();
  }
}

/** A list's items, or the element itself. */
function suggestionsIn(element: Element): string[] {
  const items = element.querySelectorAll('li');
  return [...(items.length > 0 ? items : [element])].map(({ textContent }) => textContent?.trim() ?? '').filter((text) => text !== '');
}
