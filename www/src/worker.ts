/** The worker: the engine, and a page to serve. Built into one file without imports, so that every bundler can copy it. */
import * as module from './wasm/answerlet.js';
import type { EngineModule } from './engine.js';
import type { ToPage, ToWorker } from './protocol.js';
import { serve } from './serve.js';

// The DOM's types call the global scope a window.
const scope = globalThis as unknown as EventTarget & {
  postMessage(message: ToPage): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<ToWorker>) => void): void;
  addEventListener(type: 'unhandledrejection', listener: (event: PromiseRejectionEvent) => void): void;
};

// On a server, which renders a page that imports it, there is nobody to talk to.
if (typeof scope.postMessage === 'function') {
  const receive = serve((message) => scope.postMessage(message), module satisfies EngineModule, ANSWERLET_VERSION, ANSWERLET_WASM_BYTES, scope);
  scope.addEventListener('message', (event) => receive(event.data));
  // An uncaught error reaches the page by itself, a rejection doesn't.
  scope.addEventListener('unhandledrejection', (event) => scope.postMessage({ type: 'crash', message: String(event.reason) }));
}
