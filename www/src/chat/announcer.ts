import { make } from './dom.js';

/** Long enough for a screen reader to notice, short enough not to be met when browsing. */
const KEEP_MILLISECONDS = 1000;

/** Says things to screen readers, once each, apart from the visible log: that would be read again as it changes. */
export class Announcer {
  readonly element = make('div', { class: 'unseen', 'aria-live': 'polite', 'aria-relevant': 'additions', 'aria-atomic': 'false' });

  say(text: string): void {
    const item = make('p', {}, text);
    this.element.append(item);
    setTimeout(() => item.remove(), KEEP_MILLISECONDS);
  }
}
