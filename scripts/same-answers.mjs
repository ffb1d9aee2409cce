// Asks questions of a SQuAD file natively and in Chromium, and compares logits and answers.
//
// int8: the logits' bits and the answers must be equal. f32: logits within 1e-3, answers reported; where two spans are as good as
// each other to within that, either may win. Exit code 1 where that doesn't hold.

import { execFile } from 'node:child_process';
import { promises as fs } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { MODEL, ROOT, launch, newPage, serve } from '../tests/browser/harness.mjs';

const USAGE = `usage: scripts/same-answers --squad FILE [--questions 1000] [--precision int8|f32] [--variants simd128,relaxed]
                            [--model DIR] [--json FILE]
  --squad      SQuAD's JSON, v1.1 or v2.0; may be gzipped
  --questions  how many, spread evenly over the file
  --variants   builds in www/dist: answerlet.<variant>.wasm
  --model      default: www/model
  --json       writes the summary there too`;

const TOLERANCE = 1e-3;
/** Questions that cross to the page at a time. */
const BATCH = 20;

/** @returns {never} */
function fail(message) {
  console.error(message);
  process.exit(2);
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        squad: { type: 'string' },
        questions: { type: 'string', default: '1000' },
        precision: { type: 'string', default: 'int8' },
        variants: { type: 'string', default: 'simd128,relaxed' },
        model: { type: 'string', default: path.join(ROOT, 'www/model') },
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit(0);
    }
    const questions = Number(values.questions);
    if (!values.squad || !['int8', 'f32'].includes(values.precision) || !(Number.isInteger(questions) && questions > 0)) fail(USAGE);
    return { ...values, questions, variants: values.variants.split(',') };
  } catch (error) {
    return fail(`${error.message}\n${USAGE}`);
  }
}

