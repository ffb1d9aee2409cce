import type { AskResult, Window as ReadWindow } from 'answerlet';
import { byId, make } from './dom.js';
import type { TokenScore } from './plots.js';
import { count, duration } from './words.js';

export interface Shown {
  result: AskResult;
  /** Whether the model can say 'no answer', so that a refusal is a choice of its [CLS]. */
  learnedNoAnswer: boolean;
}

/** The 'How it read this' panel: what the model saw and the scores that it gave, one window at a time. */
export class Panel {
  readonly #details = byId('panel', HTMLDetailsElement);
  readonly #note = byId('panel-note', HTMLElement);
  readonly #reread = byId('reread', HTMLButtonElement);
  readonly #content = byId('panel-content', HTMLElement);
  readonly #pick = byId('window-pick', HTMLElement);
  readonly #select = byId('window', HTMLSelectElement);
  readonly #facts = byId('window-facts', HTMLElement);
  readonly #tokens = byId('tokens', HTMLElement);
  readonly #plotStart = byId('plot-start', HTMLElement);
  readonly #plotEnd = byId('plot-end', HTMLElement);
  readonly #plotNote = byId('plot-note', HTMLElement);
  #shown: Shown | null = null;
  #drawn: ReadWindow | null = null;

  constructor(reread: () => void) {
    this.#reread.addEventListener('click', reread);
    this.#details.addEventListener('toggle', () => this.#draw());
    this.#select.addEventListener('change', () => this.#draw());
  }

  get open(): boolean {
    return this.#details.open;
  }

  show(shown: Shown | null): void {
    this.#shown = shown;
    this.#drawn = null;
    const windows = shown?.result.windows ?? [];
    this.#content.hidden = windows.length === 0;
    this.#note.hidden = windows.length > 0;
    this.#reread.hidden = !shown || windows.length > 0;
    this.#note.textContent = shown
      ? 'The scores of so long a text are kept only if this panel is open while it is read.'
      : 'Ask a question first: then every token that the model saw stands here, with its scores.';
    this.#select.replaceChildren(...windows.map((_, index) => {
      const option = make('option', '', `${index + 1} of ${windows.length}`);
      option.value = String(index);
      return option;
    }));
    this.#pick.hidden = windows.length < 2;
    if (shown && windows.length > 0) this.#select.value = String(this.#best(shown));
    this.#draw();
  }

  /** The window that the answer was taken from, or the one closest to an answer where there is none. */
  #best({ result }: Shown): number {
    const windows = result.windows ?? [];
    const answer = result.answers[0];
    let best = 0;
    let bestRank = -Infinity;
    windows.forEach((window, index) => {
      const chosen = answerTokens(window, result);
      const eligible = chosen.length > 0 ? chosen : contextTokens(window);
      const starts = chosen.length > 0 ? chosen.slice(0, 1) : eligible;
      const ends = chosen.length > 0 ? chosen.slice(-1) : eligible;
      const nullScore = (window.startLogits[0] ?? 0) + (window.endLogits[0] ?? 0);
      const margin = highest(window.startLogits, starts) + highest(window.endLogits, ends) - nullScore;
      // A window that holds the whole answer comes before one that holds a piece of it, and that before any other.
      const whole = answer !== undefined && window.start <= answer.start && answer.end <= window.end;
      const rank = margin + (whole ? 2e6 : chosen.length > 0 ? 1e6 : 0);
      if (rank > bestRank) {
        bestRank = rank;
        best = index;
      }
    });
    return best;
  }

  #draw(): void {
    const window = this.#shown?.result.windows?.[Number(this.#select.value)];
    if (!this.#shown || !window || !this.#details.open || this.#drawn === window) return;
    this.#drawn = window;
    const { result, learnedNoAnswer } = this.#shown;
    let chosen = answerTokens(window, result);
    const refused = !result.answered && learnedNoAnswer;
    if (refused) chosen = [0];
    const isChosen = new Set(chosen);

    const { tokenizeMs, encodeMs, decodeMs } = result.timing;
    this.#facts.textContent = `${count(window.tokens.length)} tokens · characters ${count(window.start)} to ${count(window.end)} of the page`
      + ` · read in ${duration(tokenizeMs + encodeMs + decodeMs)}`;
    this.#tokens.replaceChildren(...window.tokens.map((token, index) => {
      const kind = window.specialTokensMask[index] ? 'special' : window.sequenceIds[index] === 0 ? 'question' : 'context';
      const item = make('li', `token token-${kind}${isChosen.has(index) ? ' token-chosen' : ''}`);
      item.append(make('b', '', token), make('span', '', `${window.inputIds[index]} · ${window.tokenTypeIds[index]}`));
      return item;
    }));
    const first = this.#tokens.querySelector<HTMLElement>('.token-chosen');
    this.#tokens.scrollTop = first ? first.offsetTop - this.#tokens.clientHeight / 3 : 0;

    const cls = window.tokens[0] ?? '[CLS]';
    this.#plotNote.textContent = `Scores are the model’s raw logits; bars outside the page and ${cls} are pale, since no answer may stand there. `
      + `The dashed line is the score of ${cls}, ${learnedNoAnswer ? 'the model’s ‘no answer’, which a span has to beat' : 'the first token'}.`;
    const scores = (logits: readonly number[], probabilities: readonly number[], edge: number | undefined): TokenScore[] =>
      window.tokens.map((token, index) => ({
        label: `${token}_${index}`,
        score: logits[index] ?? 0,
        probability: probabilities[index] ?? 0,
        eligible: index === 0 || (window.sequenceIds[index] === 1 && !window.specialTokensMask[index]),
        chosen: edge !== undefined && isChosen.has(index),
      }));
    const starts = scores(window.startLogits, window.startProbabilities, chosen[0]);
    const ends = scores(window.endLogits, window.endProbabilities, chosen.at(-1));
    import('./plots.js').then(({ drawScores }) => {
      if (this.#drawn !== window) return;
      drawScores(this.#plotStart, starts, 'Start scores');
      drawScores(this.#plotEnd, ends, 'End scores');
    }, () => {
      this.#plotStart.textContent = this.#plotEnd.textContent = 'The plots could not be loaded. Close the panel and open it again.';
      this.#drawn = null;
    });
  }
}

const contextTokens = (window: ReadWindow): number[] =>
  window.tokens.flatMap((_, index) => (window.sequenceIds[index] === 1 && !window.specialTokensMask[index] ? [index] : []));

function answerTokens(window: ReadWindow, result: AskResult): number[] {
  const answer = result.answers[0];
  if (!answer) return [];
  return contextTokens(window).filter((index) => {
    const [start, end] = window.offsets[index] ?? [0, 0];
    return start < answer.end && end > answer.start;
  });
}

const highest = (scores: readonly number[], at: readonly number[]): number =>
  at.reduce((best, index) => Math.max(best, scores[index] ?? -Infinity), -Infinity);
