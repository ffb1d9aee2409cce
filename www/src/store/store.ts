/**
 * Fetches a model's files for one load: verified where the manifest states their hashes, and kept in the browser (Cache API), so that
 * they are downloaded, and a checkpoint of floats quantised, once.
 *
 * With hashes in `answerlet.json`, each chunk of a file is kept as it comes in: a load that breaks off goes on from there, and one that
 * finds all chunks costs the request for the manifest. Without them, and for floats that are computed with as int8, what is kept is the
 * file that the engine writes, in chunks that are hashed here, and the other files. Whether it still holds is seen by the hash of the
 * source, or by its length with ETag or Last-Modified: that costs a request for the weights that is given up after its headers (a HEAD
 * would do, but servers answer it with other headers, or not at all).
 *
 * A record for each model is written last, so what it lists is whole: where the network fails, it is what is loaded. What no record
 * lists any more is then deleted. What can't be kept is not kept, and no load fails of it.
 */
import type { Precision } from '../boundary.js';
import type { Fetched, Fetcher } from '../fetching.js';
import type { FetchHead, FileSource, ModelSource } from '../protocol.js';
import { sha256, ChunkCache } from './chunks.js';
import { Download } from './download.js';
import { isContent, readManifest, type Content, type Manifest } from './manifest.js';
import { inFolder, isHtml, MANIFEST, WEIGHTS } from './names.js';
import { Writing } from './writing.js';

const KINDS = ['int8', 'f32'] as const;

/** What tells a version of a file from another. */
type Version = Pick<FetchHead, 'bytes' | 'etag' | 'lastModified'>;

interface ModelRecord {
  /** The hashes of the source's chunks, where the manifest states them. */
  source: string[] | undefined;
  version: Version | undefined;
  /** By URL. A file that isn't here was not there. */
  files: Record<string, Content>;
}

/** Where a model comes from, as far as the store is concerned. */
interface Place {
  weights: string;
  manifest: string | undefined;
  folder: string | undefined;
  kind: (typeof KINDS)[number];
}

/**
 * What holds: the manifest's hashes; or without any, of what is kept, all because the network fails, or the weights by their version,
 * or nothing.
 */
type Verdict = { kind: 'manifest'; manifest: Manifest } | { kind: 'offline' } | { kind: 'same' } | { kind: 'other' };

type Loaded = { content: Content; isKept(): Promise<boolean> } | { pieces: Uint8Array[] };

const isThere = ({ status }: { status: number }): boolean => status >= 200 && status < 300;

/** A response, unless all it says is that the server is in trouble: then it is as good as none. */
function reachable(fetched: Fetched): Fetched {
  if (fetched.status < 500) return fetched;
  fetched.body.cancel().catch(() => {});
  throw new TypeError(`status ${fetched.status}`);
}

function fetchedBytes(bytes: Uint8Array<ArrayBuffer>, status = 200): Fetched {
  return { status, bytes: bytes.length, etag: null, lastModified: null, contentRange: null, encoded: false, body: new Blob([bytes]).stream() };
}

const NOT_THERE = (): Fetched => fetchedBytes(new Uint8Array(0), 404);

