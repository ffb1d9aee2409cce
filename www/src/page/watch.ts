import { PageText, rootsOf, type Roots } from './page_text.js';

export interface WatchOptions {
  /** How long the page must have been quiet, in milliseconds. Default 300. */
  delay?: number | undefined;
}

/** Attributes that can hide or show. */
const ATTRIBUTES = ['hidden', 'aria-hidden', 'class', 'style'];
const OURS = 'answerlet-chat';
const DATA = 'script[type="application/ld+json" i]';
/** A page that never is quiet is read after this many delays. */
const MOST_DELAYS = 5;
/** Reading takes at most this share of the time. */
const SHARE = 0.05;

/**
 * Calls `onChange` with the new text whenever the text of the roots has changed and the page is quiet again. Gives a function that ends it.
 * Changes that leave the text as it was, and those in our own element, are no changes. Changes in shadow roots go unnoticed.
 */
export function watchText(roots: Roots, onChange: (page: PageText) => void, { delay = 300 }: WatchOptions = {}): () => void {
  let elements = rootsOf(roots);
  let text = new PageText(roots).text;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let since = 0;
  let dirty = false;
  let pause = delay;

  const read = (): void => {
    timer = undefined;
    const now = rootsOf(roots);
    dirty ||= now.length !== elements.length || now.some((element, index) => element !== elements[index]);
    elements = now;
    if (!dirty) return;
    dirty = false;
    const began = performance.now();
    const page = new PageText(roots);
    pause = Math.max(delay, (performance.now() - began) / SHARE);
    if (page.text === text) return;
    text = page.text;
    onChange(page);
  };

  /** Whether it may change the text of the elements; other changes can still put another element in their place. */
  const concerns = ({ target, type, addedNodes, removedNodes }: MutationRecord): boolean => {
    const element = target.nodeType === Node.ELEMENT_NODE ? (target as Element) : target.parentElement;
    if (element?.matches(DATA)) return true;
    if (type === 'childList' && [...addedNodes, ...removedNodes].some((node) => node.nodeType === Node.ELEMENT_NODE && (node as Element).matches(DATA))) return true;
    return elements.some((root) => root.contains(target) || (type === 'attributes' && target.contains(root)));
  };

  const ours = ({ target, addedNodes, removedNodes, type }: MutationRecord): boolean => {
    const element = target.nodeType === Node.ELEMENT_NODE ? (target as Element) : target.parentElement;
    if (element?.closest(OURS)) return true;
    const nodes = [...addedNodes, ...removedNodes];
    return type === 'childList' && nodes.length > 0 && nodes.every((node) => node.nodeName.toLowerCase() === OURS);
  };

  const observer = new MutationObserver((records) => {
    const relevant = records.filter((record) => !ours(record));
    if (relevant.length === 0) return;
    dirty ||= relevant.some(concerns);
    if (!dirty && !relevant.some(({ type }) => type === 'childList')) return;
    const now = performance.now();
    if (timer === undefined) since = now;
    clearTimeout(timer);
    timer = setTimeout(read, Math.max(0, Math.min(pause, since + pause * MOST_DELAYS - now)));
  });
  const page = elements[0]?.ownerDocument ?? document;
  observer.observe(page, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES });
  return () => {
    observer.disconnect();
    clearTimeout(timer);
  };
}
