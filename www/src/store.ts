/**
 * Keeps models in the browser (Cache API), so that weights are downloaded, and a checkpoint of floats quantised, once.
 *
 * A model has two entries. The weights, in the engine's own format, under their URL and version; and under their URL alone a record:
 * which version that is, where its weights are, and the model's small files. The record is written last, so what it describes is whole.
 * What can't be kept (no quota, no Cache API, a server that says nothing of versions) is not kept, and no load fails of it.
 *
 * The version is the weights' SHA-256 in the manifest, or without one their length with ETag or Last-Modified. So a kept model costs
 * the request for `answerlet.json`, or without one a request for the weights that is given up after its headers (a HEAD would do,
 * but servers answer it with other headers, or not at all). Where the network fails, the model is what was kept last.
 */
import type { Precision } from './boundary.js';
import type { Fetched, Fetcher } from './fetching.js';
import type { FetchHead, ModelSource } from './protocol.js';
import { inFolder, MANIFEST, WEIGHTS } from './sources.js';

/** With the version of the entries' format, of which the way of quantising is a part. */
const CACHE = 'answerlet-1';

/** What tells a version of a file from another. */
type Version = Omit<FetchHead, 'status'>;

interface StoredModel {
  /** By the manifest. */
  sha256: string | undefined;
  version: Version;
  /** The key of the weights' entry. */
  weights: string;
  /** Its length. */
  bytes: number;
  /** The other files, by URL. One that isn't here was not there. */
  files: Record<string, string>;
}

/** What of a record still holds: the weights, by their version, or all of it, because the network fails; else nothing. */
type Verdict = 'same' | 'offline' | 'other';

/** Where a model comes from, as far as the store is concerned. */
interface Place {
  weights: string;
  manifest: string | undefined;
  folder: string | undefined;
  kind: 'int8' | 'f32';
}

/** The record's key; those of weights go on from it. Both are URLs only in form. */
function recordKey({ weights, kind }: Place): string {
  const key = new URL(weights);
  key.hash = '';
  key.searchParams.append('answerlet', kind);
  return key.href;
}

const isThere = ({ status }: FetchHead): boolean => status >= 200 && status < 300;

/** A response, unless all it says is that the server is in trouble: then it is as good as none. */
function reachable(fetched: Fetched): Fetched {
  if (fetched.status < 500) return fetched;
  fetched.body.cancel().catch(() => {});
  throw new TypeError(`status ${fetched.status}`);
}

function fetchedText(text: string, status = 200): Fetched {
  const bytes = new TextEncoder().encode(text);
  return { status, bytes: bytes.length, etag: null, lastModified: null, body: new Blob([bytes]).stream() };
}

