// Loaded by a dynamic import when the panel is opened: a visitor who only asks never downloads the plotting library.
import { axisY, barY, gridY, plot, ruleY, text, type Markish } from '@observablehq/plot';

export interface TokenScore {
  /** Unique in the plot, such as `dealership_17`. */
  label: string;
  score: number;
  probability: number;
  /** A context token, or [CLS]: one that the decoder considers. */
  eligible: boolean;
  chosen: boolean;
}

const tokenWidth = 17;
const plotHeight = 160;
const axisWidth = 40;
/** Room for what the first label hangs out to the left. */
const marginLeft = 26;
const marginTop = 14;

/** Draws one bar a token into `into`, which scrolls sideways, and brings the chosen ones into view. */
export function drawScores(into: HTMLElement, scores: readonly TokenScore[], name: string): void {
  const chosen = scores.filter((token) => token.chosen);
  const nullScore = scores[0]?.score ?? 0;
  // Labels hang at a slant under the plot; the longest decides how much room they get.
  const marginBottom = Math.min(130, 22 + 5.4 * Math.max(...scores.map((token) => token.label.length)));
  const height = marginTop + plotHeight + marginBottom;
  const values = scores.map((token) => token.score);
  const lowest = Math.min(...values);
  const highest = Math.max(...values);
  const room = (highest - lowest || 1) * 0.06;
  // Logits have no natural zero (softmax ignores a shift), so bars rise from the floor of the plot.
  const floor = lowest - room;
  const y = { domain: [floor, highest + room], label: null };
  const x = { domain: scores.map((token) => token.label), padding: 0, label: null };

  const labels = (tokens: readonly TokenScore[], fill: string, fontWeight: string): Markish =>
    text(tokens, { x: 'label', y: floor, text: 'label', rotate: -60, dx: -1, dy: 8, textAnchor: 'end', lineAnchor: 'middle', fontSize: 10.5, fontWeight, fill });

  const figure = plot({
    className: 'plot',
    ariaLabel: `${name} of ${scores.length} tokens; highest: ${scores.reduce((best, token) => (token.score > best.score ? token : best)).label}`,
    width: marginLeft + scores.length * tokenWidth + 12,
    height,
    marginLeft,
    marginRight: 12,
    marginTop,
    marginBottom,
    x: { ...x, axis: null },
    y: { ...y, axis: null },
    marks: [
      gridY({ ticks: 5, strokeOpacity: 0.12 }),
      barY(chosen, { x: 'label', y1: floor, y2: highest + room, fill: 'var(--band)' }),
      barY(scores, {
        x: 'label', y1: floor, y2: 'score', insetLeft: 3, insetRight: 3, rx: 1.5,
        fill: (token: TokenScore) => (token.chosen ? 'var(--bar-chosen)' : token.eligible ? 'var(--bar)' : 'var(--bar-idle)'),
        title: (token: TokenScore) => `${token.label}\nscore ${token.score.toFixed(2)}${token.eligible ? `\nprobability ${token.probability.toFixed(4)}` : '\nnot in the page'}`,
      }),
      ruleY([nullScore], { stroke: 'currentColor', strokeDasharray: '4 4', strokeOpacity: 0.6 }),
      ruleY([floor], { strokeOpacity: 0.5 }),
      labels(scores.filter((token) => !token.chosen), 'var(--muted)', 'normal'),
      labels(chosen, 'currentColor', 'bold'),
    ],
    color: { type: 'identity' },
  });
  const axis = plot({
    className: 'plot',
    width: axisWidth, height, marginLeft: axisWidth - 1, marginRight: 0, marginTop, marginBottom,
    y,
    marks: [axisY({ ticks: 5, tickSize: 0, tickPadding: 8, fontSize: 11 })],
  });
  axis.classList.add('plot-axis');
  axis.setAttribute('aria-hidden', 'true');
  figure.setAttribute('role', 'img');
  // Plot writes a <style> into each drawing, which a strict Content-Security-Policy refuses; style.css has its rules.
  for (const drawing of [axis, figure]) drawing.querySelector('style')?.remove();
  into.replaceChildren(axis, figure);

  const middle = chosen[Math.floor(chosen.length / 2)];
  if (middle) {
    const at = marginLeft + (scores.indexOf(middle) + 0.5) * tokenWidth;
    into.scrollLeft = at - (into.clientWidth - axisWidth) / 2;
  }
}
