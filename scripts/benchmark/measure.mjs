// The measurements. All of them go in rounds over the engines (A B A B), so that a machine whose speed drifts, or
// that has other work for a while, is unfair to none; a round's value is the median of its repetitions.

import { newPage, launch, remote, rendererPeakBytes } from './browser.mjs';
import { encoders, GEMMS, candleEncoder, ortEncoder, ourEncoder, PEAKS, QUANTISED, readers } from './models.mjs';
import { modelBytes, runtimeSizes } from './size.mjs';
import { largestDifference, median, sum, summary } from './statistics.mjs';

/** Logits of f32 engines on the same weights differ by the order of their sums, no more. */
const F32_TOLERANCE = 1e-2;
/** Logits of 7-bit activations that are nearer to f32 than this weren't computed from any. */
const LEAST_INT8 = 1e-4;
/** Milliseconds that one engine's turn in a round should take, and the most repetitions. */
const TURN = 400;
const MOST_REPEATS = 8;
/** Browsers compile quickly first and well later, what they see to run for long. */
const WARM_UP = 1000;
const PEAK_TURN = 15;
const GEMM_TURN = 150;

/**
 * @typedef {object} Run
 * @property {object} options what run.mjs was told
 * @property {object} bench the page's functions
 * @property {object[]} inputs texts and ids of each number of tokens
 * @property {string[]} variants builds that this browser can run
 * @property {object[]} rows results
 * @property {(text: string) => void} say
 */

const row = ({ engine, variant = null, precision = null }, model, tokens, metric, values, unit) => ({
  engine, variant, precision, threads: 1, model, tokens, metric, ...summary(values), unit,
});

const open = (bench, { key, open: [engine, options] }) => bench.open(key, engine, options);
const encode = (bench, { key }, { ids, types }, repeats) => bench.call(key, 'encode', { ids, types, repeats });

