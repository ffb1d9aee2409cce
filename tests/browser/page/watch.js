// Runs before anything else in the page: notes what the page itself must leave to the worker, and what nobody handles.
globalThis.watched = { wasm: [], bodies: [], faults: [] };
addEventListener('error', (event) => globalThis.watched.faults.push(String(event.message)));
addEventListener('unhandledrejection', (event) => globalThis.watched.faults.push(String(event.reason)));
for (const name of ['compile', 'compileStreaming', 'instantiate', 'instantiateStreaming', 'Module', 'Instance', 'Memory']) {
  WebAssembly[name] = new Proxy(WebAssembly[name], {
    apply(target, self, args) {
      globalThis.watched.wasm.push(name);
      return Reflect.apply(target, self, args);
    },
    construct(target, args) {
      globalThis.watched.wasm.push(name);
      return Reflect.construct(target, args);
    },
  });
}
for (const name of ['arrayBuffer', 'blob', 'bytes', 'json', 'text']) {
  const original = Response.prototype[name];
  if (!original) continue;
  Response.prototype[name] = function (...args) {
    globalThis.watched.bodies.push(this.url);
    return original.apply(this, args);
  };
}
const body = Object.getOwnPropertyDescriptor(Response.prototype, 'body');
Object.defineProperty(Response.prototype, 'body', {
  ...body,
  get() {
    globalThis.watched.bodies.push(this.url);
    return body.get.call(this);
  },
});
