import { trustedHtml } from '../trusted.js';

/** A document that is only read: its scripts don't run, and nothing of it is loaded. It must never be put into the page. */
export function parseHtml(html: string): Document {
  return new DOMParser().parseFromString(trustedHtml(html), 'text/html');
}
