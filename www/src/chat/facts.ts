import { bytesOfDataUrl } from '../data-url.js';
import type { ModelInput } from '../index.js';
import { OURS } from '../store/chunks.js';
import { folderUrl, inFolder, MANIFEST } from '../store/names.js';

/** What a model's manifest says of it, before anything big is fetched. */
export interface ModelFacts {
  language?: string | undefined;
  /** Of the whole download, the runtime included. */
  bytes?: number | undefined;
  /** The hashes of the pieces that its files come in. */
  chunks?: readonly string[] | undefined;
}

interface Manifest {
  language?: unknown;
  files?: { bytes: number; chunks?: string[] }[];
}

/** Never rejects: without a manifest, nothing is known, and the load will tell. */
export async function readFacts(model: ModelInput): Promise<ModelFacts> {
  try {
    const url = manifestUrl(model);
    if (!url) return {};
    const { language, files } = JSON.parse(await textAt(url)) as Manifest;
    const runtime = ANSWERLET_WASM_BYTES.relaxed ?? ANSWERLET_WASM_BYTES.simd128 ?? 0;
    const bytes = files?.reduce((sum, file) => sum + file.bytes, runtime);
    return {
      language: typeof language === 'string' ? language : undefined,
      bytes: Number.isFinite(bytes) ? bytes : undefined,
      chunks: files?.flatMap(({ chunks }) => chunks ?? []),
    };
  } catch {
    return {};
  }
}

/** Whether the browser keeps all of a model, so that loading it downloads next to nothing. */
export async function isKept({ chunks }: ModelFacts): Promise<boolean> {
  if (!chunks || chunks.length === 0 || typeof caches === 'undefined') return false;
  const kept = new Set<string>();
  try {
    for (const name of await caches.keys()) {
      if (!OURS.test(name)) continue;
      // Each is under its file's address, with its hash as the last parameter.
      for (const { url } of await (await caches.open(name)).keys()) kept.add(url.slice(url.lastIndexOf('=') + 1));
    }
  } catch {
    // Nothing is kept where nothing can be.
  }
  return chunks.every((hash) => kept.has(hash));
}

/** Where a model's manifest is, if that can be known. */
function manifestUrl(model: ModelInput): string | undefined {
  if (model === '') return undefined;
  if (typeof model === 'string' || model instanceof URL) {
    return inFolder(folderUrl(new URL(model, document.baseURI).href), MANIFEST).url;
  }
  const { manifest } = model;
  return typeof manifest === 'string' || manifest instanceof URL ? new URL(manifest, document.baseURI).href : undefined;
}

async function textAt(url: string): Promise<string> {
  if (url.startsWith('data:')) return new TextDecoder().decode(bytesOfDataUrl(url));
  const response = await fetch(url);
  return response.ok ? response.text() : '';
}
