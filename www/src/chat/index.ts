/** Defines `<answerlet-chat>` on import, where there are custom elements; elsewhere, as in Node, nothing happens. */
import { AnswerletChat } from './element.js';

export { AnswerletChat };
export type { TextOverrides, Texts } from './texts.js';

declare global {
  interface HTMLElementTagNameMap {
    'answerlet-chat': AnswerletChat;
  }
}

if (globalThis.customElements && !customElements.get('answerlet-chat')) customElements.define('answerlet-chat', AnswerletChat);