/** Rounds over engines: how many repetitions fill a turn is found by the warm-up, which isn't counted. */
async function inRounds(engines, rounds, once) {
  const repeats = new Map();
  for (const engine of engines) {
    const warm = [];
    while (warm.length < 2 || sum(warm) < WARM_UP) warm.push(...(await once(engine, 1)).times);
    repeats.set(engine, Math.min(MOST_REPEATS, Math.max(1, Math.round(TURN / warm.at(-1)))));
  }
  const medians = new Map(engines.map((engine) => [engine, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const engine of engines) medians.get(engine).push(median((await once(engine, repeats.get(engine))).times));
  }
  return medians;
}

/**
 * The engines compute the same: fails where f32 logits differ, and tells how far int8 is away.
 * @param {Run} run
 */
export async function crossCheck({ bench, inputs, variants, say, checks, notes }, model) {
  const input = inputs.find(({ tokens }) => tokens === 128) ?? inputs[0];
  const logits = async (engine) => {
    await open(bench, engine);
    const { start, end } = await encode(bench, engine, input, 1);
    await bench.close(engine.key);
    return [...start, ...end];
  };
  const reference = await logits(ortEncoder(model, 'f32'));
  const compare = async (name, engine, tolerance) => {
    const difference = largestDifference(await logits(engine), reference);
    checks.push({ model, tokens: input.tokens, engine: name, difference });
    if (!(difference <= tolerance)) throw new Error(`${model}: logits of ${name} are ${difference} away from ONNX Runtime's f32 (at most ${tolerance})`);
    say(`${model}: logits of ${name} against ONNX Runtime's f32: at most ${difference.toExponential(1)} apart`);
    return difference;
  };
  // candle-transformers' DistilBERT has the tanh approximation for GELU: close, not the same.
  await compare('candle f32', candleEncoder(model), model === 'distilbert-base' ? Infinity : F32_TOLERANCE);
  for (const variant of variants) await compare(`Answerlet f32 ${variant}`, ourEncoder(model, 'f32', variant), F32_TOLERANCE);
  const int8 = [];
  for (const variant of variants) int8.push(await compare(`Answerlet int8 ${variant}`, ourEncoder(model, 'int8', variant), Infinity));
  if (Math.min(...int8) < LEAST_INT8) notes.push(`${model}: Answerlet's int8 logits are those of f32. What stands as int8 was NOT computed in int8.`);
  if (new Set(int8).size > 1) notes.push(`${model}: Answerlet's int8 logits are not the same in both builds (${int8.join(' and ')} away from f32).`);
  for (const quantised of QUANTISED) await compare(`ONNX Runtime ${quantised}`, ortEncoder(model, 'int8', quantised), Infinity);
}

/** The faster one of QInt8 and QUInt8 weights in ONNX Runtime here. */
export async function fasterQuantised({ bench, inputs, say }, model) {
  const input = inputs.find(({ tokens }) => tokens === 256) ?? inputs.at(-1);
  const engines = QUANTISED.map((quantised) => ortEncoder(model, 'int8', quantised));
  for (const engine of engines) await open(bench, engine);
  const medians = await inRounds(engines, 5, (engine, repeats) => encode(bench, engine, input, repeats));
  for (const { key } of engines) await bench.close(key);
  const times = engines.map((engine) => median(medians.get(engine)));
  const faster = times[0] <= times[1] ? 0 : 1;
  say(`${model}: ONNX Runtime int8 with ${QUANTISED.map((name, index) => `${name} ${times[index].toFixed(1)} ms`).join(', ')}: ${QUANTISED[faster]} is taken`);
  return QUANTISED[faster];
}

/** Makes ready for `peaks`, by a first pass that doesn't count. */
export async function openPeaks(run) {
  for (const variant of run.variants) await run.bench.open(`peaks-${variant}`, 'benchmark', { variant });
  await peaks({ ...run, samples: new Map() });
}

/** Instruction peaks and matrix products: one pass. The best shape of a loop is its peak. */
export async function peaks({ bench, variants, samples }) {
  const sample = (key, value) => samples.set(key, [...(samples.get(key) ?? []), value]);
  for (const variant of variants) {
    const key = `peaks-${variant}`;
    for (const [instruction, build] of Object.entries(PEAKS)) {
      if (build !== variant) continue;
      const rates = await bench.call(key, 'peak', { instruction, milliseconds: PEAK_TURN });
      if (rates.length > 0) sample(`peak ${instruction}`, Math.max(...rates));
    }
    for (const precision of ['int8', 'f32']) {
      for (const [rows, inner, out] of GEMMS) {
        sample(`gemm ${precision} ${variant} ${rows}x${inner}x${out}`, await bench.call(key, 'gemm', { precision, rows, inner, out, milliseconds: GEMM_TURN }));
      }
    }
  }
}

/** The rows of all passes of `peaks`. */
export function peakRows({ samples }) {
  return [...samples].map(([key, rates]) => {
    const [kind, ...rest] = key.split(' ');
    if (kind === 'peak') {
      const [instruction] = rest;
      return row({ engine: 'peak', variant: instruction, precision: instruction.startsWith('f32') ? 'f32' : 'int8' }, null, null, 'gops', rates, 'Gop/s');
    }
    const [precision, variant, shape] = rest;
    return { ...row({ engine: 'answerlet', variant, precision }, null, Number(shape.split('x')[0]), 'gemm_gops', rates, 'Gop/s'), shape };
  });
}

/** From ids to logits, with a pass of the peaks after each number of tokens. */
export async function encoderTimes(run, model, quantised) {
  const { bench, inputs, options, rows, say } = run;
  const engines = encoders(model, { quick: options.quick, quantised, variants: run.variants });
  for (const engine of engines) await open(bench, engine);
  for (const input of inputs) {
    const medians = await inRounds(engines, options.rounds, (engine, repeats) => encode(bench, engine, input, repeats));
    for (const engine of engines) rows.push(row(engine.row, model, input.tokens, 'encoder_ms', medians.get(engine), 'ms'));
    say(`${model}, ${input.tokens} tokens, encoder: ${engines.map((engine) => `${engine.key} ${median(medians.get(engine)).toFixed(1)}`).join(', ')} ms`);
    await peaks(run);
  }
  for (const { key } of engines) await bench.close(key);
}

/** Whether the package computes what it was asked to; what it doesn't have yet is left out, and said. */
async function isAsAsked(bench, { key, row: { engine, variant, precision } }, notes) {
  if (engine !== 'answerlet') return true;
  const about = await bench.call(key, 'about');
  if (about.variant === variant && about.precision === precision) return true;
  const note = `Answerlet, asked for ${precision} and ${variant}, says that it runs ${about.precision} and ${about.variant}: left out.`;
  if (!notes.includes(note)) notes.push(note);
  return false;
}

/** From a question and its text to the answer. */
export async function askTimes(run, model, quantised) {
  const { bench, inputs, options, rows, say, notes } = run;
  const engines = [];
  for (const engine of readers(model, { quantised, variants: run.variants })) {
    await open(bench, engine);
    if (await isAsAsked(bench, engine, notes)) engines.push(engine);
    else await bench.close(engine.key);
  }
  for (const input of inputs) {
    for (const { key } of engines) {
      const tokens = await bench.call(key, 'tokens', input);
      if (tokens !== input.tokens) throw new Error(`${key} makes ${tokens} tokens of a text that has ${input.tokens}`);
    }
    const medians = await inRounds(engines, options.rounds, ({ key }, repeats) => bench.ask(key, input, repeats));
    for (const engine of engines) rows.push(row(engine.row, model, input.tokens, 'ask_ms', medians.get(engine), 'ms'));
    say(`${model}, ${input.tokens} tokens, ask: ${engines.map((engine) => `${engine.key} ${median(medians.get(engine)).toFixed(1)}`).join(', ')} ms`);
  }
  for (const { key } of engines) await bench.close(key);
}

/** Loads in a fresh browser, then in a new page of the same one; the first answer, and the memory after it. */
export async function loads(run, model, quantised) {
  const { options, inputs, rows, say, notes, url, models } = run;
  const input = inputs.at(-1);
  const engines = [
    ...readers(model, { quantised, variants: run.variants }),
    ...['int8', 'f32'].map((precision) => ortEncoder(model, precision, quantised)),
  ];
  const samples = new Map(engines.map((engine) => [engine, {}]));
  const skipped = new Set();
  const sample = (engine, metric, value) => value !== null && (samples.get(engine)[metric] ??= []).push(value);

  async function visit(browser, engine, suffix) {
    const page = await newPage(browser, url);
    const bench = remote(page);
    const loaded = await open(bench, engine);
    if (!(await isAsAsked(bench, engine, notes))) skipped.add(engine);
    sample(engine, `load${suffix}_ms`, loaded);
    if (engine.row.engine === 'onnxruntime-web') await encode(bench, engine, input, 1);
    else sample(engine, `first_answer${suffix}_ms`, loaded + (await bench.ask(engine.key, input, 1)).times[0]);
    if (suffix === '') {
      sample(engine, 'memory_bytes', await bench.call(engine.key, 'memory'));
      if (options.browser === 'chromium') sample(engine, 'renderer_peak_bytes', rendererPeakBytes(browser));
    }
    await bench.close(engine.key);
    await page.close();
  }

  for (let round = 0; round < options.loadRounds; round += 1) {
    for (const engine of engines) {
      if (skipped.has(engine)) continue;
      const browser = await launch(options.browser, options.flags);
      try {
        await visit(browser, engine, '');
        for (let again = 0; again < 3; again += 1) await visit(browser, engine, '_cached');
      } finally {
        await browser.close();
      }
    }
  }
  for (const engine of engines) {
    if (skipped.has(engine)) continue;
    for (const [metric, values] of Object.entries(samples.get(engine))) {
      const bytes = metric.endsWith('_bytes');
      const tokens = metric.startsWith('load') ? null : input.tokens;
      rows.push(row(engine.row, model, tokens, metric, values, bytes ? 'bytes' : 'ms'));
    }
    if (engine.row.engine !== 'onnxruntime-web') rows.push(row(engine.row, model, null, 'model_bytes', [modelBytes(engine, model, models)], 'bytes'));
    const { load_ms: cold, load_cached_ms: cached } = samples.get(engine);
    say(`${model}, load of ${engine.key}: ${median(cold).toFixed(0)} ms, cached ${median(cached).toFixed(0)} ms`);
  }
}

/** Bytes of each runtime after brotli. */
export function sizes({ rows, variants, cache }) {
  for (const { bytes, ...engine } of runtimeSizes(variants, cache)) rows.push(row(engine, null, null, 'runtime_bytes', [bytes], 'bytes'));
}

