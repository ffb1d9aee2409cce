import { TableLabels } from './table.js';
import { boxOf, isHidden, isNotText, styleOf, whiteSpaceOf, type Box, type WhiteSpace } from './visibility.js';

/**
 * A text, and where in the DOM it is from: in runs, each a stretch of the text that stands letter by letter in one text node. (A space of
 * the text may be any white space there, and longer.) What is in no run, such as a line break between blocks, isn't in the DOM.
 */
export interface Extracted {
  text: string;
  /** Of each run: where it begins in the text, its length, the index of its node, and where it begins in that. In the text's order. */
  starts: Uint32Array;
  lengths: Uint32Array;
  nodeOf: Uint32Array;
  offsets: Uint32Array;
  nodes: Text[];
}

/** The text of the elements as a reader sees it. They are blocks to each other; one that is in another is read once. */
export function extract(roots: readonly Element[]): Extracted {
  const extractor = new Extractor();
  for (const root of outermost(roots)) extractor.root(root);
  return extractor.finish();
}

/** In the document's order, and each once. */
function outermost(roots: readonly Element[]): Element[] {
  const all = [...new Set(roots)].filter((root) => !roots.some((other) => other !== root && other.contains(root)));
  return all.sort((a, b) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_PRECEDING ? 1 : -1));
}

/** What parts two pieces of the text, from weak to strong. */
const NONE = 0;
const CELL = 1;
const LINE = 2;
const BLANK = 3;
const BEFORE: Record<Box, number> = { inline: NONE, cell: CELL, item: LINE, term: BLANK, block: BLANK };
const AFTER: Record<Box, number> = { inline: NONE, cell: CELL, item: LINE, term: LINE, block: BLANK };