function sameVersion(a: Version, b: Version): boolean {
  if (a.bytes !== null && b.bytes !== null && a.bytes !== b.bytes) return false;
  // Compression on the way makes a weak tag of a strong one.
  const tag = (version: Version): string | undefined => version.etag?.replace(/^W\//, '');
  if (a.etag !== null && b.etag !== null) return tag(a) === tag(b);
  return a.lastModified !== null && a.lastModified === b.lastModified;
}

const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function asRecord(value: unknown): ModelRecord | undefined {
  const { files } = (value ?? {}) as Partial<ModelRecord>;
  return typeof files === 'object' && files !== null && Object.values(files).every(isContent) ? (value as ModelRecord) : undefined;
}

export class Store {
  readonly #cache: ChunkCache | undefined;
  readonly #network: Fetcher;
  readonly #place: Place;
  readonly #record: ModelRecord | undefined;
  readonly #verdict: Promise<Verdict>;
  /** Files of which chunks are there that no record lists: of a download that broke off. */
  readonly #begun: boolean;
  /** What the server has for a manifest, or why there is no answer. */
  #manifest: { status: number; bytes: Uint8Array<ArrayBuffer> } | { error: unknown } | undefined;
  /** Other weights than the kept ones, which the verdict found. */
  #opened: Fetched | undefined;
  readonly #loaded = new Map<string, Loaded>();
  #version: Version | undefined;
  #writing: Writing | undefined;
  #used = false;

  private constructor(
    cache: ChunkCache | undefined,
    network: Fetcher,
    place: Place,
    manifest: Uint8Array<ArrayBuffer> | undefined,
    record: ModelRecord | undefined,
    begun: boolean,
  ) {
    this.#cache = cache;
    // Kept here, the weights need not be kept by the browser's HTTP cache as well.
    this.#network = (url, init) => network(url, cache && url === place.weights ? { cache: 'no-store', ...init } : init);
    this.#place = place;
    this.#record = record;
    this.#begun = begun;
    this.#verdict = this.#judge(manifest);
    this.#verdict.catch(() => {});
  }

  /** Opens the store for a model. Undefined where nothing can be verified, and for weights without a URL. */
  static async open(source: ModelSource, precision: Precision | undefined, network: Fetcher, cached: boolean): Promise<Store | undefined> {
    const folder = 'folder' in source ? source.folder : undefined;
    const weights = 'folder' in source ? inFolder(source.folder, WEIGHTS) : source.weights;
    const manifest = 'folder' in source ? inFolder(source.folder, MANIFEST) : source.manifest;
    if (!('url' in weights) || !canVerify()) return undefined;
    const given = manifest && (await bytesIn(manifest));
    const kind = precision === 'f32' ? 'f32' : 'int8';
    const place = { weights: weights.url, manifest: manifest && 'url' in manifest ? manifest.url : undefined, folder, kind } as const;
    const cache = cached ? await ChunkCache.open() : undefined;
    const record = asRecord(await cache?.record(place.weights, kind));
    const begun = cache !== undefined && record === undefined && (await cache.present(place.weights)).size > 0;
    return new Store(cache, network, place, given, record, begun);
  }

  /** Whether what is loaded can be kept. */
  get keeps(): boolean {
    return this.#cache !== undefined;
  }

  /** Whether the weights are what the engine made of others earlier. */
  get used(): boolean {
    return this.#used;
  }

  /** Fetches a file of the model. */
  readonly fetch = async (url: string, file: string): Promise<Fetched> => {
    if (file === MANIFEST) return this.#fetchManifest(url);
    // Where nothing is kept all will be needed, whatever the manifest says.
    const asked = this.#record || this.#begun ? undefined : this.#network(url);
    asked?.catch(() => {});
    const verdict = await this.#verdict;
    if (verdict.kind !== 'manifest') return file === WEIGHTS ? this.#fetchWeights(verdict.kind, asked) : this.#fetchSmall(file, url, verdict.kind, asked);
    const { manifest } = verdict;
    const content = manifest.files.get(file);
    if (!content) {
      if (this.#place.folder === undefined || !manifest.complete) return this.#fetchSmall(file, url, 'same', asked);
      asked?.then(({ body }) => body.cancel()).catch(() => {});
      return NOT_THERE();
    }
    if (file !== WEIGHTS || manifest.quantised || this.#place.kind === 'f32') return this.#download(file, url, content, this.#cache, asked);
    // Floats: what is kept is what becomes of them.
    if (isSame(this.#record?.source, content.chunks)) return this.#keptWeights();
    this.#version = { bytes: content.bytes, etag: null, lastModified: null };
    return this.#download(file, url, content, undefined, asked);
  };

  async #judge(given: Uint8Array<ArrayBuffer> | undefined): Promise<Verdict> {
    const { manifest: url } = this.#place;
    const record = this.#record;
    if (url !== undefined) {
      try {
        // The newest: one that a cache on the way has may be older than the files.
        const { status, body } = await this.#network(url, { cache: 'no-cache' });
        this.#manifest = { status, bytes: new Uint8Array(await new Response(body).arrayBuffer()) };
      } catch (error) {
        this.#manifest = { error };
      }
      const isReachable = 'status' in this.#manifest && this.#manifest.status < 500;
      // A server of another origin that has no manifest may look as if there were no network. Then the weights tell.
      if (!isReachable && record?.files[url] !== undefined) return { kind: 'offline' };
    }
    const found = this.#manifest && 'status' in this.#manifest && isThere(this.#manifest) ? this.#manifest.bytes : undefined;
    const manifest = readManifest(given ?? (found && !isHtml(found) ? found : new Uint8Array(0)));
    if (manifest) return { kind: 'manifest', manifest };
    if (!record) return { kind: 'other' };
    try {
      const fetched = reachable(await this.#network(this.#place.weights, { cache: 'default' }));
      if (!isThere(fetched) || !record.version || !sameVersion(fetched, record.version)) {
        this.#opened = fetched;
        return { kind: 'other' };
      }
      fetched.body.cancel().catch(() => {});
      return { kind: 'same' };
    } catch {
      return { kind: 'offline' };
    }
  }

  async #fetchManifest(url: string): Promise<Fetched> {
    const { kind } = await this.#verdict;
    if (kind === 'offline') return this.#keptFile(MANIFEST, url);
    const manifest = this.#manifest;
    if (!manifest || (kind === 'same' && 'status' in manifest && manifest.status >= 500)) return NOT_THERE();
    if ('error' in manifest) throw manifest.error;
    if (isThere(manifest)) this.#loaded.set(url, { pieces: [manifest.bytes] });
    return fetchedBytes(manifest.bytes, manifest.status);
  }

  async #fetchWeights(verdict: 'offline' | 'same' | 'other', asked: Promise<Fetched> | undefined): Promise<Fetched> {
    if (verdict !== 'other') return this.#keptWeights();
    const { body, ...head } = this.#opened ?? (await (asked ?? this.#network(this.#place.weights)));
    this.#opened = undefined;
    this.#version = head;
    return { ...head, body };
  }

  /** The weights that the record lists: the source's, which heal, or what the engine made of it, which can only be made again. */
  async #keptWeights(): Promise<Fetched> {
    const url = this.#place.weights;
    const { source, files } = this.#record as ModelRecord;
    const content = files[url] as Content;
    if (isSame(source, content.chunks)) return this.#download(WEIGHTS, url, content, this.#cache);
    this.#used = true;
    const gone = (): Promise<never> => Promise.reject(new TypeError('what was kept of it is damaged'));
    const fetched = await this.#download(WEIGHTS, url, content, this.#cache, undefined, gone);
    return { ...fetched, kept: true };
  }

  async #keptFile(file: string, url: string): Promise<Fetched> {
    const content = this.#record?.files[url];
    return content ? this.#download(file, url, content, this.#cache) : NOT_THERE();
  }

  async #fetchSmall(file: string, url: string, verdict: 'offline' | 'same' | 'other', asked: Promise<Fetched> | undefined): Promise<Fetched> {
    if (verdict === 'offline') return this.#keptFile(file, url);
    let fetched: Fetched;
    try {
      fetched = await (asked ?? this.#network(url));
      if (verdict === 'same') reachable(fetched);
    } catch (error) {
      if (!this.#record) throw error;
      return this.#keptFile(file, url);
    }
    if (!isThere(fetched)) return fetched;
    const pieces: Uint8Array[] = [];
    this.#loaded.set(url, { pieces });
    const note = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        pieces.push(piece);
        controller.enqueue(piece);
      },
    });
    return { ...fetched, body: fetched.body.pipeThrough(note) };
  }

  async #download(
    file: string,
    url: string,
    content: Content,
    cache: ChunkCache | undefined,
    asked?: Promise<Fetched>,
    network = this.#network,
  ): Promise<Fetched> {
    const download = new Download(file, url, content, network, cache, asked);
    this.#loaded.set(url, { content, isKept: () => download.isKept() });
    const fetched = await download.open();
    if (!isThere(fetched)) this.#loaded.delete(url);
    return fetched;
  }

  /** To be said when the model's files are at hand: whether what the engine makes of its weights is to be [written](write). */
  begin(): boolean {
    if (!this.#cache || this.#used || !this.#version) return false;
    const { etag, lastModified } = this.#version;
    if (!this.#loaded.has(this.#place.weights) && etag === null && lastModified === null) return false;
    this.#writing = new Writing(this.#cache, this.#place.weights);
    return true;
  }

  /** The next bytes of the weights to keep. */
  async write(bytes: Uint8Array): Promise<void> {
    await this.#writing?.write(bytes);
  }

  /** The model has loaded: from here on it is the one that is kept. */
  async end(): Promise<void> {
    const cache = this.#cache;
    const verdict = await this.#verdict;
    if (!cache || verdict.kind === 'offline') return;
    const { weights, kind } = this.#place;
    const written = this.#writing ? await this.#writing.end() : await this.#keep(cache, weights, this.#loaded.get(weights));
    if (!written) return;
    this.#loaded.delete(weights);
    const files: Record<string, Content> = { [weights]: written };
    // In an order, so that records can be compared.
    for (const [url, loaded] of [...this.#loaded].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const content = await this.#keep(cache, url, loaded);
      if (!content) return;
      files[url] = content;
    }
    const source = verdict.kind === 'manifest' ? verdict.manifest.files.get(WEIGHTS)?.chunks : undefined;
    const version = source ? undefined : this.#used ? this.#record?.version : this.#version;
    const record = { source, version, files } satisfies ModelRecord;
    if (isSame(record, this.#record) || !(await cache.putRecord(weights, kind, record))) return;
    // The same place may be kept for the other precision; of another version, it is superseded.
    for (const other of KINDS) {
      const kept = other === kind ? undefined : asRecord(await cache.record(weights, other));
      if (kept && !(source ? isSame(kept.source, source) : version && kept.version && sameVersion(kept.version, version))) await cache.delete(weights, other);
    }
    await cache.sweep([...new Set([...Object.keys(files), ...Object.keys(this.#record?.files ?? {})])], listed, KINDS);
  }

  /** The model hasn't loaded. Chunks that have come in are kept: the next load needn't fetch them again. */
  async abandon(): Promise<void> {
    await this.#writing?.abandon();
    for (const loaded of this.#loaded.values()) if ('content' in loaded) await loaded.isKept();
  }

  /** What is kept is of no use. */
  async forget(): Promise<void> {
    const { weights, kind } = this.#place;
    await this.#cache?.delete(weights, kind, ...(this.#record?.files[weights]?.chunks ?? []));
  }

  /** What is kept of a file. One that no manifest describes is kept only now, and is small. */
  async #keep(cache: ChunkCache, url: string, loaded: Loaded | undefined): Promise<Content | undefined> {
    if (!loaded) return undefined;
    if ('content' in loaded) return (await loaded.isKept()) ? loaded.content : undefined;
    const bytes = new Uint8Array(await new Blob(loaded.pieces as BlobPart[]).arrayBuffer());
    const hash = await sha256(bytes);
    const content = { bytes: bytes.length, chunkBytes: Math.max(1, bytes.length), chunks: bytes.length > 0 ? [hash] : [] };
    if (bytes.length === 0 || isSame(this.#record?.files[url], content)) return content;
    return (await cache.put(url, hash, { bytes, etag: null })) ? content : undefined;
  }
}

/** A file that the page has at hand; undefined where it is elsewhere. */
async function bytesIn(file: FileSource): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if ('bytes' in file) return file.bytes;
  if ('blob' in file) return new Uint8Array(await file.blob.arrayBuffer().catch(() => new ArrayBuffer(0)));
  return undefined;
}

/** Whether this page may hash at all: it may not over plain http. */
export function canVerify(): boolean {
  return typeof crypto === 'object' && crypto.subtle !== undefined;
}

function* listed(record: unknown): Iterable<{ url: string; chunks: string[] }> {
  for (const [url, { chunks }] of Object.entries(asRecord(record)?.files ?? {})) yield { url, chunks };
}
