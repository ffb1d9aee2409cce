/**
 * A file whose content is known by hashes, as a stream of verified chunks: each from the cache where it is sound there, else from the
 * network, and then kept. One chunk is held at a time, and from the cache the next one.
 *
 * What is missing is asked for by Range, unless that is everything. A server that doesn't serve ranges sends the file from its
 * beginning, and what is not missing is skipped. Nothing that the server says of a range is believed beyond what the hash confirms.
 */
import { AnswerletError } from '../errors.js';
import type { Fetched, Fetcher } from '../fetching.js';
import { sha256, type Chunk, type ChunkCache } from './chunks.js';
import type { Content } from './manifest.js';
import { codeOf, isHtml, MANIFEST } from './names.js';

export class Download {
  readonly #file: string;
  readonly #url: string;
  readonly #content: Content;
  readonly #network: Fetcher;
  readonly #cache: ChunkCache | undefined;
  /** A response for the whole file that has been asked for already. */
  #asked: Promise<Fetched> | undefined;
  #incoming: Incoming | undefined;
  #etag: string | null = null;
  #ahead: { index: number; chunk: Promise<Chunk | undefined> } | undefined;
  #present: Promise<Set<string>> | undefined;
  #putting: Promise<boolean> = Promise.resolve(true);
  #tell: (bytes: number) => void = () => {};

  constructor(file: string, url: string, content: Content, network: Fetcher, cache: ChunkCache | undefined, asked?: Promise<Fetched>) {
    this.#file = file;
    this.#url = url;
    this.#content = content;
    this.#network = network;
    this.#cache = cache;
    this.#asked = asked;
  }

