/** The page's side of the service worker: registers it, and tells it what the page has loaded before it was there. */
import { trustedScriptUrl } from './trusted.js';

/** Where a load of this page found its worker and its WebAssembly. */
const runtime = new Set<string>();

export function noteRuntime(url: string): void {
  runtime.add(url);
}

/** What the service worker is told. */
export interface KeepMessage {
  answerlet: 'keep';
  urls: string[];
}

/**
 * Registers the service worker that `answerlet-install --offline` writes, once the page has loaded. It then keeps the pages that are
 * visited, what they are made of, and the runtime, so that they open without the network; the model is kept anyway (see `cache`).
 *
 * Undefined where there are no service workers: on a plain-http site, and in some private windows. Rejects with what the browser says
 * where the script can't be registered.
 */
export async function registerOffline(url: string | URL): Promise<ServiceWorkerRegistration | undefined> {
  const container = globalThis.navigator?.serviceWorker;
  if (!container) return undefined;
  if (document.readyState !== 'complete') await new Promise((resolve) => addEventListener('load', resolve, { once: true }));
  const controlled = container.controller !== null;
  const script = trustedScriptUrl(new URL(url, document.baseURI).href);
  const registration = await container.register(script, { updateViaCache: 'none' });
  // What was fetched until the worker took over has passed it by; from the second visit on nothing does.
  if (!controlled) {
    const tell = (): void => {
      const urls = [...new Set([location.href, ...made(), ...runtime])];
      container.controller?.postMessage({ answerlet: 'keep', urls } satisfies KeepMessage);
    };
    if (container.controller) tell();
    else container.addEventListener('controllerchange', tell, { once: true });
  }
  return registration;
}

/** What this page is made of: scripts, styles, images and fonts, but nothing that a script has fetched. */
function made(): string[] {
  const resources = performance.getEntriesByType('resource') as PerformanceResourceTiming[];
  return resources.filter(({ initiatorType }) => !/^(fetch|xmlhttprequest|beacon|video|audio)$/.test(initiatorType)).map(({ name }) => name);
}
