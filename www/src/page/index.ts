// The text of a page: read as its readers see it, found again in the document, shown, searched and watched.
export { PageText, textOf, type Roots } from './page_text.js';
export { parseHtml } from './parse.js';
export { clearHighlight, showInPage } from './highlight.js';
export { watchText, type WatchOptions } from './watch.js';
export { TextSearch, type SearchDocument, type SearchHit } from './search.js';
export { sentenceAt, sentencesOf, type Span } from './sentence.js';