  /** The file; or what the server has to say in its place, if it says that before the first chunk. */
  async open(): Promise<Fetched> {
    const { bytes, chunks } = this.#content;
    let next = this.#asked || chunks.length === 0 ? undefined : await this.#kept(0);
    if (!next && chunks.length > 0) {
      const fetched = await this.#request(0);
      if (fetched) return fetched;
    }
    let index = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          if (index < chunks.length) {
            const chunk = next ?? (await this.#chunk(index));
            next = undefined;
            controller.enqueue(chunk.bytes);
            if (++index < chunks.length) return;
          }
          this.#incoming?.cancel();
          await this.#putting;
          controller.close();
        },
        cancel: () => this.#incoming?.cancel(),
      },
      { highWaterMark: 0 },
    );
    return {
      status: 200,
      bytes,
      etag: null,
      lastModified: null,
      contentRange: null,
      encoded: false,
      body,
      arriving: (tell) => {
        // What is asked for again has been counted.
        let most = 0;
        this.#tell = (bytes) => tell((most = Math.max(most, bytes)));
        if (next) this.#tell(next.bytes.length);
      },
    };
  }

  /** Whether all chunks that were read are kept. To be asked at the end of the stream. */
  async isKept(): Promise<boolean> {
    return this.#cache !== undefined && (await this.#putting);
  }

  #start(index: number): number {
    return index * this.#content.chunkBytes;
  }

  #end(index: number): number {
    return Math.min(this.#content.bytes, this.#start(index + 1));
  }

  /** The chunk as it is kept; and where it is, the next one is begun with, so that it is read and verified while this one is in use. */
  async #kept(index: number): Promise<Chunk | undefined> {
    const kept = await (this.#ahead?.index === index ? this.#ahead.chunk : this.#lookUp(index));
    this.#ahead = undefined;
    this.#etag = kept?.etag ?? this.#etag;
    if (kept && index + 1 < this.#content.chunks.length) this.#ahead = { index: index + 1, chunk: this.#lookUp(index + 1) };
    return kept;
  }

  async #lookUp(index: number): Promise<Chunk | undefined> {
    return this.#cache?.get(this.#url, this.#content.chunks[index] as string, this.#end(index) - this.#start(index));
  }

  async #chunk(index: number): Promise<Chunk> {
    const start = this.#start(index);
    const hash = this.#content.chunks[index] as string;
    const isComing = this.#incoming?.start === start && !(await this.#isPresent(index));
    const kept = isComing ? undefined : await this.#kept(index);
    if (kept) {
      this.#tell(this.#end(index));
      return kept;
    }
    for (let tries = 1; ; tries++) {
      if (!this.#incoming || this.#incoming.start > start || this.#incoming.end <= start) {
        this.#incoming?.cancel();
        const refused = await this.#request(index);
        if (refused) throw new TypeError(`status ${refused.status}`);
      }
      const incoming = this.#incoming as unknown as Incoming;
      const bytes = new Uint8Array(this.#end(index) - start);
      const got = (await incoming.skip(start)) ? await incoming.fill(bytes, (read) => this.#tell(start + read)) : 0;
      if (got === bytes.length && (await sha256(bytes)) === hash) {
        const chunk = { bytes, etag: incoming.etag };
        await this.#keep(hash, chunk);
        return chunk;
      }
      incoming.cancel();
      this.#incoming = undefined;
      if (start === 0 && isHtml(bytes.subarray(0, got))) throw this.#html();
      if (tries === 2) throw this.#mismatch(got < bytes.length ? start + got : undefined);
      // What a cache on the way has may be older than the manifest, or cut wrong. So once more, past it, and the other way round.
      await this.#request(index, { reload: true, whole: start === 0 || !incoming.whole });
    }
  }

  /** Starts to keep a chunk, when the one before is kept: one is held by the cache at most, beside the one that is read. */
  async #keep(hash: string, chunk: Chunk): Promise<void> {
    if (!this.#cache) return;
    const before = await this.#putting;
    const now = this.#cache.put(this.#url, hash, chunk);
    this.#putting = now.then((kept) => kept && before);
  }

  #html(): AnswerletError {
    const file = this.#file;
    return new AnswerletError('file_html', `${file} is a web page, not a model file: there may be nothing at ${this.#url}`, { file });
  }

  #mismatch(bytes: number | undefined): AnswerletError {
    const file = this.#file;
    const what = bytes === undefined ? 'is not the file' : `has ${bytes} bytes and is not the file of ${this.#content.bytes}`;
    const message = `${file} ${what} that ${MANIFEST} describes: it is damaged, cut short, or of another version`;
    return new AnswerletError(codeOf(file), message, { file });
  }

  /** Asks for the file from this chunk on, up to the next one that is there. A response, where it is no success. */
  async #request(index: number, { reload = false, whole = false } = {}): Promise<Fetched | undefined> {
    const start = this.#start(index);
    const end = this.#end(await this.#lastMissing(index));
    const cache = reload ? ({ cache: 'reload' } as const) : {};
    const asked = reload ? undefined : this.#asked;
    this.#asked = undefined;
    if (!asked && !whole && (start > 0 || end < this.#content.bytes)) {
      const range = await this.#askRange(start, end, cache);
      if (range) {
        this.#incoming = range;
        return undefined;
      }
    }
    const fetched = await (asked ?? this.#network(this.#url, cache));
    if (fetched.status < 200 || fetched.status > 299) return fetched;
    this.#incoming = new Incoming(fetched, 0, Infinity);
    return undefined;
  }

  /** Undefined where the server has no part of a file to give. */
  async #askRange(start: number, end: number, cache: { cache?: 'reload' }): Promise<Incoming | undefined> {
    // Another origin would have to allow If-Range beforehand.
    const isOwn = new URL(this.#url).origin === globalThis.location?.origin;
    const headers: Record<string, string> = { Range: `bytes=${start}-${end - 1}` };
    if (isOwn && this.#etag?.startsWith('"')) headers['If-Range'] = this.#etag;
    let fetched: Fetched;
    try {
      fetched = await this.#network(this.#url, { ...cache, headers });
    } catch (error) {
      if (isOwn) throw error;
      return undefined; // It may be the header that its host forbids.
    }
    if (fetched.status === 200) return new Incoming(fetched, 0, Infinity);
    // Another origin need not let us see the range; then the hash tells alone.
    const { contentRange, encoded } = fetched;
    const right = [this.#content.bytes, '*'].map((total) => `bytes ${start}-${end - 1}/${total}`);
    const isRight = contentRange === null ? !isOwn : right.includes(contentRange);
    if (fetched.status === 206 && isRight && !encoded) return new Incoming(fetched, start, end);
    fetched.body.cancel().catch(() => {});
    return undefined;
  }

  /** Whether a chunk was in the cache when we began, be it sound or not. */
  async #isPresent(index: number): Promise<boolean> {
    if (!this.#cache) return false;
    const present = await (this.#present ??= this.#cache.present(this.#url));
    return present.has(this.#content.chunks[index] as string);
  }

  async #lastMissing(index: number): Promise<number> {
    let last = index;
    while (last + 1 < this.#content.chunks.length && !(await this.#isPresent(last + 1))) last++;
    return last;
  }
}

/** A body that is being read, and where in the file that is. */
class Incoming {
  /** Where the next byte is in the file. */
  start: number;
  /** Where the body ends, if that is known. */
  readonly end: number;
  readonly whole: boolean;
  readonly etag: string | null;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  /** What was read too much. */
  #rest: Uint8Array = new Uint8Array(0);

  constructor({ body, etag }: Fetched, start: number, end: number) {
    this.start = start;
    this.end = end;
    this.whole = end === Infinity;
    this.etag = etag;
    this.#reader = body.getReader();
  }

  /** Reads to a place and drops what is before it; whether the body gets there. */
  async skip(to: number): Promise<boolean> {
    while (this.start < to) if (!(await this.#take(to - this.start))) return false;
    return true;
  }

  /** Reads until the bytes are full, or the body ends. How many were read. */
  async fill(bytes: Uint8Array, tell: (read: number) => void): Promise<number> {
    let read = 0;
    while (read < bytes.length) {
      const piece = await this.#take(bytes.length - read);
      if (!piece) break;
      bytes.set(piece, read);
      tell((read += piece.length));
    }
    return read;
  }

  cancel(): void {
    this.#reader.cancel().catch(() => {});
  }

  async #take(most: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#rest = value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    this.start += piece.length;
    return piece;
  }
}
