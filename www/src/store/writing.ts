/** A file of unknown content that is kept while it is made, in chunks that are hashed here. */
import { CHUNK_BYTES, sha256, type ChunkCache } from './chunks.js';
import type { Content } from './manifest.js';

export class Writing {
  readonly #cache: ChunkCache;
  readonly #url: string;
  readonly #chunks: string[] = [];
  #buffer = new Uint8Array(CHUNK_BYTES);
  #filled = 0;
  #bytes = 0;
  #isWhole = true;

  constructor(cache: ChunkCache, url: string) {
    this.#cache = cache;
    this.#url = url;
  }

  /** Waits while the cache is busy with a chunk. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length && this.#isWhole; ) {
      const piece = bytes.subarray(at, at + CHUNK_BYTES - this.#filled);
      this.#buffer.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === CHUNK_BYTES) await this.#flush();
    }
  }

  /** What is in the cache now; undefined if that isn't all. */
  async end(): Promise<Content | undefined> {
    if (this.#filled > 0) await this.#flush();
    return this.#isWhole && this.#bytes > 0 ? { bytes: this.#bytes, chunkBytes: CHUNK_BYTES, chunks: this.#chunks } : undefined;
  }

  /** Nothing of it is to be kept. */
  async abandon(): Promise<void> {
    this.#isWhole = false;
    await this.#cache.delete(this.#url, ...this.#chunks);
  }

  async #flush(): Promise<void> {
    if (!this.#isWhole) return;
    const bytes = this.#buffer.subarray(0, this.#filled);
    this.#filled = 0;
    const hash = await sha256(bytes);
    this.#chunks.push(hash);
    this.#bytes += bytes.length;
    this.#isWhole = await this.#cache.put(this.#url, hash, { bytes, etag: null });
    // What can't be whole is of no use, since no manifest says how it goes on.
    if (!this.#isWhole) await this.abandon();
  }
}
