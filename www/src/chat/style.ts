/** Each `--answerlet-x` of the page wins over the chat's own `--_x`. Light, and dark. */
const COLOURS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  ground: ['#ffffff', '#1a262a'],
  'ground-soft': ['#eef3f3', '#243338'],
  ink: ['#14252a', '#e4eceb'],
  muted: ['#51666b', '#9bb0b2'],
  line: ['#c3d0cf', '#3a4d52'],
  accent: ['#0d5660', '#7fd0cc'],
  'accent-ink': ['#ffffff', '#062326'],
  mark: ['#ffd84d', '#f0c43c'],
  'mark-ink': ['#14252a', '#17160a'],
  alarm: ['#a3281c', '#ff9a8a'],
};

const list = (value: (pair: readonly [string, string]) => string): string =>
  Object.entries(COLOURS).map(([name, pair]) => `--_${name}: ${value(pair)};`).join(' ');

const colour = (name: string): string => `var(--answerlet-${name}, var(--_${name}))`;

const CSS = `
:host { ${list(([light]) => light)} display: block; }
@supports (color: light-dark(red, red)) { :host { ${list(([light, dark]) => `light-dark(${light}, ${dark})`)} } }
:host([hidden]) { display: none; }
:host([color-scheme="light"]) { color-scheme: light; }
:host([color-scheme="dark"]) { color-scheme: dark; }
:host([color-scheme="auto"]) { color-scheme: light dark; }
:host(:not([inline])) { position: fixed; inset-block-end: var(--answerlet-offset, 16px); inset-inline-end: var(--answerlet-offset, 16px); z-index: var(--answerlet-z-index, 10000); }

/* The page's inherited styles end here, save its typeface. */
.base {
  all: initial; display: block; color-scheme: inherit; color: ${colour('ink')};
  font-family: var(--answerlet-font, inherit); font-size: var(--answerlet-font-size, medium); line-height: 1.5;
  -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
}
.base *, .base *::before { box-sizing: border-box; }
.base [hidden] { display: none; }
h2, p, ul, ol, blockquote { margin: 0; padding: 0; }
ul, ol { list-style: none; }
button, input { font: inherit; color: inherit; letter-spacing: inherit; }
button { cursor: pointer; min-block-size: 44px; min-inline-size: 44px; border-radius: var(--answerlet-radius, 10px); }
:focus-visible { outline: 2px solid ${colour('accent')}; outline-offset: 2px; }
svg { inline-size: 1.4em; block-size: 1.4em; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; flex: none; }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.bubble {
  display: flex; align-items: center; gap: .6em; min-block-size: 3.25em; padding: .5em 1.2em; margin-inline-start: auto;
  border: 1px solid transparent; border-radius: 2em; background: ${colour('accent')}; color: ${colour('accent-ink')}; font-weight: 600;
  box-shadow: 0 2px 6px rgb(0 0 0 / .2), 0 8px 24px -8px rgb(0 0 0 / .4);
}
.bubble:hover { filter: brightness(1.1); }
.bubble:focus-visible { outline-color: ${colour('ink')}; outline-offset: 3px; }

.panel {
  display: flex; flex-direction: column; overflow: hidden; overflow-wrap: anywhere; background: ${colour('ground')};
  border: 1px solid ${colour('line')}; border-radius: calc(var(--answerlet-radius, 10px) * 1.4);
}
.panel:focus { outline: none; }
:host(:not([inline])) .panel {
  inline-size: min(var(--answerlet-width, 24em), 100vw - 2 * var(--answerlet-offset, 16px));
  block-size: min(var(--answerlet-height, 36em), 100vh - 2 * var(--answerlet-offset, 16px) - 5em);
  margin-block-end: .75em; box-shadow: 0 4px 12px rgb(0 0 0 / .12), 0 20px 50px -16px rgb(0 0 0 / .4);
}
@supports (height: 1dvh) { :host(:not([inline])) .panel { block-size: min(var(--answerlet-height, 36em), 100dvh - 2 * var(--answerlet-offset, 16px) - 5em); } }
:host([inline]) .panel { max-block-size: var(--answerlet-height, min(44em, 90vh)); }

header { display: flex; align-items: center; gap: .5em; padding-block: .5em; padding-inline: 1.1em .5em; min-block-size: 3.4em; border-block-end: 1px solid ${colour('line')}; }
h2 { flex: 1; font-size: 1.1em; font-weight: 650; line-height: 1.3; }
.close { display: grid; place-items: center; padding: 0; border: 1px solid transparent; background: none; color: ${colour('muted')}; }
.close:hover { color: ${colour('ink')}; background: ${colour('ground-soft')}; }

.scroll { flex: 1; min-block-size: 0; overflow-y: auto; overscroll-behavior: contain; position: relative; padding: 1em 1.1em; display: flex; flex-direction: column; gap: 1.1em; }
.scroll:focus-visible { outline-offset: -3px; }
.intro { color: ${colour('muted')}; font-size: .95em; }
.suggestions { display: flex; flex-wrap: wrap; gap: .5em; }
.suggestions-heading { font-size: .9em; font-weight: 600; color: ${colour('muted')}; margin-block-end: .5em; }
.suggestion { text-align: start; padding: .45em .9em; border: 1px solid ${colour('line')}; background: ${colour('ground')}; color: ${colour('accent')}; border-radius: 1.4em; }
.suggestion:hover { border-color: ${colour('accent')}; background: ${colour('ground-soft')}; }

.notes { display: flex; flex-direction: column; }
.notes:empty { display: none; }
.note { padding: .7em 1.1em; font-size: .92em; border-block-end: 1px solid ${colour('line')}; background: ${colour('ground-soft')}; }
.note.warning { border-inline-start: 4px solid ${colour('alarm')}; }
.note.problem p:first-child { color: ${colour('alarm')}; font-weight: 600; }
progress { display: block; inline-size: 100%; block-size: .6em; margin-block: .5em .2em; accent-color: ${colour('accent')}; }
.row { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .3em .8em; }
.row:not(:first-child) { margin-block-start: .3em; }
.whole { flex-wrap: nowrap; }
.whole p { flex: 1; }
.quantity { font-variant-numeric: tabular-nums; color: ${colour('muted')}; }
.actions { display: flex; flex-wrap: wrap; gap: .5em; }

.solid { padding: .4em 1.1em; border: 1px solid transparent; background: ${colour('accent')}; color: ${colour('accent-ink')}; font-weight: 600; }
.solid:hover { filter: brightness(1.1); }
.quiet { padding: .4em .9em; border: 1px solid ${colour('line')}; background: ${colour('ground')}; color: ${colour('ink')}; }
.quiet:hover { border-color: ${colour('accent')}; }
a { color: ${colour('accent')}; text-underline-offset: .2em; }
.link { display: inline-flex; align-items: center; min-block-size: 44px; }

.log { display: flex; flex-direction: column; gap: 1.3em; }
.exchange { display: flex; flex-direction: column; gap: .6em; }
.asked { align-self: flex-end; max-inline-size: 90%; padding: .5em .9em; border-radius: 1.1em; border-end-end-radius: .2em; background: ${colour('ground-soft')}; border: 1px solid transparent; }
.state { color: ${colour('muted')}; }
.busy::before { content: ""; display: inline-block; inline-size: .6em; block-size: .6em; margin-inline-end: .6em; border-radius: 50%; background: ${colour('accent')}; animation: pulse 1.1s ease-in-out infinite alternate; }
.answer-text { font-size: 1.25em; font-weight: 650; line-height: 1.35; }
.sentence { padding-inline-start: .9em; border-inline-start: 3px solid ${colour('line')}; white-space: pre-line; }
mark { background: ${colour('mark')}; color: ${colour('mark-ink')}; padding-inline: .1em; border-radius: .15em; }
.source { display: flex; flex-wrap: wrap; align-items: center; gap: 0 .8em; font-size: .92em; color: ${colour('muted')}; }
.source:empty { display: none; }
.results { display: flex; flex-direction: column; gap: .9em; }
.failure { color: ${colour('alarm')}; }

form { display: flex; gap: .5em; padding: .7em; border-block-start: 1px solid ${colour('line')}; }
.field { flex: 1; min-inline-size: 0; min-block-size: 44px; padding: .4em .8em; border: 1px solid ${colour('muted')}; border-radius: var(--answerlet-radius, 10px); background: ${colour('ground')}; color: ${colour('ink')}; }
.field::placeholder { color: ${colour('muted')}; opacity: 1; }

@keyframes pulse { from { opacity: .25; } to { opacity: 1; } }
@keyframes rise { from { opacity: 0; transform: translateY(8px); } }
:host(:not([inline])) .panel { animation: rise .16s ease-out; }

/* A phone: a sheet of full width. Its own button closes it. */
@media (max-width: 30em) {
  :host(:not([inline])) .panel {
    position: fixed; inset-inline: 0; inset-block: auto 0; inline-size: auto; block-size: 92vh; margin: 0;
    border-inline: 0; border-block-end: 0; border-end-start-radius: 0; border-end-end-radius: 0; padding-block-end: env(safe-area-inset-bottom);
  }
  @supports (height: 1dvh) { :host(:not([inline])) .panel { block-size: 92dvh; } }
  :host(:not([inline])[open]) .bubble { visibility: hidden; }
}
@media print { :host(:not([inline])) { display: none; } }
@media (prefers-reduced-motion: reduce) { .base *, .base *::before { animation: none !important; } }
@media (forced-colors: active) {
  .bubble, .solid, .asked, .close { border-color: ButtonBorder; }
  .busy::before { background: CanvasText; forced-color-adjust: none; }
  mark { background: Mark; color: MarkText; forced-color-adjust: none; }
}
`;

let sheet: CSSStyleSheet | undefined;

/** One sheet for all elements, made by script: a page's `style-src` has no say in it. */
export function styleSheet(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
