// A worker that runs one engine of engines/. Before the engine's script comes in, WebAssembly is made to tell of its memories.

const memories = new Set();

const { Memory, instantiate, instantiateStreaming } = WebAssembly;
const noted = (value) => {
  if (value instanceof Memory) memories.add(value);
  return value;
};
const notedAll = (imports) => {
  for (const module of Object.values(imports ?? {})) for (const value of Object.values(module)) noted(value);
};
const notedExports = (result) => {
  Object.values((result.instance ?? result).exports).forEach(noted);
  return result;
};
WebAssembly.Memory = new Proxy(Memory, { construct: (target, args) => noted(Reflect.construct(target, args)) });
WebAssembly.instantiate = async (source, imports) => (notedAll(imports), notedExports(await instantiate(source, imports)));
WebAssembly.instantiateStreaming = async (source, imports) => (notedAll(imports), notedExports(await instantiateStreaming(source, imports)));

let engine;

const operations = {
  async open({ engine: name, options }) {
    const { open } = await import(`./engines/${name}.js`);
    engine = await open(options);
  },
  /** From ids to logits, so many times; the milliseconds of each, and the logits. */
  async encode({ ids, types, repeats }) {
    const given = { ids: Uint32Array.from(ids), types: Uint32Array.from(types) };
    const times = [];
    let logits;
    for (let i = 0; i < repeats; i += 1) {
      const began = performance.now();
      logits = await engine.encode(given.ids, given.types);
      times.push(performance.now() - began);
    }
    return { times, start: Array.from(logits.start), end: Array.from(logits.end) };
  },
  /** Linear memory never shrinks: what it is now was its peak. */
  memory: () => [...memories].reduce((bytes, memory) => bytes + memory.buffer.byteLength, 0),
};

addEventListener('message', async ({ data: { id, op, args } }) => {
  try {
    const run = operations[op] ?? engine?.[op];
    if (!run) throw new Error(`it has no '${op}'`);
    postMessage({ id, value: await run(args) });
  } catch (error) {
    postMessage({ id, error: String(error?.stack ?? error) });
  }
});
