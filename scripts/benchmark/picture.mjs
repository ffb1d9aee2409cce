// Draws the main result of a run as bars: picture.mjs RESULTS.json OUT.svg

import { readFileSync, writeFileSync } from 'node:fs';
import { MODELS } from './models.mjs';

const [input, output] = process.argv.slice(2);
if (!output) {
  console.error('usage: picture.mjs RESULTS.json OUT.svg');
  process.exit(2);
}
const { rows, machine, browser } = JSON.parse(readFileSync(input, 'utf8'));

const BARS = [
  { label: 'Answerlet int8', engine: 'answerlet', precision: 'int8', variant: 'relaxed' },
  { label: 'Answerlet int8, plain SIMD', engine: 'answerlet', precision: 'int8', variant: 'simd128' },
  { label: 'ONNX Runtime Web int8', engine: 'onnxruntime-web', precision: 'int8' },
  { label: 'Answerlet f32', engine: 'answerlet', precision: 'f32', variant: 'relaxed' },
  { label: 'Answerlet f32, plain SIMD', engine: 'answerlet', precision: 'f32', variant: 'simd128' },
  { label: 'ONNX Runtime Web f32', engine: 'onnxruntime-web', precision: 'f32' },
  { label: 'candle f32', engine: 'candle', precision: 'f32' },
];
const TITLES = { 'minilm-l6': 'MiniLM-L6', 'distilbert-base': 'DistilBERT-base' };

const [WIDTH, LEFT, RIGHT, BAR, GAP, HEAD] = [760, 190, 70, 18, 6, 34];
const escape = (text) => text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]);
const matches = (wanted) => (row) => Object.entries(wanted).every(([key, value]) => row[key] === value);

let y = 0;
const parts = [];
const text = (x, at, content, attributes = '') => parts.push(`<text x="${x}" y="${at}" ${attributes}>${escape(content)}</text>`);

for (const model of Object.keys(MODELS)) {
  const found = rows.filter(matches({ metric: 'encoder_ms', model }));
  if (found.length === 0) continue;
  const tokens = Math.max(...found.map((row) => row.tokens));
  const bars = BARS.map(({ label, ...wanted }) => ({ label, row: found.find(matches({ ...wanted, tokens })), own: wanted.engine === 'answerlet' })).filter(({ row }) => row);
  const longest = Math.max(...bars.map(({ row }) => row.median));
  text(0, y + 20, `${TITLES[model]}, ${tokens} tokens, one thread: milliseconds, less is better`, 'class="title"');
  y += HEAD;
  for (const { label, row, own } of bars) {
    const length = Math.max(1, (row.median / longest) * (WIDTH - LEFT - RIGHT));
    text(LEFT - 8, y + 13, label, 'text-anchor="end"');
    parts.push(`<rect x="${LEFT}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="2" class="${own ? 'own' : 'other'}"/>`);
    text((LEFT + length + 6).toFixed(1), y + 13, row.median.toFixed(0));
    y += BAR + GAP;
  }
  y += 16;
}
if (y === 0) {
  console.error(`${input} holds no encoder_ms`);
  process.exit(1);
}
text(0, y + 8, `${browser.version}, ${machine.cpu} (${machine.features.join(', ')})`, 'class="small"');
y += 16;

// Colours that can be read on light and on dark ground: READMEs are shown on both.
const style =
  'text{font:13px system-ui,sans-serif;fill:#51666b}.title{font-weight:600}.small{font-size:11px}.own{fill:#2a8a94}.other{fill:#b5c6c6}' +
  '@media(prefers-color-scheme:dark){text{fill:#b5c6c6}.other{fill:#51666b}}';
const description = 'Bars: milliseconds from token ids to logits, Answerlet beside ONNX Runtime Web and candle';
writeFileSync(
  output,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="${description}">\n<style>${style}</style>\n${parts.join('\n')}\n</svg>\n`,
);
console.log(`Written to ${output}`);
