/** A stretch of a text: `text.slice(start, end)`. */
export interface Span {
  start: number;
  end: number;
}

const LINE_BREAK = /[\n\r\u2028\u2029]/;
/** Words whose full stop ends no sentence: titles, and initials. */
const ABBREVIATION = /(^|[\s(])(Mr|Mrs|Ms|Dr|Prof|St|Mt|Fig|vs|Gen|Col|Capt|Lt|Rev|e\.g|i\.e|\p{Lu})\.\s*$/u;
const NUMBER = /(^|[\s(])Nos?\.\s*$/i;

/** The sentences of a text, in its order. None runs over a line break, so none from one block into the next. */
export function* sentencesOf(text: string): Generator<Span> {
  for (let start = 0; start < text.length; ) {
    const end = lineEnd(text, start);
    yield* inLine(text, start, end);
    start = end + 1;
  }
}

/** The sentence that an answer stands in, or the ones from its first letter to its last. */
export function sentenceAt(text: string, start: number, end: number): Span & { text: string } {
  const last = Math.max(start, end - 1);
  let from = start;
  while (from > 0 && !LINE_BREAK.test(text[from - 1]!)) from -= 1;
  let [first, to] = [start, Math.max(start, end)];
  for (; from <= last; from = lineEnd(text, from) + 1) {
    for (const sentence of inLine(text, from, lineEnd(text, from))) {
      if (sentence.start <= start && start < sentence.end) first = sentence.start;
      if (sentence.start <= last && last < sentence.end) to = sentence.end;
    }
  }
  return { start: first, end: to, text: text.slice(first, to) };
}

function lineEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && !LINE_BREAK.test(text[end]!)) end += 1;
  return end;
}

function* inLine(text: string, start: number, end: number): Generator<Span> {
  const line = text.slice(start, end);
  let from = 0;
  for (const to of ends(line)) {
    const sentence = line.slice(from, to);
    const next = line.slice(to, to + 2);
    if (to < line.length && (ABBREVIATION.test(sentence) || (NUMBER.test(sentence) && /^\d/.test(next)))) continue;
    const trimmed = sentence.trim();
    if (trimmed !== '') {
      const at = start + from + sentence.indexOf(trimmed);
      yield { start: at, end: at + trimmed.length };
    }
    from = to;
  }
}

let segmenter: Intl.Segmenter | undefined;

/** Where the sentences of a line end. */
function* ends(line: string): Generator<number> {
  if (typeof Intl.Segmenter === 'function') {
    segmenter ??= new Intl.Segmenter(undefined, { granularity: 'sentence' });
    for (const { index, segment } of segmenter.segment(line)) yield index + segment.length;
    return;
  }
  for (const { 0: stop, index } of line.matchAll(/[.!?…؟।]+["'”’»)\]]*\s+|[。！？]+[”’」』）]*\s*/g)) {
    const to = index + stop.length;
    if (to < line.length && !/^\p{Ll}/u.test(line.slice(to, to + 2))) yield to;
  }
  yield line.length;
}
