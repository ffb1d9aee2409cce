import type { Model } from './model.js';
import { make, makeButton } from './dom.js';
import { fill, languageName, megabytes, type Texts } from './texts.js';

export interface NoteActions {
  /** The visitor agrees to the download, or tries it again. */
  agree(): void;
  refuse(): void;
}

/** What stands above the questions: of the model, of the page's language, of pages that can't be read. */
export class Notes {
  readonly element = make('div', { part: 'notes', class: 'notes' });
  readonly #actions: NoteActions;
  /** What the notes say now; progress alone changes them in place, so that no button goes away under a finger. */
  #said = '';
  #progress: HTMLProgressElement | undefined;
  #quantity: HTMLElement | undefined;

  constructor(actions: NoteActions) {
    this.#actions = actions;
  }

  show(model: Model | undefined, pagesMissing: readonly string[], texts: Texts): void {
    const kind = model?.state.kind ?? 'idle';
    const said = JSON.stringify([kind, model?.state.kind === 'asking' && model.state.why, model?.facts, model?.otherLanguage, pagesMissing, texts]);
    if (said !== this.#said) {
      this.#said = said;
      this.#progress = this.#quantity = undefined;
      const notes = model ? [...this.#language(model, texts), ...this.#model(model, texts)] : [];
      if (pagesMissing.length > 0) notes.push(note('', make('p', {}, fill(texts.pagesMissing, { pages: pagesMissing.join(' ') }))));
      this.element.replaceChildren(...notes);
    }
    this.#showProgress(model, texts);
  }

  #language({ otherLanguage, facts }: Model, texts: Texts): HTMLElement[] {
    if (otherLanguage === undefined || facts.language === undefined) return [];
    const names = { page: languageName(otherLanguage, texts), model: languageName(facts.language, texts) };
    return [note('warning', make('p', {}, fill(texts.otherLanguage, names)))];
  }

  #model({ state, facts, kept }: Model, texts: Texts): HTMLElement[] {
    const size = facts.bytes === undefined ? undefined : megabytes(facts.bytes, texts);
    const sized = (withSize: string, without: string): string => (size === undefined ? without : fill(withSize, { size }));
    const agree = (label: string): HTMLElement => makeButton('solid', 'agree-button', label, () => this.#actions.agree());
    const refuse = (): HTMLElement => makeButton('quiet', 'refuse-button', texts.refuse, () => this.#actions.refuse());
    switch (state.kind) {
      case 'checking':
        return [note('', make('p', {}, texts.preparing))];
      case 'asking': {
        const why = state.why === 'saveData' ? [make('p', {}, texts.saveData)] : [];
        const actions = make('div', { class: 'actions row' }, agree(sized(texts.agreeSize, texts.agree)), refuse());
        return [note('', make('p', {}, sized(texts.offerSize, texts.offer)), ...why, actions)];
      }
      case 'loading': {
        const words = make('p', {}, kept ? texts.starting : sized(texts.loadingSize, texts.loading));
        this.#progress = make('progress', { part: 'progress', max: '1', 'aria-label': words.textContent });
        this.#quantity = make('span', { class: 'quantity' });
        if (kept) return [note('', words, this.#progress)];
        return [note('', words, this.#progress, make('div', { class: 'row' }, this.#quantity, refuse()))];
      }
      case 'refused':
        return [note('', make('p', {}, texts.refused), make('div', { class: 'row' }, agree(sized(texts.agreeSize, texts.agree))))];
      case 'failed': {
        const { code } = state.error;
        const words = make('p', { part: 'error' }, texts.errors[code] ?? texts.errors['default'] ?? code);
        const retry = code === 'unsupported' ? [] : [make('div', { class: 'row' }, agree(texts.retry))];
        return [note('problem', words, make('p', {}, texts.failed), ...retry)];
      }
      default:
        return [];
    }
  }

  #showProgress(model: Model | undefined, texts: Texts): void {
    if (model?.state.kind !== 'loading' || !model.state.progress || !this.#progress) return;
    const { loaded, total } = model.state.progress;
    const all = total ?? model.facts.bytes;
    if (!all) return;
    this.#progress.value = Math.min(1, loaded / all);
    if (this.#quantity) this.#quantity.textContent = fill(texts.progress, { loaded: megabytes(loaded, texts, 1), total: megabytes(all, texts, 1) });
  }
}

function note(kind: string, ...children: HTMLElement[]): HTMLElement {
  return make('div', { part: 'note', class: `note ${kind}`.trim() }, ...children);
}
