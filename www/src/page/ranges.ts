import { extract, parentOf, type Extracted } from './extract.js';
import { boxOf, styleOf } from './visibility.js';

/**
 * The stretch of the document that `text.slice(start, end)` is from, without separators at its ends. Null where there is none, or where
 * the document no longer says the same there.
 */
export function rangeOf(source: Extracted, start: number, end: number): Range | null {
  const first = firstRun(source, start);
  // The last run that begins before the end.
  const last = firstRun(source, end - 1, true);
  if (first > last) return null;
  const from = place(source, first, Math.max(start, source.starts[first]!));
  const to = place(source, last, Math.min(end, source.starts[last]! + source.lengths[last]!) - 1);
  if (from.at > to.at || !from.node.isConnected || !to.node.isConnected) return null;
  if (from.offset > from.node.length || to.offset >= to.node.length) return null;

  const range = from.node.ownerDocument.createRange();
  range.setStart(from.node, from.offset);
  range.setEnd(to.node, to.offset + 1);
  // Across the border of a shadow tree there is no range: the second call has moved the start.
  if (range.startContainer !== from.node || range.startOffset !== from.offset) return null;

  const now = extract([blockAround(range)]);
  const a = find(now, from.node, from.offset);
  const b = find(now, to.node, to.offset);
  return a >= 0 && b >= 0 && now.text.slice(a, b + 1) === source.text.slice(from.at, to.at + 1) ? range : null;
}

/** The first run that ends after `at`; or with `before`, the last one that begins at it or before. */
function firstRun({ starts, lengths }: Extracted, at: number, before = false): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const goes = before ? starts[middle]! <= at : starts[middle]! + lengths[middle]! <= at;
    if (goes) low = middle + 1;
    else high = middle;
  }
  return before ? low - 1 : low;
}

/** Where the letter at `at`, which is of the run, stands in the DOM. */
const place = ({ starts, nodes, nodeOf, offsets }: Extracted, run: number, at: number): { node: Text; offset: number; at: number } => ({
  node: nodes[nodeOf[run]!]!,
  offset: offsets[run]! + at - starts[run]!,
  at,
});

/** Where in the text the letter at an offset of a node is; -1 where it isn't. */
function find({ starts, lengths, nodes, nodeOf, offsets }: Extracted, node: Text, offset: number): number {
  for (let run = 0; run < starts.length; run += 1) {
    const into = offset - offsets[run]!;
    if (into >= 0 && into < lengths[run]! && nodes[nodeOf[run]!] === node) return starts[run]! + into;
  }
  return -1;
}

/** The innermost block that the range is in: white space at its edges is no part of any text. */
function blockAround(range: Range): Element {
  const { commonAncestorContainer: common } = range;
  let element = common.nodeType === Node.ELEMENT_NODE ? (common as Element) : parentOf(common);
  for (; element; element = parentOf(element)) {
    const up = parentOf(element);
    if (!up || boxOf(element, styleOf(element), styleOf(up)) !== 'inline') return element;
  }
  return range.startContainer.ownerDocument!.documentElement;
}
