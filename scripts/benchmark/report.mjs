// Results as Markdown: medians and spread, ratios and shares of the peak.

import { MODELS, operations, peakOf } from './models.mjs';

const ours = ({ engine }) => engine === 'answerlet';
const PRECISIONS = ['int8', 'f32'];

const name = ({ engine, variant, precision }) =>
  [ours({ engine }) ? '**Answerlet**' : engine, precision, variant && engine !== 'candle' && (ours({ engine }) ? variant : `(${variant})`)].filter(Boolean).join(' ');

const table = (head, body) => [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const short = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
const spread = ({ median, min, max }) => `${short(median)} (${short(min)}–${short(max)})`;
const percent = (share) => `${(100 * share).toFixed(0)} %`;
const times = (ratio) => `${ratio.toFixed(2)}×`;
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)} MB`;
const unique = (values) => [...new Set(values)];

class Rows {
  constructor(rows) {
    this.rows = rows;
  }

  where(wanted) {
    return this.rows.filter((row) => Object.entries(wanted).every(([key, value]) => row[key] === value));
  }

  one(wanted) {
    return this.where(wanted)[0];
  }

  /** Engines of some rows, without what differs between their rows. */
  static engines(rows) {
    return unique(rows.map(({ engine, variant, precision }) => JSON.stringify({ engine, variant, precision }))).map((text) => JSON.parse(text));
  }
}

/** One table a model: an engine a line, a number of tokens a column. */
function timesSection(rows, metric, rival, withShare) {
  const parts = [];
  for (const model of Object.keys(MODELS)) {
    const found = rows.where({ metric, model });
    if (found.length === 0) continue;
    const tokens = unique(found.map((row) => row.tokens)).sort((a, b) => a - b);
    const cell = (engine, count) => {
      const row = rows.one({ metric, model, tokens: count, ...engine });
      if (!row) return '';
      const cells = [spread(row)];
      const other = rows.one({ metric, model, tokens: count, engine: rival, precision: row.precision });
      if (other && other !== row) cells.push(times(other.median / row.median));
      const peak = withShare && rows.one({ metric: 'gops', variant: peakOf(row) });
      if (peak) cells.push(percent(operations(model, count) / row.median / 1e6 / peak.median));
      return cells.join(', ');
    };
    const body = PRECISIONS.flatMap((precision) =>
      Rows.engines(found.filter((row) => row.precision === precision)).map((engine) => [name(engine), ...tokens.map((count) => cell(engine, count))]),
    );
    parts.push(`### ${model}\n\n${table(['ms', ...tokens.map((count) => `${count} tokens`)], body)}`);
  }
  return parts.join('\n\n');
}

function peaksSection(rows) {
  const peaks = rows.where({ engine: 'peak' });
  const gemms = rows.where({ metric: 'gemm_gops' });
  const parts = [table(['instruction', 'Gop/s'], peaks.map((row) => [row.variant.replaceAll('_', ' '), spread(row)]))];
  if (gemms.length > 0) {
    const body = gemms.map((row) => {
      const peak = rows.one({ metric: 'gops', variant: peakOf(row) });
      return [`${row.precision} ${row.variant}`, row.shape.replaceAll('x', ' × '), spread(row), peak ? percent(row.median / peak.median) : ''];
    });
    parts.push(table(['matrix product', 'rows × depth × columns', 'Gop/s', 'share of its peak'], body));
  }
  return parts.join('\n\n');
}

