/** Accents, and the points of Hebrew and Arabic. In other scripts a mark can make another word. */
const ACCENTS = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]|\p{Cf}/gu;

/** A text without differences of case, accents and width: what compares equal is one word to a reader. */
export function fold(text: string): string {
  // Through capitals, since ß is SS and the final ς is Σ.
  return text.normalize('NFKD').replace(ACCENTS, '').toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

let segmenter: Intl.Segmenter | undefined;

/** The words of a text, folded; in scripts without spaces as the browser's dictionary has them, or else letter by letter. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  if (typeof Intl.Segmenter === 'function') {
    segmenter ??= new Intl.Segmenter(undefined, { granularity: 'word' });
    for (const { segment, isWordLike } of segmenter.segment(text)) if (isWordLike) words.push(fold(segment));
  } else {
    const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]|[\p{L}\p{N}\p{M}]+?(?=[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]|[^\p{L}\p{N}\p{M}]|$)/gu;
    for (const [word] of text.matchAll(unspaced)) words.push(fold(word));
  }
  return words.filter((word) => word !== '');
}
