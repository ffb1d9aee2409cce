// A test-only hook: wraps the instance's exports so that one of them runs a real wasm `unreachable` at its n-th call.
// Armed by the worker script's own address, with a regular expression: `trap-worker.js?arm=^reading_step$&call=3`.

const query = new URL(self.location.href).searchParams;
const armed = new RegExp(query.get('arm'));
let left = Number(query.get('call') ?? 1);

// (module (func (export "trap") unreachable))
const BYTES = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 116, 114, 97, 112, 0, 0, 10, 5, 1, 3, 0, 0, 11]);
const { trap } = new WebAssembly.Instance(new WebAssembly.Module(BYTES)).exports;

function wrap(exports) {
  const names = Object.keys(exports).filter((name) => armed.test(name) && typeof exports[name] === 'function');
  // A hook that is armed for nothing would let the tests pass for nothing.
  if (names.length === 0) throw new Error(`no export matches ${armed}: ${Object.keys(exports)}`);
  const wrapped = { ...exports };
  for (const name of names) {
    wrapped[name] = (...args) => {
      left -= 1;
      if (left === 0) trap();
      return exports[name](...args);
    };
  }
  return wrapped;
}

for (const name of ['instantiate', 'instantiateStreaming']) {
  const original = WebAssembly[name];
  WebAssembly[name] = async (...args) => {
    const result = await original.apply(WebAssembly, args);
    return result instanceof WebAssembly.Instance ? { exports: wrap(result.exports) } : { module: result.module, instance: { exports: wrap(result.instance.exports) } };
  };
}
