/**
 * The service worker, for sites that open offline. `answerlet-install --offline` writes it with what it has installed on top:
 *
 *     self.answerletOffline = { script: 'answerlet-sw.js', version: '…', files: ['answerlet/index.js', …] };
 *
 * - The runtime (those files; of the WebAssembly only the build that runs here) is fetched whole when the worker is installed, and
 *   answered from there by version: page, worker and WebAssembly always fit each other. A new version waits, as browsers do it, until the
 *   last page of the old one is closed.
 * - Pages, and the scripts, styles, images and fonts that they are made of, come from the network, and where that fails as they were seen
 *   last. Where another service worker includes this script (importScripts), pages are that one's business.
 * - The model is left alone: the library keeps it, once, in a cache of its own.
 */
import type { KeepMessage } from './offline.js';
import { bestVariant } from './support.js';

interface Config {
  /** What this script is called where it isn't included by another. */
  script: string;
  version: string;
  /** The runtime, relative to this script. */
  files: string[];
  /** Set where the site is no longer to open offline: all is removed. */
  off?: boolean;
}

// The DOM's types call the global scope a window.
interface Extendable extends Event {
  waitUntil(promise: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  request: Request;
  respondWith(response: Promise<Response>): void;
}
const scope = self as unknown as {
  answerletOffline?: Config;
  location: Location;
  clients: { claim(): Promise<void> };
  registration: ServiceWorkerRegistration;
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Extendable) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
  addEventListener(type: 'message', listener: (event: Extendable & { data: unknown }) => void): void;
};

/** Pages, and what they are made of. Without an end, so that a long visit doesn't fill the disk. */
const MOST = 200;
const MOST_BYTES = 4 << 20;
/** What requests of a page's parts are for. Those of scripts, `fetch`, are for anything, and have the empty string. */
const PARTS = new Set(['document', 'iframe', 'style', 'script', 'image', 'font', 'manifest', 'worker', 'sharedworker']);

const { script, version, files, off } = scope.answerletOffline ?? { script: '', version: '', files: [] };
const root = new URL('./', scope.location.href);
const alone = script === '' || scope.location.pathname === new URL(script, root).pathname;

// Sites of one origin (`/repo/`, `/other/`) each have their own.
const prefix = `answerlet-offline ${root.pathname} `;
const SHELL = `${prefix}shell`;
const RUNTIME = `${prefix}${version}`;
const other = bestVariant({ relaxed: true }) === 'relaxed' ? '.simd128.wasm' : '.relaxed.wasm';
const runtime = new Set(files.map((file) => new URL(file, root).href));

const isHtml = (response: Response): boolean => /^text\/html\b/.test(response.headers.get('content-type') ?? '');

async function installRuntime(): Promise<void> {
  if (runtime.size === 0) return;
  const cache = await caches.open(RUNTIME);
  await Promise.all(
    [...runtime].map(async (url) => {
      if (url.endsWith(other) || (await cache.match(url))) return;
      const response = await fetch(url, { cache: 'no-cache' });
      if (!response.ok || isHtml(response)) throw new Error(`${url} isn't there (status ${response.status})`);
      await cache.put(url, response);
    }),
  );
}

async function removeCaches(keep: string[]): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith(prefix) && !keep.includes(name)) await caches.delete(name);
}

/** The runtime of this version, which heals where the browser has evicted it. */
async function fromRuntime(url: string): Promise<Response> {
  const cache = await caches.open(RUNTIME).catch(() => undefined);
  const kept = await cache?.match(url, { ignoreVary: true }).catch(() => undefined);
  if (kept) return kept;
  const response = await fetch(url, { cache: 'no-cache' });
  if (response.ok && !isHtml(response)) await cache?.put(url, response.clone()).catch(() => {});
  return response;
}

/** Whether the request may be for a page or a part of one. */
function isShell({ destination }: Request, { pathname }: URL): boolean {
  return destination === '' ? /(\.html?|\.wasm|\/[^./]*)$/i.test(pathname) : PARTS.has(destination);
}

/** Whether the response is one to keep. */
function isKeepable(response: Response, destination: string): boolean {
  const { status, type, headers } = response;
  if (status !== 200 || type !== 'basic' || /no-store/i.test(headers.get('cache-control') ?? '')) return false;
  if (Number(headers.get('content-length')) > MOST_BYTES) return false;
  return destination !== '' || isHtml(response) || /^application\/wasm\b/.test(headers.get('content-type') ?? '');
}

async function keep(url: string, response: Response): Promise<void> {
  const cache = await caches.open(SHELL);
  // A page may not be answered with a response that was redirected.
  const { body, status, headers } = response;
  await cache.put(url, response.redirected ? new Response(body, { status, headers }) : response);
  const keys = await cache.keys();
  for (const oldest of keys.slice(0, Math.max(0, keys.length - MOST))) await cache.delete(oldest);
}

async function fromNetwork(event: Fetching, url: string): Promise<Response> {
  const { request } = event;
  try {
    const response = await fetch(request);
    if (isKeepable(response, request.destination)) event.waitUntil(keep(url, response.clone()).catch(() => {}));
    return response;
  } catch (error) {
    const cache = await caches.open(SHELL).catch(() => undefined);
    const page = request.destination === 'document' || request.destination === 'iframe';
    const kept =
      (await cache?.match(url, { ignoreVary: true }).catch(() => undefined)) ??
      // A query often says only where the visitor came from.
      (page ? await cache?.match(url, { ignoreVary: true, ignoreSearch: true }).catch(() => undefined) : undefined);
    if (kept) return kept;
    throw error;
  }
}

/** Keeps what a page has loaded before this worker was there. The browser's own cache has most of it. */
async function catchUp(urls: string[]): Promise<void> {
  const cache = await caches.open(SHELL);
  for (const given of urls) {
    const url = new URL(given);
    url.hash = '';
    if (url.origin !== root.origin || runtime.has(url.href) || (await cache.match(url.href))) continue;
    const response = await fetch(url.href).catch(() => undefined);
    if (response && isKeepable(response, 'document')) await keep(url.href, response);
    else response?.body?.cancel().catch(() => {});
  }
}

scope.addEventListener('install', (event) => event.waitUntil(off ? Promise.resolve(alone && scope.skipWaiting()) : installRuntime()));

scope.addEventListener('activate', (event) =>
  event.waitUntil(
    (async () => {
      await removeCaches(off ? [] : [SHELL, RUNTIME]);
      if (alone) await (off ? scope.registration.unregister() : scope.clients.claim());
    })(),
  ),
);

scope.addEventListener('message', (event) => {
  const { answerlet, urls } = (event.data ?? {}) as Partial<KeepMessage>;
  if (answerlet === 'keep' && urls && alone && !off) event.waitUntil(catchUp(urls).catch(() => {}));
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  if (off || request.method !== 'GET' || request.headers.has('range')) return;
  const url = new URL(request.url);
  url.hash = '';
  if (url.origin !== root.origin) return;
  if (runtime.has(url.href)) event.respondWith(fromRuntime(url.href));
  else if (alone && isShell(request, url)) event.respondWith(fromNetwork(event, url.href));
});