/** Question and context of every id. */
async function readSquad(file) {
  const bytes = await fs.readFile(file);
  const { data } = JSON.parse((bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8'));
  const asked = new Map();
  for (const { paragraphs } of data) {
    for (const { context, qas } of paragraphs) {
      for (const { id, question } of qas) asked.set(id, { question, context });
    }
  }
  return asked;
}

/** What the command line gives: one process, the options that it asked with, and a line for each question. */
async function native({ model, squad, questions, precision }) {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'answerlet-'));
  try {
    const file = path.join(folder, 'logits.jsonl');
    const begun = performance.now();
    const { stdout } = await promisify(execFile)(process.env.ANSWERLET_CLI, [
      'eval', '--model', model, '--squad', squad, '--limit', String(questions), '--precision', precision, '--logits', file, '--json',
    ]);
    const seconds = (performance.now() - begun) / 1000;
    const [head, ...lines] = (await fs.readFile(file, 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line));
    return { options: head, lines, seconds, scores: JSON.parse(stdout) };
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** Runs in the page. Logits come back as the bits of their f32, because JSON has no -0. */
async function askAll(batch, threshold) {
  const bits = (logits) => [...new Uint32Array(new Float32Array(logits).buffer)];
  const given = [];
  for (const { question, context } of batch) {
    try {
      const { answers, windows } = await globalThis.reader.ask(question, { context, scores: true, ...(threshold !== null && { threshold }) });
      given.push({
        answer: answers[0] ?? null,
        windows: windows.map(({ startLogits, endLogits }) => ({ start: bits(startLogits), end: bits(endLogits) })),
      });
    } catch (error) {
      given.push({ error: error.code ?? String(error), answer: null, windows: [] });
    }
  }
  return given;
}

const floats = (bits) => new Float32Array(new Uint32Array(bits).buffer);
const bitsOf = (logits) => new Uint32Array(new Float32Array(logits).buffer);
const place = (answer) => (answer === null ? 'refused' : `${answer.start}..${answer.end} ${JSON.stringify(answer.text)}`);

/** Adds one question to the tally of a variant. */
function compare(tally, id, ours, theirs) {
  if (theirs.error !== undefined && ours.windows.length > 0) {
    tally.errors.push(`${id}: ${theirs.error}`);
    return;
  }
  tally.questions += 1;
  const sameShape =
    ours.windows.length === theirs.windows.length &&
    ours.windows.every((window, i) => window.startLogits.length === theirs.windows[i].start.length && window.endLogits.length === theirs.windows[i].end.length);
  if (!sameShape) {
    tally.errors.push(`${id}: other windows`);
    return;
  }
  ours.windows.forEach((window, i) => {
    tally.windows += 1;
    for (const [wanted, given] of [[window.startLogits, theirs.windows[i].start], [window.endLogits, theirs.windows[i].end]]) {
      const [bits, values] = [bitsOf(wanted), floats(given)];
      bits.forEach((one, position) => {
        tally.logits += 1;
        if (one === given[position]) return;
        tally.otherBits += 1;
        // A NaN is never within the tolerance.
        const difference = Math.abs(Math.fround(wanted[position]) - values[position]);
        tally.largestDifference = Math.max(tally.largestDifference, Number.isNaN(difference) ? Infinity : difference);
      });
    }
  });
  if (place(ours.answer) !== place(theirs.answer)) tally.otherAnswers.push(`${id}: ${place(ours.answer)} natively, ${place(theirs.answer)} in the page`);
}

async function inChromium(browser, server, variant, { precision }, asked, reference) {
  const tally = { variant, questions: 0, windows: 0, logits: 0, otherBits: 0, largestDifference: 0, otherAnswers: [], errors: [] };
  const page = await newPage(browser, server.url);
  const load = { model: MODEL, wasmUrl: `/dist/answerlet.${variant}.wasm`, precision, noAnswer: reference.options.noAnswer ?? undefined };
  const info = await page.evaluate(async (load) => JSON.parse(JSON.stringify((globalThis.reader = await Answerlet.load(load)).info)), load);
  if (info.precision !== precision) throw new Error(`the page computes in ${info.precision}, not in ${precision}`);
  if (info.variant !== variant) throw new Error(`the page runs ${info.variant}, not ${variant}`);
  const begun = performance.now();
  for (let first = 0; first < reference.lines.length; first += BATCH) {
    const lines = reference.lines.slice(first, first + BATCH);
    const given = await page.evaluate(askAll, lines.map(({ id }) => asked.get(id)), reference.options.threshold);
    lines.forEach((line, i) => compare(tally, line.id, line, given[i]));
    if (process.stderr.isTTY) process.stderr.write(`\r${variant} ${Math.min(first + BATCH, reference.lines.length)}/${reference.lines.length}\x1b[K`);
  }
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  await page.close();
  return { ...tally, seconds: (performance.now() - begun) / 1000 };
}

function print({ variant, questions, windows, logits, otherBits, largestDifference, otherAnswers, errors, seconds }, isSame) {
  console.log(`${variant}: ${isSame ? 'the same' : 'NOT THE SAME'}`);
  console.log(`  ${questions} questions, ${windows} windows, ${logits} logits in ${seconds.toFixed(0)} s`);
  console.log(`  other bits: ${otherBits} logits, largest difference ${largestDifference}`);
  console.log(`  other answers: ${otherAnswers.length}${otherAnswers.slice(0, 5).map((line) => `\n    ${line}`).join('')}`);
  if (errors.length > 0) console.log(`  errors: ${errors.length}${errors.slice(0, 5).map((line) => `\n    ${line}`).join('')}`);
}

const given = options();
for (const variant of given.variants) {
  const file = path.join(ROOT, `www/dist/answerlet.${variant}.wasm`);
  await fs.access(file).catch(() => fail(`${file} is missing; run scripts/build`));
}
const asked = await readSquad(given.squad).catch((error) => fail(`${given.squad}: ${error.message}`));
const reference = await native(given).catch((error) => fail(error.stderr || error.message));
console.log(`native, ${given.precision}: exact ${reference.scores.exact.toFixed(2)}, F1 ${reference.scores.f1.toFixed(2)}, ${reference.seconds.toFixed(0)} s`);

const server = await serve({ mounts: { [MODEL]: path.resolve(given.model) } });
const browser = await launch('chromium');
const summary = { browser: await browser.version(), precision: given.precision, native: reference.scores, variants: [] };
try {
  for (const variant of given.variants) {
    const tally = await inChromium(browser, server, variant, given, asked, reference);
    const isComplete = tally.errors.length === 0 && tally.questions === reference.lines.length && tally.logits > 0;
    const isSame = isComplete && (given.precision === 'int8' ? tally.otherBits === 0 && tally.otherAnswers.length === 0 : tally.largestDifference <= TOLERANCE);
    print(tally, isSame);
    summary.variants.push({ ...tally, isSame });
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
} finally {
  await browser.close();
  await server.close();
}
if (given.json) await fs.writeFile(given.json, `${JSON.stringify(summary, null, 2)}\n`);
process.exitCode ??= summary.variants.every(({ isSame }) => isSame) ? 0 : 1;