function loadSection(rows) {
  const columns = [
    ['load_ms', 'cold, ms', spread], ['load_cached_ms', 'cached, ms', spread],
    ['first_answer_ms', 'first answer cold, ms', spread], ['first_answer_cached_ms', 'cached, ms', spread],
    ['memory_bytes', 'linear memory', ({ median }) => megabytes(median)], ['renderer_peak_bytes', 'renderer, peak', ({ median }) => megabytes(median)],
    ['model_bytes', 'model', ({ median }) => megabytes(median)],
  ];
  const parts = [];
  for (const model of Object.keys(MODELS)) {
    const found = rows.where({ model, metric: 'load_ms' });
    if (found.length === 0) continue;
    const body = Rows.engines(found).map((engine) => [
      name(engine),
      ...columns.map(([metric, , show]) => {
        const row = rows.one({ metric, model, ...engine });
        return row ? show(row) : '';
      }),
    ]);
    parts.push(`### ${model}\n\n${table(['', ...columns.map(([, title]) => title)], body)}`);
  }
  return parts.join('\n\n');
}

const sizeSection = (rows) =>
  table(['runtime', 'bytes, brotli'], rows.where({ metric: 'runtime_bytes' }).map((row) => [name(row), row.median.toLocaleString('en')]));

const checksSection = (checks) =>
  table(
    ['', 'tokens', 'largest difference'],
    checks.map(({ engine, model, tokens, difference }) => [`${engine}, ${model}`, tokens, difference.toExponential(1)]),
  );

/** @param {object} results what run.mjs writes as JSON */
export function markdown({ date, machine, browser, versions, options, checks, notes, rows: all }) {
  const rows = new Rows(all);
  const sections = [
    `# Benchmark of ${date.slice(0, 10)}`,
    [
      `- ${machine.cpu}, ${machine.cores} cores (${machine.features.join(', ')}), ${machine.os}; load average ${machine.load_average.map((load) => load.toFixed(1)).join(' to ')}`,
      `- ${browser.version}${browser.flags.length > 0 ? ` with \`${browser.flags.join(' ')}\`` : ''}, ${options.threads} thread`,
      `- ${Object.entries(versions).filter(([, version]) => version).map(([what, version]) => `${what} ${version}`).join(', ')}`,
      `- ${options.rounds} rounds, alternating between the engines: median of the rounds' medians (least–greatest)`,
    ].join('\n'),
  ];
  const add = (title, text, body) => body && sections.push(`## ${title}`, ...(text ? [text] : []), body);
  add(
    'From ids to logits',
    'Embeddings and span head included. × is how many times as fast as ONNX Runtime Web in the same precision; % the share of the peak, below, of the instruction that the engine could use.',
    timesSection(rows, 'encoder_ms', 'onnxruntime-web', true),
  );
  add('From a question to its answer', '× is how many times as fast as transformers.js in the same precision.', timesSection(rows, 'ask_ms', 'transformers.js', false));
  add('Peaks', 'Operations are counted as 2 a multiply-add; a peak is the best of six loops that do nothing else.', peaksSection(rows));
  add(
    'Load',
    'From the call, scripts included, to a reader that is ready (ONNX Runtime: to its session, without a tokenizer); cold in a fresh profile, cached in a new page of the same browser, both from this machine. Linear memory is WebAssembly\'s, after an answer at the most tokens.',
    loadSection(rows),
  );
  if (rows.where({ metric: 'runtime_bytes' }).length > 0) add('Downloads', '', sizeSection(rows));
  if (checks.length > 0) add('Same logits', 'Against ONNX Runtime Web in f32, before anything was timed.', checksSection(checks));
  const remarks = [...notes, ...remarksOn(rows)];
  if (remarks.length > 0) add('Notes', '', remarks.map((note) => `- ${note}`).join('\n'));
  return `${sections.join('\n\n')}\n`;
}

function remarksOn(rows) {
  const remarks = [];
  if (rows.where({ engine: 'candle', model: 'distilbert-base' }).length > 0) {
    remarks.push('candle-transformers\' DistilBERT computes GELU by the tanh approximation, so its logits differ and its time is not quite for the same work.');
  }
  if (rows.where({ engine: 'transformers.js' }).length > 0) {
    remarks.push('transformers.js runs the build of ONNX Runtime Web that it takes by default (asyncify).');
  }
  return remarks;
}
