// The page of scripts/bench, which drives it from outside: every engine in a worker of its own, one at work at a time.

/** @type {Map<string, { call(op: string, args?: object): Promise<any>, close(): void | Promise<void> }>} */
const open = new Map();

/** An engine of engines/ in engine-worker.js. */
async function inWorker(engine, options) {
  const worker = new Worker('engine-worker.js', { type: 'module' });
  const waiting = new Map();
  let calls = 0;
  worker.onmessage = ({ data: { id, value, error } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(value);
    else reject(new Error(`${engine}: ${error}`));
  };
  worker.onerror = (event) => {
    for (const { reject } of waiting.values()) reject(new Error(`${engine}: ${event.message}`));
  };
  const call = (op, args = {}) =>
    new Promise((resolve, reject) => {
      waiting.set(++calls, { resolve, reject });
      worker.postMessage({ id: calls, op, args });
    });
  await call('open', { engine, options });
  return { call, close: () => worker.terminate() };
}

/** The package as its users have it: it makes its worker itself. */
async function thePackage({ model, precision, variant }) {
  const { Answerlet } = await import('/dist/index.js');
  // `{ simd128 }` alone keeps the library from choosing relaxed SIMD.
  const wasmUrl = variant === 'simd128' ? { simd128: '/dist/answerlet.simd128.wasm' } : undefined;
  const answerlet = await Answerlet.load({ model, precision, ...(wasmUrl && { wasmUrl }) });
  const operations = {
    about: () => ({ precision: answerlet.info.precision, variant: answerlet.info.variant }),
    memory: () => answerlet.info.memoryBytes,
    ask: async ({ question, context }) => {
      const { answered, answers, fallback } = await answerlet.ask(question, { context });
      return answered ? answers[0].text : fallback;
    },
    tokens: async ({ question, context }) => {
      const { windows } = await answerlet.ask(question, { context, scores: true });
      return windows.length === 1 ? windows[0].tokens.length : `${windows.length} windows`;
    },
  };
  return { call: async (op, args = {}) => operations[op](args), close: () => answerlet.dispose() };
}

globalThis.bench = {
  /** Loads an engine; milliseconds that it took, the engine's own script included. */
  async open(key, engine, options) {
    const began = performance.now();
    open.set(key, await (engine === 'package' ? thePackage(options) : inWorker(engine, options)));
    return performance.now() - began;
  },
  call: (key, op, args) => open.get(key).call(op, args),
  /** Asks; each time in milliseconds as the page sees it, from the question to the answer. */
  async ask(key, args, repeats) {
    const times = [];
    let answer;
    for (let i = 0; i < repeats; i += 1) {
      const began = performance.now();
      answer = await open.get(key).call('ask', args);
      times.push(performance.now() - began);
    }
    return { times, answer };
  },
  async close(key) {
    await open.get(key)?.close();
    open.delete(key);
  },
  /** What this browser can run: a function of one relaxed instruction. */
  relaxed: () =>
    WebAssembly.validate(
      new Uint8Array([
        0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11,
      ]),
    ),
};
