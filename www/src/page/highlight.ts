import { parentOf } from './extract.js';

/** The name of the highlight: a page can style `::highlight(answerlet)` itself, or set the two custom properties. */
const NAME = 'answerlet';
const RULES = `
::highlight(${NAME}) { background-color: var(--answerlet-highlight, #ffe08a); color: var(--answerlet-highlight-text, #1b1b1b); }
@media (forced-colors: active) { ::highlight(${NAME}) { background-color: Highlight; color: HighlightText; } }`;

let sheet: CSSStyleSheet | undefined;
/** What is selected in place of a highlight. */
let selected: Range | undefined;

/**
 * Scrolls the range into view and highlights it, in place of what was highlighted before: by a CSS Custom Highlight, or where there is
 * none by selecting it. Opens the `<details>` that it is in. The focus stays where it is.
 */
export function showInPage(range: Range): void {
  clearHighlight();
  reveal(range.startContainer);
  reveal(range.endContainer);
  if (canHighlight()) {
    adopt(range.startContainer.getRootNode());
    CSS.highlights.set(NAME, new Highlight(range));
  } else {
    const selection = range.startContainer.ownerDocument?.getSelection();
    selection?.removeAllRanges();
    selection?.addRange(range);
    // The one that is added may become what the reader selects next.
    selected = range.cloneRange();
  }
  scrollTo(range);
}

/** Takes the highlight off again; a selection, unless the reader has made another since. */
export function clearHighlight(): void {
  if (canHighlight()) CSS.highlights.delete(NAME);
  const selection = selected?.startContainer.ownerDocument?.getSelection();
  if (selected && selection?.rangeCount === 1) {
    const now = selection.getRangeAt(0);
    const same = now.startContainer === selected.startContainer && now.startOffset === selected.startOffset;
    if (same && now.endContainer === selected.endContainer && now.endOffset === selected.endOffset) selection.removeAllRanges();
  }
  selected = undefined;
}

const canHighlight = (): boolean => typeof Highlight === 'function' && 'highlights' in CSS;

/** A constructed style sheet is let in by every `style-src`, and changes no element of the page. */
function adopt(root: Node): void {
  if (!('adoptedStyleSheets' in root)) return;
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(RULES);
  }
  const tree = root as Document | ShadowRoot;
  // First, so that the page's own rule wins.
  if (!tree.adoptedStyleSheets.includes(sheet)) tree.adoptedStyleSheets = [sheet, ...tree.adoptedStyleSheets];
}

/** Opens what hides the node, as the browser's own search in the page does. */
function reveal(node: Node): void {
  for (let up = parentOf(node); up; up = parentOf(up)) {
    if (up.localName === 'details' && !up.querySelector(':scope > summary')?.contains(node)) (up as HTMLDetailsElement).open = true;
    if (up.getAttribute('hidden')?.toLowerCase() === 'until-found') {
      up.dispatchEvent(new Event('beforematch', { bubbles: true }));
      up.removeAttribute('hidden');
    }
  }
}

/** Brings the range to the middle of what it scrolls in, and of the window. */
function scrollTo(range: Range): void {
  const document = range.startContainer.ownerDocument;
  const view = document?.defaultView;
  if (!document || !view || range.getClientRects().length === 0) return;
  const behavior = view.matchMedia('(prefers-reduced-motion: reduce)').matches ? 'instant' : 'smooth';
  let { top, bottom, left, right } = range.getBoundingClientRect();
  const page = document.scrollingElement ?? document.documentElement;
  const into = (scroller: Element, box: { top: number; left: number; width: number; height: number }): void => {
    const down = within((top + bottom - box.height) / 2 - box.top, scroller.scrollTop, scroller.scrollHeight - box.height, 0);
    const inside = left >= box.left && right <= box.left + box.width;
    const out = inside ? 0 : right - left > box.width ? left - box.left : (left + right - box.width) / 2 - box.left;
    // Where writing is from right to left, positions are negative.
    const wide = scroller.scrollWidth - box.width;
    const across = within(out, scroller.scrollLeft, scroller.scrollLeft < 0 ? 0 : wide, -wide);
    if (down !== 0 || across !== 0) scroller.scrollBy({ top: down, left: across, behavior });
    top -= down;
    bottom -= down;
    left -= across;
    right -= across;
  };
  for (let up = parentOf(range.commonAncestorContainer); up && up !== page; up = parentOf(up)) {
    const { overflowX, overflowY, position } = view.getComputedStyle(up);
    if (/auto|scroll/.test(overflowX + overflowY) && (up.scrollHeight > up.clientHeight || up.scrollWidth > up.clientWidth)) {
      const box = up.getBoundingClientRect();
      into(up, { top: box.top + up.clientTop, left: box.left + up.clientLeft, width: up.clientWidth, height: up.clientHeight });
    }
    if (position === 'fixed') return;
  }
  into(page, { top: 0, left: 0, width: view.innerWidth, height: view.innerHeight });
}

/** The part of a scroll by `delta` from `position` that there is room for. */
const within = (delta: number, position: number, most: number, least: number): number =>
  Math.max(Math.min(least, position) - position, Math.min(delta, Math.max(most, position) - position));