class Extractor {
  readonly #parts: string[] = [];
  #length = 0;
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];
  readonly #nodeOf: number[] = [];
  readonly #offsets: number[] = [];
  readonly #nodes: Text[] = [];

  /** What stands before the next letter. */
  #gap = NONE;
  /** Set at the start of a list's item or a cell until its first letter: blocks that it begins with part it no further. */
  #settled = false;
  /** White space that becomes a space if a letter follows in the line. */
  #space: { node: number; offset: number } | null = null;
  #lineStart = true;
  /** A cell's label, to stand before its first letter. */
  #label = '';
  readonly #labels = new TableLabels();

  root(root: Element): void {
    for (let up = parentOf(root); up; up = parentOf(up)) if (isHidden(up, styleOf(up))) return;
    const inherited: WhiteSpace = root.closest('pre, listing, xmp, plaintext') ? 'keep' : 'collapse';
    const style = styleOf(root);
    if (isHidden(root, style)) return;
    this.#part(BLANK);
    this.#children(root, style, whiteSpaceOf(root, style, inherited));
    this.#part(BLANK);
  }

  finish(): Extracted {
    return {
      text: this.#parts.join(''),
      starts: Uint32Array.from(this.#starts),
      lengths: Uint32Array.from(this.#lengths),
      nodeOf: Uint32Array.from(this.#nodeOf),
      offsets: Uint32Array.from(this.#offsets),
      nodes: this.#nodes,
    };
  }

  #children(element: Element, style: CSSStyleDeclaration | null, whiteSpace: WhiteSpace): void {
    const seen = !style || style.visibility === 'visible';
    for (const child of childrenOf(element)) {
      if (child.nodeType === Node.TEXT_NODE) {
        if (seen) this.#text(child as Text, whiteSpace);
      } else if (child.nodeType === Node.ELEMENT_NODE) {
        this.#element(child as Element, style, whiteSpace);
      }
    }
  }

  #element(element: Element, parent: CSSStyleDeclaration | null, inherited: WhiteSpace): void {
    if (isNotText(element)) return;
    const style = styleOf(element);
    if (isHidden(element, style)) return;
    if (element.localName === 'br') return this.#br();
    const box = boxOf(element, style, parent);
    const whiteSpace = whiteSpaceOf(element, style, inherited);
    if (box === 'inline') return this.#children(element, style, whiteSpace);

    this.#part(BEFORE[box]);
    const { gap, settled, length } = { gap: this.#gap, settled: this.#settled, length: this.#length };
    if (box !== 'block') this.#settled = true;
    if (box === 'cell') this.#label = this.#labels.of(element);
    this.#children(element, style, whiteSpace);
    if (box === 'cell') this.#label = '';
    if (box !== 'block') {
      // What its last block asked for is less than what the item or the cell itself does.
      const empty = this.#length === length;
      this.#gap = empty ? gap : AFTER[box];
      if (empty) this.#settled = settled;
    }
    this.#part(AFTER[box]);
  }

  #part(gap: number): void {
    this.#space = null;
    this.#lineStart = true;
    if (!this.#settled) this.#gap = Math.max(this.#gap, gap);
  }

  #br(): void {
    this.#part(this.#gap >= LINE ? BLANK : LINE);
  }

  #text(node: Text, whiteSpace: WhiteSpace): void {
    const { data } = node;
    if (data === '') return;
    const index = this.#nodes.push(node) - 1;
    if (whiteSpace === 'keep') {
      // White space alone, at the start of a block, is the source's indentation.
      if (!this.#lineStart || this.#gap === NONE || /\S/.test(data)) this.#put(index, 0, data);
    } else {
      for (const { 0: piece, index: offset } of data.matchAll(whiteSpace === 'lines' ? /\n|[ \t\f\r]+|[^ \t\n\f\r]+/g : /[ \t\n\f\r]+|[^ \t\n\f\r]+/g)) {
        if (piece === '\n' && whiteSpace === 'lines') {
          this.#space = null;
          if (this.#gap === NONE) this.#put(index, offset, piece);
        } else if (/^[ \t\n\f\r]/.test(piece)) {
          if (!this.#lineStart) this.#space ??= { node: index, offset };
        } else {
          this.#put(index, offset, piece);
        }
      }
    }
    if (this.#nodeOf.at(-1) !== index && this.#space?.node !== index) this.#nodes.pop();
  }

  /** Letters, after what parts them from the ones before. */
  #put(node: number, offset: number, letters: string): void {
    if (this.#gap !== NONE && this.#length > 0) this.#append(this.#separator());
    if (this.#space) this.#run(this.#space.node, this.#space.offset, ' ');
    this.#space = null;
    this.#gap = NONE;
    this.#settled = false;
    if (this.#label) this.#append(`${this.#label}: `);
    this.#label = '';
    this.#run(node, offset, letters);
    this.#lineStart = letters.endsWith('\n');
  }

  #separator(): string {
    const last = this.#parts.at(-1) ?? '';
    if (this.#gap === CELL) return /[\p{P}\s]$/u.test(last) ? ' ' : ', ';
    // Line breaks that a <pre> ends with count.
    const there = /\n*$/.exec(last.slice(-BLANK))?.[0].length ?? 0;
    return '\n'.repeat(Math.max(0, this.#gap - 1 - there));
  }

  #run(node: number, offset: number, letters: string): void {
    const last = this.#starts.length - 1;
    const length = this.#lengths[last] ?? 0;
    const follows = this.#nodeOf[last] === node && this.#offsets[last]! + length === offset && this.#starts[last]! + length === this.#length;
    if (follows) {
      this.#lengths[last] = length + letters.length;
    } else {
      this.#starts.push(this.#length);
      this.#lengths.push(letters.length);
      this.#nodeOf.push(node);
      this.#offsets.push(offset);
    }
    this.#append(letters);
  }

  #append(letters: string): void {
    this.#parts.push(letters);
    this.#length += letters.length;
  }
}

/** The element's children as they are shown: those of its open shadow root, and what is put into its slots. */
function childrenOf(element: Element): Iterable<Node> {
  if (element.shadowRoot) return element.shadowRoot.childNodes;
  const assigned = element.localName === 'slot' ? (element as HTMLSlotElement).assignedNodes() : [];
  return assigned.length > 0 ? assigned : element.childNodes;
}

/** The element that holds this one, out of a shadow root too. */
export function parentOf(node: Node): Element | null {
  const { parentNode } = node;
  if (parentNode?.nodeType === Node.ELEMENT_NODE) return parentNode as Element;
  return parentNode && 'host' in parentNode ? (parentNode as ShadowRoot).host : null;
}
