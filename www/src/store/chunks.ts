/**
 * Chunks of files in the Cache API, each under its file's URL and its own SHA-256. None is given out that doesn't have that hash, so one
 * that was damaged is as good as gone. Beside them, JSON records. What goes wrong with the cache goes wrong quietly: nothing is found
 * then, and nothing kept.
 */

/** With the version of the entries' format, of which the engine's way of quantising is a part. */
export const CACHE = 'answerlet-2';
/** The caches of models, of every version of the format. */
export const OURS = /^answerlet-\d+$/;
/** How we cut what no manifest cuts. */
export const CHUNK_BYTES = 4 << 20;

export interface Chunk {
  bytes: Uint8Array<ArrayBuffer>;
  /** Of the response that it came in. */
  etag: string | null;
}

/** The SHA-256 in hexadecimal. Only where the page is secure is there a `crypto.subtle`. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The key of an entry for a file: a URL in form, the file's own with one parameter more. */
function keyOf(url: string, tag: string): string {
  const key = new URL(url);
  key.hash = '';
  key.searchParams.append('answerlet', tag);
  return key.href;
}

export class ChunkCache {
  readonly #cache: Cache;
  /** Whether something could not be kept. */
  #full = false;

  private constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** Undefined where the browser has none, or forbids it. Caches of earlier formats are deleted. */
  static async open(): Promise<ChunkCache | undefined> {
    if (typeof caches === 'undefined') return undefined;
    try {
      const cache = await caches.open(CACHE);
      deleteOthers().catch(() => {});
      return new ChunkCache(cache);
    } catch {
      return undefined;
    }
  }

  /** The chunk, verified. One that is damaged is deleted. */
  async get(url: string, hash: string, length: number): Promise<Chunk | undefined> {
    const key = keyOf(url, hash);
    try {
      const kept = await this.#cache.match(key);
      if (!kept) return undefined;
      const bytes = new Uint8Array(await kept.arrayBuffer());
      if (bytes.length === length && (await sha256(bytes)) === hash) return { bytes, etag: kept.headers.get('etag') };
      await this.#cache.delete(key);
    } catch {
      // As if it weren't there.
    }
    return undefined;
  }

  /** Keeps a chunk that has been verified. Whether it is kept now. */
  async put(url: string, hash: string, { bytes, etag }: Chunk): Promise<boolean> {
    // Where there is no room for one, trying the rest costs time for nothing.
    if (this.#full) return false;
    return this.#put(keyOf(url, hash), bytes, etag);
  }

  /** The hashes of the chunks of a file that are there, be they sound or not. */
  async present(url: string): Promise<Set<string>> {
    const prefix = keyOf(url, '');
    const found = new Set<string>();
    for (const key of await this.#keys()) if (key.startsWith(prefix)) found.add(key.slice(prefix.length));
    return found;
  }

  async record(url: string, tag: string): Promise<unknown> {
    try {
      return await (await this.#cache.match(keyOf(url, tag)))?.json();
    } catch {
      return undefined;
    }
  }

  async putRecord(url: string, tag: string, record: unknown): Promise<boolean> {
    return !this.#full && this.#put(keyOf(url, tag), new TextEncoder().encode(JSON.stringify(record)), null);
  }

  async delete(url: string, ...tags: string[]): Promise<void> {
    for (const tag of tags) await this.#cache.delete(keyOf(url, tag)).catch(() => false);
  }

  /** Deletes the entries of these files that no record lists: `tags` are those of records, `listedIn` tells what one lists. */
  async sweep(
    urls: readonly string[],
    listedIn: (record: unknown) => Iterable<{ url: string; chunks: readonly string[] }>,
    tags: readonly string[],
  ): Promise<void> {
    const keys = await this.#keys();
    const listed = new Set<string>();
    for (const key of keys) {
      if (!tags.some((tag) => key.endsWith(`answerlet=${tag}`))) continue;
      listed.add(key);
      const record: unknown = await this.#cache.match(key).then((kept) => kept?.json()).catch(() => undefined);
      for (const { url, chunks } of listedIn(record)) for (const hash of chunks) listed.add(keyOf(url, hash));
    }
    const prefixes = urls.map((url) => keyOf(url, ''));
    for (const key of keys) {
      if (!listed.has(key) && prefixes.some((prefix) => key.startsWith(prefix))) await this.#cache.delete(key).catch(() => false);
    }
  }

  async #keys(): Promise<string[]> {
    try {
      return (await this.#cache.keys()).map(({ url }) => url);
    } catch {
      return [];
    }
  }

  async #put(key: string, bytes: Uint8Array<ArrayBuffer>, etag: string | null): Promise<boolean> {
    const headers = { 'content-length': String(bytes.length), ...(etag !== null && { etag }) };
    try {
      await this.#cache.put(key, new Response(bytes, { headers }));
      return true;
    } catch {
      this.#full = true;
      return false;
    }
  }
}

async function deleteOthers(): Promise<void> {
  for (const name of await caches.keys()) if (name !== CACHE && OURS.test(name)) await caches.delete(name);
}
