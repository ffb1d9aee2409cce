// What of an element a reader sees, and what kind of box it is to the text. An element of a document that is shown is judged by its
// computed style; one of a parsed document, which has no layout, by its tag and attributes.

/** The style of an element of a document that is shown, else null. */
export function styleOf(element: Element): CSSStyleDeclaration | null {
  return element.ownerDocument.defaultView?.getComputedStyle(element) ?? null;
}

/** Whether nothing in the element is to be seen. What is in a closed `<details>` counts as seen: it is hidden only until opened. */
export function isHidden(element: Element, style: CSSStyleDeclaration | null): boolean {
  if (element.getAttribute('aria-hidden') === 'true') return true;
  const hidden = element.getAttribute('hidden');
  // The browser's own search finds and opens what is hidden until found.
  if (hidden !== null && hidden.toLowerCase() !== 'until-found') return true;
  if (!style) return (element.localName === 'dialog' && !element.hasAttribute('open')) || /(^|;)\s*(display\s*:\s*none|visibility\s*:\s*(hidden|collapse))\b/i.test(element.getAttribute('style') ?? '');
  return style.display === 'none' || (hidden === null && style.getPropertyValue('content-visibility') === 'hidden') || isForScreenReaders(style);
}

/** The common way to hide from eyes alone: a box of one pixel. */
const isForScreenReaders = (style: CSSStyleDeclaration): boolean =>
  style.position === 'absolute' && style.overflow !== 'visible' && style.width === '1px' && style.height === '1px';

const words = (list: string): Set<string> => new Set(list.split(' '));
const NOT_TEXT = words(
  'script style noscript template head link meta nav answerlet-chat svg canvas audio video iframe object embed map rt rp ' +
    'input select textarea option datalist progress meter',
);
const NOT_TEXT_ROLES = words('navigation menu menubar search');

/** Whether the element is no part of what a page tells its readers: scripts, navigation, controls, media. */
export function isNotText(element: Element): boolean {
  const tag = element.localName;
  if (NOT_TEXT.has(tag) || NOT_TEXT_ROLES.has(element.getAttribute('role') ?? '')) return true;
  // A button that opens something has often the question of an FAQ as its text.
  return tag === 'button' && !element.matches('[aria-expanded], :is(h1, h2, h3, h4, h5, h6, summary) button');
}

/**
 * How an element parts the text: `block` with a blank line before and after, `item` with a line break, `term` (of a definition list) with
 * a blank line before and a line break after, `cell` with a comma from what is before it in its line, `inline` not at all.
 */
export type Box = 'block' | 'item' | 'term' | 'cell' | 'inline';

const INLINE = words('a abbr b bdi bdo cite code data del dfn em font i img ins kbd label mark q s samp small span strong sub sup time tt u var');
const BLOCKS = words(
  'address article aside blockquote body caption center details dialog dir div dl fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 ' +
    'header hgroup hr html legend listing main menu ol p plaintext pre search section summary table ul xmp',
);
const BY_TAG: Record<string, Box> = { li: 'item', tr: 'item', dd: 'item', dt: 'term', td: 'cell', th: 'cell' };

/** `parent` is the style of the element's parent, where there is one. */
export function boxOf(element: Element, style: CSSStyleDeclaration | null, parent: CSSStyleDeclaration | null): Box {
  const tag = element.localName;
  // A list in an item goes on with its lines.
  if (/^[ou]l$/.test(tag) && element.parentElement?.localName === 'li') return 'item';
  if (!style) return BY_TAG[tag] ?? (BLOCKS.has(tag) ? 'block' : 'inline');
  const { display } = style;
  if (display === 'contents' || /^(inline|ruby)/.test(display)) return tag === 'li' ? 'cell' : 'inline';
  if (display === 'table-cell') return 'cell';
  if (display === 'table-row') return 'item';
  if (/^table-(\w+-group|column)/.test(display)) return 'inline';
  if (tag === 'sub' || tag === 'sup') return 'inline';
  // Words side by side in a flexible row look like the cells of a table.
  if (INLINE.has(tag) && parent?.display.endsWith('flex') && parent.flexDirection.startsWith('row')) return 'cell';
  const box = BY_TAG[tag];
  return box && box !== 'cell' ? box : 'block';
}

/** What becomes of white space: all of it is kept, or line breaks alone, or every run becomes one space. */
export type WhiteSpace = 'keep' | 'lines' | 'collapse';

/** `inherited` is what holds for the element's parent. */
export function whiteSpaceOf(element: Element, style: CSSStyleDeclaration | null, inherited: WhiteSpace): WhiteSpace {
  if (!style) return /^(pre|listing|xmp|plaintext)$/.test(element.localName) ? 'keep' : inherited;
  if (style.whiteSpace === 'pre-line') return 'lines';
  return /^(pre|break-spaces)/.test(style.whiteSpace) ? 'keep' : 'collapse';
}
