import { Answerlet } from '/dist/index.js';
import { FACT_QUESTION, longContext, randomContext } from './texts.mjs';

/** The outcome of a promise as plain data, since errors lose their fields on the way to the test. */
async function outcome(promise) {
  try {
    return { value: await promise };
  } catch (error) {
    const { name, message, code, file, argument } = error ?? {};
    return { error: { name, message, code, file, argument, isError: error instanceof Error, text: String(error) } };
  }
}

/** Asks so that there is an answer whatever the weights, if the model is loaded as `learned`. Without the times, to be compared. */
async function goodAsk(answerlet, question, context) {
  const { timing, ...result } = await answerlet.ask(question, { context, threshold: -1000 });
  return result;
}

/** Loads, asks one question, disposes: what shows that the page is still sound. */
async function goodLoad(model, question, context) {
  const answerlet = await Answerlet.load({ model, noAnswer: 'learned' });
  try {
    return await goodAsk(answerlet, question, context);
  } finally {
    await answerlet.dispose();
  }
}

/** A timer of 10 ms on the page's own event loop; `stop()` tells the longest pause since `start`, and where. */
function heartbeat() {
  let last = performance.now();
  let phase = '';
  const pauses = {};
  const beat = () => {
    const now = performance.now();
    pauses[phase] = Math.max(pauses[phase] ?? 0, now - last);
    last = now;
  };
  const timer = setInterval(beat, 10);
  return {
    phase(name) {
      beat();
      phase = name;
    },
    stop() {
      beat();
      clearInterval(timer);
      return pauses;
    },
  };
}

Object.assign(globalThis, { Answerlet, T: { outcome, goodAsk, goodLoad, heartbeat, FACT_QUESTION, longContext, randomContext } });