function sameVersion(a: Version, b: Version): boolean {
  if (a.bytes !== null && b.bytes !== null && a.bytes !== b.bytes) return false;
  // Compression on the way makes a weak tag of a strong one.
  const tag = (version: Version): string | undefined => version.etag?.replace(/^W\//, '');
  if (a.etag !== null && b.etag !== null) return tag(a) === tag(b);
  return a.lastModified !== null && a.lastModified === b.lastModified;
}

/** The hashes that a manifest states, by file. What is wrong with a broken one is for the engine to say. */
function hashesIn(manifest: string | undefined): Map<string, string> {
  try {
    const { files } = JSON.parse(manifest ?? '') as { files: { path: string; sha256: string }[] };
    return new Map(files.map(({ path, sha256 }) => [path, sha256]));
  } catch {
    return new Map();
  }
}

/** The store for one load: fetches what is kept in place of what hasn't changed, and keeps what is loaded. */
export class Store {
  readonly #cache: Cache;
  readonly #network: Fetcher;
  readonly #place: Place;
  readonly #record: StoredModel | undefined;
  readonly #verdict: Promise<Verdict>;
  /** The manifest that the verdict is based on. */
  #manifest: { status: number; text: string } | undefined;
  /** Other weights than the kept ones, which the verdict found. */
  #opened: Fetched | undefined;
  /** The small files that were fetched, by URL, in pieces. */
  readonly #files = new Map<string, Uint8Array[]>();
  #version: Version | undefined;
  #writing: Writing | undefined;
  #used = false;

  private constructor(cache: Cache, network: Fetcher, place: Place, record: StoredModel | undefined) {
    this.#cache = cache;
    this.#network = network;
    this.#place = place;
    this.#record = record;
    this.#verdict = record ? this.#judge(record) : Promise.resolve('other');
  }

  /** Opens the store for a model; undefined where there is none, and for weights without a URL. */
  static async open(source: ModelSource, precision: Precision | undefined, network: Fetcher): Promise<Store | undefined> {
    const folder = 'folder' in source ? source.folder : undefined;
    const weights = 'folder' in source ? inFolder(source.folder, WEIGHTS) : source.weights;
    const manifest = 'folder' in source ? inFolder(source.folder, MANIFEST) : source.manifest;
    if (!('url' in weights) || typeof caches === 'undefined') return undefined;
    const kind = precision === 'f32' ? 'f32' : 'int8';
    const place = { weights: weights.url, manifest: manifest && 'url' in manifest ? manifest.url : undefined, folder, kind } as const;
    try {
      const cache = await caches.open(CACHE);
      const kept = await cache.match(recordKey(place));
      const record = (await kept?.json().catch(() => undefined)) as StoredModel | undefined;
      return new Store(cache, network, place, record && (await cache.match(record.weights)) ? record : undefined);
    } catch {
      return undefined;
    }
  }

  /** Whether the weights came from here. */
  get used(): boolean {
    return this.#used;
  }

  /** Fetches a file of the model. */
  readonly fetch: Fetcher = async (url) => {
    if (url === this.#place.weights) return this.#fetchWeights();
    const fetched = await this.#fetchSmall(url);
    if (!isThere(fetched)) return fetched;
    const pieces: Uint8Array[] = [];
    this.#files.set(url, pieces);
    const note = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        pieces.push(piece);
        controller.enqueue(piece);
      },
    });
    return { ...fetched, body: fetched.body.pipeThrough(note) };
  };

  async #judge(record: StoredModel): Promise<Verdict> {
    const { manifest, weights } = this.#place;
    if (manifest !== undefined) {
      try {
        const { status, body } = reachable(await this.#network(manifest));
        this.#manifest = { status, text: await new Response(body).text() };
      } catch {
        // A server of another origin that has no manifest may look just so. Then the weights tell.
        if (record.files[manifest] !== undefined) return 'offline';
      }
    }
    const sha256 = hashesIn(this.#manifest?.text).get(WEIGHTS);
    if (sha256 !== undefined) return sha256 === record.sha256 ? 'same' : 'other';
    try {
      const fetched = reachable(await this.#network(weights));
      if (!isThere(fetched) || !sameVersion(fetched, record.version)) {
        this.#opened = fetched;
        return 'other';
      }
      fetched.body.cancel().catch(() => {});
      return 'same';
    } catch {
      return 'offline';
    }
  }

  async #fetchWeights(): Promise<Fetched> {
    const verdict = await this.#verdict;
    const kept = this.#record && verdict !== 'other' ? await this.#cache.match(this.#record.weights).catch(() => undefined) : undefined;
    if (this.#record && kept?.body) {
      this.#used = true;
      return { status: 200, bytes: this.#record.bytes, etag: null, lastModified: null, body: kept.body, kept: true };
    }
    const { body, ...head } = this.#opened ?? (await this.#network(this.#place.weights));
    this.#opened = undefined;
    this.#version = head;
    return { ...head, body };
  }

  async #fetchSmall(url: string): Promise<Fetched> {
    const verdict = await this.#verdict;
    const kept = this.#record?.files[url];
    if (verdict === 'offline') return kept === undefined ? fetchedText('', 404) : fetchedText(kept);
    if (url === this.#place.manifest && this.#manifest) return fetchedText(this.#manifest.text, this.#manifest.status);
    if (verdict === 'other') return this.#network(url);
    if (kept !== undefined && this.#isUnchanged(url)) return fetchedText(kept);
    try {
      return reachable(await this.#network(url));
    } catch {
      return kept === undefined ? fetchedText('', 404) : fetchedText(kept);
    }
  }

  /** Whether the manifest says of a small file what it said when the file was kept. */
  #isUnchanged(url: string): boolean {
    const { folder, manifest } = this.#place;
    if (folder === undefined || manifest === undefined) return false;
    const before = hashesIn(this.#record?.files[manifest]);
    for (const [path, sha256] of hashesIn(this.#manifest?.text)) {
      if (inFolder(folder, path).url === url) return before.get(path) === sha256;
    }
    return false;
  }

  /** To be said when the model's files are at hand: whether its weights will be kept, if they are all [written](write). */
  begin(): boolean {
    if (this.#used || !this.#version) return false;
    const sha256 = this.#sha256();
    const { bytes, etag, lastModified } = this.#version;
    const tag = sha256 ?? etag ?? lastModified;
    if (tag === null) return false;
    this.#writing = new Writing(this.#cache, `${recordKey(this.#place)}.${encodeURIComponent(`${bytes}.${tag}`)}`);
    return true;
  }

  /** The next bytes of the weights to keep. */
  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0) await this.#writing?.write(bytes);
  }

  /** The model has loaded: from here on it is the one that is kept. */
  async end(): Promise<void> {
    try {
      const files: Record<string, string> = {};
      for (const [url, pieces] of this.#files) files[url] = await new Blob(pieces as BlobPart[]).text();
      const sha256 = this.#sha256();
      if (this.#record && this.#used) {
        const before = this.#record;
        const changed = Object.keys({ ...files, ...before.files }).some((url) => files[url] !== before.files[url]);
        if (changed) await this.#put({ ...before, sha256, files });
      } else if (this.#writing && this.#version && (await this.#writing.end())) {
        const { key: weights, bytes } = this.#writing;
        await this.#put({ sha256, version: this.#version, weights, bytes, files });
        for (const { url } of await this.#cache.keys()) {
          if (url !== weights && url.startsWith(`${recordKey(this.#place)}.`)) await this.#cache.delete(url);
        }
      }
    } catch {
      // The next load will find the one before, or none.
    }
  }

  /** The model hasn't loaded: nothing of it is kept. */
  async abandon(): Promise<void> {
    await this.#writing?.abandon();
  }

  /** What is kept is of no use. */
  async forget(): Promise<void> {
    for (const key of [recordKey(this.#place), this.#record?.weights]) {
      if (key !== undefined) await this.#cache.delete(key).catch(() => false);
    }
  }

  #put(record: StoredModel): Promise<void> {
    return this.#cache.put(recordKey(this.#place), new Response(JSON.stringify(record)));
  }

  /** What the manifest says of the weights that were loaded. */
  #sha256(): string | undefined {
    const pieces = this.#files.get(this.#place.manifest ?? '');
    const decoder = new TextDecoder();
    return hashesIn(pieces?.map((piece) => decoder.decode(piece, { stream: true })).join('')).get(WEIGHTS);
  }
}

/** An entry on its way into the cache. What goes wrong with it goes wrong quietly. */
class Writing {
  readonly key: string;
  /** How many have been written. */
  bytes = 0;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #put: Promise<boolean>;

  constructor(cache: Cache, key: string) {
    this.key = key;
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    this.#writer = writable.getWriter();
    this.#writer.closed.catch(() => {});
    this.#put = cache.put(key, new Response(readable)).then(
      () => true,
      (error: unknown) => {
        // Nobody reads any more: without this, whoever writes would wait for good.
        this.#writer.abort(error).catch(() => {});
        return false;
      },
    );
  }

  /** Waits while the cache is busy with what came before. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#writer.ready;
      this.#writer.write(bytes).catch(() => {});
      this.bytes += bytes.length;
    } catch {
      // The end will tell.
    }
  }

  /** Whether it is in the cache, whole. */
  async end(): Promise<boolean> {
    const closed = await this.#writer.close().then(
      () => true,
      () => false,
    );
    return (await this.#put) && closed;
  }

  /** A body that breaks off is not stored. */
  async abandon(): Promise<void> {
    await this.#writer.abort(new Error('the model has not loaded')).catch(() => {});
    await this.#put;
  }
}
