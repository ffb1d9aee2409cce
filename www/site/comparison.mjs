// What scripts/bench has measured (--json), as tables.
import { escape } from './html.mjs';

const MODELS = { 'minilm-l6': 'MiniLM-L6', 'distilbert-base': 'DistilBERT-base' };
const ENGINES = { answerlet: 'Answerlet', 'onnxruntime-web': 'ONNX Runtime Web' };
const modelName = (model) => MODELS[model] ?? escape(model);
const called = (engine) => ENGINES[engine] ?? escape(engine);

const TIMES = [
  { metric: 'ask_ms', title: 'From a question to its answer', text: 'Milliseconds, tokenizing included, on a text of so many tokens.' },
  { metric: 'encoder_ms', title: 'The network alone', text: 'Milliseconds from token ids to logits. Embeddings and span head are in.' },
];

const LOAD = [
  ['load_ms', 'First load, ms'],
  ['load_cached_ms', 'Later load, ms'],
  ['first_answer_ms', 'First answer, ms'],
  ['first_answer_cached_ms', 'Later first answer, ms'],
  ['memory_bytes', 'WebAssembly memory'],
  ['renderer_peak_bytes', 'Peak of the tab’s process'],
  ['model_bytes', 'Model’s files'],
];

const unique = (values) => [...new Set(values)];
const short = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)}&nbsp;MB`;
const isOurs = ({ engine }) => engine === 'answerlet';

/** Rows of one engine in one way of computing have the same. */
const engineOf = ({ engine, variant, precision }) => [engine, variant ?? '', precision].join(' ');

function engineName({ engine, variant, precision }) {
  const build = isOurs({ engine }) ? { simd128: ', plain SIMD', relaxed: ', relaxed SIMD' }[variant] : variant && engine !== 'candle' ? ` (${escape(variant)})` : '';
  return `${called(engine)} ${precision}${build ?? ''}`;
}

/** A table that scrolls by itself where the screen is narrow. */
function table(id, caption, head, rows) {
  const body = rows.map(({ ours, list: [name, ...figures] }) => `<tr${ours ? ' class="ours"' : ''}><th scope="row">${name}</th>${figures.map((figure) => `<td>${figure}</td>`).join('')}</tr>`);
  return `<div class="table figures" role="group" tabindex="0" aria-labelledby="${id}"><table>
<caption id="${id}">${caption}</caption>
<thead><tr>${head.map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody>
</table></div>`;
}

/** The engines of some rows, int8 before f32, each with its rows. */
function byEngine(rows) {
  const keys = unique(rows.map(engineOf));
  return keys
    .map((key) => rows.filter((row) => engineOf(row) === key))
    .sort(([a], [b]) => Number(a.precision !== 'int8') - Number(b.precision !== 'int8'));
}

function times(rows, { metric, title, text }) {
  const found = rows.filter((row) => row.metric === metric);
  if (found.length === 0) return '';
  const tables = unique(found.map(({ model }) => model)).map((model) => {
    const ofModel = found.filter((row) => row.model === model);
    const tokens = unique(ofModel.map((row) => row.tokens)).sort((a, b) => a - b);
    const lines = byEngine(ofModel).map((own) => ({
      ours: isOurs(own[0]),
      list: [engineName(own[0]), ...tokens.map((count) => own.find((row) => row.tokens === count)).map((row) => (row ? `${short(row.median)} <span class="spread">${short(row.min)}–${short(row.max)}</span>` : '–'))],
    }));
    return table(`${metric}-${model}`, modelName(model), ['Milliseconds', ...tokens.map((count) => `${count} tokens`)], lines);
  });
  return `<h2>${title}</h2>\n<p>${text} The median of the rounds, then the least and the greatest.</p>\n${tables.join('\n')}`;
}

function load(rows) {
  const found = rows.filter(({ metric }) => LOAD.some(([name]) => name === metric));
  if (!found.some(({ metric }) => metric === 'load_ms')) return '';
  const tables = unique(found.map(({ model }) => model)).map((model) => {
    const ofModel = found.filter((row) => row.model === model);
    const columns = LOAD.filter(([metric]) => ofModel.some((row) => row.metric === metric));
    const show = (row) => (row === undefined ? '–' : row.metric.endsWith('_bytes') ? megabytes(row.median) : short(row.median));
    const lines = byEngine(ofModel).map((own) => ({ ours: isOurs(own[0]), list: [engineName(own[0]), ...columns.map(([metric]) => show(own.find((row) => row.metric === metric)))] }));
    return table(`load-${model}`, modelName(model), ['Engine', ...columns.map(([, title]) => title)], lines);
  });
  return `<h2>Loading and memory</h2>
<p>From the call, scripts included, to a reader that is ready (of ONNX Runtime: to its session, without a tokenizer), from a server on the same machine. First: in a fresh browser profile. Later: in a new page of the same browser. Memory is that after an answer at the most tokens.</p>
${tables.join('\n')}`;
}

function downloads(rows) {
  const found = rows.filter(({ metric }) => metric === 'runtime_bytes');
  if (found.length === 0) return '';
  const lines = found.map((row) => ({ ours: isOurs(row), list: [isOurs(row) ? `${called(row.engine)}, ${escape(row.variant)}` : called(row.engine), row.median.toLocaleString('en')] }));
  return `<h2>Download of the runtime</h2>\n<p>Scripts and WebAssembly, without a model.</p>\n${table('runtime-bytes', 'Compressed with brotli', ['Runtime', 'Bytes'], lines)}`;
}

function conditions({ date, machine, browser, versions, options }) {
  const list = Object.entries(versions).filter(([, version]) => version).map(([name, version]) => `${escape(name)} ${escape(version)}`);
  return `<h2>Measured on</h2>
<ul>
<li>${escape(date.slice(0, 10))}, ${escape(browser.version)}${browser.flags.length > 0 ? ` with <code>${escape(browser.flags.join(' '))}</code>` : ''}, one thread</li>
<li>${escape(machine.cpu)}, ${machine.cores} cores (${escape(machine.features.join(', '))}), ${escape(machine.os)}</li>
<li>${list.join(', ')}</li>
<li>${options.rounds} round${options.rounds === 1 ? '' : 's'}, alternating between the engines</li>
</ul>`;
}

/**
 * @param {object | undefined} results undefined where there are none
 * @param {boolean} picture whether bench.svg is there
 */
export function comparison(results, picture) {
  if (!results) return '<p class="note">This build has no results to show: there is no <code>bench.json</code> of a run of <code>scripts/bench</code>.</p>';
  const figure = '<div class="figure" role="group" tabindex="0" aria-label="Figure"><img src="bench.svg" alt="The network’s times as bars, Answerlet beside the others: the tables below hold the same figures."></div>';
  return [picture && figure, ...TIMES.map((what) => times(results.rows, what)), load(results.rows), downloads(results.rows), conditions(results)].filter(Boolean).join('\n');
}
