/** What is kept in this origin, over all models: for the page. None of it fails where the browser keeps nothing. */
import { OURS } from './chunks.js';

export interface StorageUse {
  /** Bytes of the models that are kept. */
  models: number;
  /** Bytes of all that this origin keeps, as the browser estimates. */
  usage?: number;
  /** The most that it may keep. */
  quota?: number;
}

/** The caches of models; none where there is no Cache API, or the browser forbids it. */
async function ours(): Promise<string[]> {
  if (typeof caches === 'undefined') return [];
  return (await caches.keys().catch(() => [])).filter((name) => OURS.test(name));
}

export async function clearCache(): Promise<void> {
  for (const name of await ours()) await caches.delete(name).catch(() => false);
}

export async function storageEstimate(): Promise<StorageUse> {
  let models = 0;
  for (const name of await ours()) {
    const entries = await caches.open(name).then((cache) => cache.matchAll()).catch(() => []);
    // Every entry says its length, so no body need be read.
    for (const { headers } of entries) models += Number(headers.get('content-length') ?? 0);
  }
  const { usage, quota } = (await storage()?.estimate?.().catch(() => undefined)) ?? {};
  return { models, ...(usage !== undefined && { usage }), ...(quota !== undefined && { quota }) };
}

export async function persist(): Promise<boolean> {
  return (await storage()?.persist?.().catch(() => false)) ?? false;
}

/** Undefined on plain http, and in Node. */
function storage(): Partial<StorageManager> | undefined {
  return globalThis.navigator?.storage;
}
