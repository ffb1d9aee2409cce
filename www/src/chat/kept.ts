import type { ModelInput } from '../index.js';

/** Whether the browser keeps the model's weights, so that loading it downloads next to nothing. */
export async function isKept(model: ModelInput): Promise<boolean> {
  const weights = typeof model === 'string' || model instanceof URL ? inFolder(model) : model.weights;
  if (!(typeof weights === 'string' || weights instanceof URL) || typeof caches === 'undefined') return false;
  const { href } = new URL(weights, document.baseURI);
  try {
    for (const name of await caches.keys()) {
      if (!name.startsWith('answerlet-')) continue;
      const keys = await (await caches.open(name)).keys();
      if (keys.some(({ url }) => url.startsWith(href))) return true;
    }
  } catch {
    // Nothing is kept where nothing can be.
  }
  return false;
}

function inFolder(folder: string | URL): URL {
  const url = new URL(folder, document.baseURI);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  url.pathname += 'model.safetensors';
  return url;
}
