/** Turns the page's description of a model into the bytes and the stream that the engine reads. Runs in the worker. */
import type { TokenizerParts } from './boundary.js';
import { AnswerletError, messageOf } from './errors.js';
import type { Fetched } from './fetching.js';
import type { Tally } from './progress.js';
import type { FileSource, ModelSource } from './protocol.js';
import { codeOf, CONFIG, inFolder, isHtml, MANIFEST, WEIGHTS } from './store/names.js';

/** What each of a model's files is called in a folder, and in errors wherever it came from. */
const NAMES = { config: CONFIG, json: 'tokenizer.json', vocab: 'vocab.json', vocabText: 'vocab.txt', merges: 'merges.txt', settings: 'tokenizer_config.json' };

const CONVERT =
  'convert it with `AutoModelForQuestionAnswering.from_pretrained(DIR).save_pretrained(OUT, max_shard_size="100GB")` (Python, transformers)';

/** A model on its way: all files are asked for at once, each promise settles on its own. Whoever gives up ends the worker. */
export interface OpenModel {
  /** Undefined where there is none, or HTML in its place. */
  manifest: Promise<Uint8Array | undefined>;
  config: Promise<Uint8Array>;
  tokenizer: Promise<TokenizerParts>;
  weights: Promise<ReadableStream<Uint8Array>>;
  /** Why the stream of weights broke off, once it has. */
  broken(): AnswerletError | undefined;
}

interface Opened {
  stream: ReadableStream<Uint8Array>;
  bytes: number | null;
  kept?: true | undefined;
  arriving?: Fetched['arriving'] | undefined;
}

/** Fetches one of a model's files, which has this name in a folder. */
export type FileFetcher = (url: string, file: string) => Promise<Fetched>;

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.subarray(at, (at += 1 << 20)));
      else controller.close();
    },
  });
}

function missing(file: string, source: FileSource): AnswerletError {
  return new AnswerletError('file_missing', `${file} is missing${'url' in source ? `: nothing at ${source.url}` : ''}`, { file });
}

class Opener {
  readonly #fetcher: FileFetcher;
  readonly #tally: Tally;
  broken: AnswerletError | undefined;

  constructor(fetcher: FileFetcher, tally: Tally) {
    this.#fetcher = fetcher;
    this.#tally = tally;
  }

  /** Opens a file; undefined where the server says that it has none. */
  async open(file: string, source: FileSource): Promise<Opened | undefined> {
    if ('bytes' in source) return { stream: streamOf(source.bytes), bytes: source.bytes.length };
    if ('blob' in source) return { stream: source.blob.stream(), bytes: source.blob.size };
    let fetched: Fetched;
    try {
      fetched = await this.#fetcher(source.url, file);
    } catch (error) {
      // A server of another origin that doesn't have it often answers without CORS headers, and a script learns no more than
      // that. Where it is the network that is down, the files that the model can't do without tell.
      if (file === MANIFEST) return undefined;
      throw this.#unreadable(file, source, messageOf(error));
    }
    if (fetched.status >= 200 && fetched.status < 300) return { stream: fetched.body, bytes: fetched.bytes, kept: fetched.kept, arriving: fetched.arriving };
    fetched.body.cancel().catch(() => {});
    // Storage servers that don't list their files answer 403 for one that isn't there, so an optional one must not insist.
    if (fetched.status === 404 || fetched.status === 410 || (file === MANIFEST && fetched.status < 500)) return undefined;
    throw this.#unreadable(file, source, `status ${fetched.status}`);
  }

  /** Reads a small file whole; undefined where there is none. */
  async read(file: string, source: FileSource): Promise<Uint8Array | undefined> {
    this.#tally.expect(file);
    const opened = await this.open(file, source);
    if (!opened) {
      this.#tally.drop(file);
      return undefined;
    }
    this.#tally.expect(file, opened.bytes);
    try {
      return new Uint8Array(await new Response(this.#counted(file, source, opened)).arrayBuffer());
    } catch (error) {
      throw error instanceof AnswerletError ? error : this.#unreadable(file, source, messageOf(error));
    }
  }

  async need(file: string, source: FileSource): Promise<Uint8Array> {
    const bytes = await this.read(file, source);
    if (!bytes) throw missing(file, source);
    return bytes;
  }

  async weights(source: FileSource, folder: string | undefined): Promise<ReadableStream<Uint8Array>> {
    this.#tally.expect(WEIGHTS);
    const opened = await this.open(WEIGHTS, source);
    if (opened) {
      if (opened.kept) this.#tally.own(WEIGHTS, opened.bytes);
      else this.#tally.expect(WEIGHTS, opened.bytes);
      return this.#counted(WEIGHTS, source, opened);
    }
    if (folder !== undefined) {
      for (const file of ['model.safetensors.index.json', 'pytorch_model.bin', 'pytorch_model.bin.index.json']) {
        const other = await this.open(file, inFolder(folder, file)).catch(() => undefined);
        other?.stream.cancel().catch(() => {});
        if (other) throw new AnswerletError('weights_format', `${file} can't be read, only one ${WEIGHTS} can: ${CONVERT}`, { file });
      }
    }
    throw missing(WEIGHTS, source);
  }

  /** The stream, its bytes told to the tally and its failure kept: the engine would not know a network error from its own. */
  #counted(file: string, source: FileSource, { stream, arriving }: Opened): ReadableStream<Uint8Array> {
    const reader = stream.getReader();
    let loaded = 0;
    arriving?.((bytes) => this.#tally.loaded(file, bytes));
    let cancelled = false;
    return new ReadableStream(
      {
        pull: async (controller) => {
          try {
            const { done, value } = await reader.read();
            if (cancelled) return;
            if (done) {
              this.#tally.complete(file);
              return controller.close();
            }
            if (!arriving) this.#tally.loaded(file, (loaded += value.length));
            controller.enqueue(value);
          } catch (error) {
            // Who cancels has a reason, and this is none.
            if (cancelled) return;
            this.broken = error instanceof AnswerletError ? error : this.#unreadable(file, source, messageOf(error));
            controller.error(error);
          }
        },
        cancel: (reason) => {
          cancelled = true;
          return reader.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
  }

  #unreadable(file: string, source: FileSource, why: string): AnswerletError {
    return 'url' in source
      ? new AnswerletError('network', `${file} could not be fetched from ${source.url}: ${why}`, { file })
      : new AnswerletError('io', `${file} could not be read: ${why}`, { file });
  }
}

/** A folder's tokenizer: `tokenizer.json`, or the files of before it. */
async function folderTokenizer(opener: Opener, folder: string): Promise<TokenizerParts> {
  const source = inFolder(folder, NAMES.json);
  const json = await opener.read(NAMES.json, source);
  if (json && !isHtml(json)) return { json };
  const read = async (file: string): Promise<Uint8Array | undefined> => {
    const bytes = await opener.read(file, inFolder(folder, file));
    return bytes && !isHtml(bytes) ? bytes : undefined;
  };
  const [text, vocab, merges, config] = await Promise.all([NAMES.vocabText, NAMES.vocab, NAMES.merges, NAMES.settings].map(read));
  const settings = config && { config };
  if (text) return { vocab: text, ...settings };
  if (vocab && merges) return { vocab, merges, ...settings };
  // The engine has the words for HTML in place of JSON.
  if (json) return { json };
  if (vocab) throw missing(NAMES.merges, inFolder(folder, NAMES.merges));
  throw missing(NAMES.json, source);
}

/** Starts to load a model. The tally is told of every file. */
export function openModel(source: ModelSource, fetcher: FileFetcher, tally: Tally): OpenModel {
  const opener = new Opener(fetcher, tally);
  const folder = 'folder' in source ? source.folder : undefined;
  const files = 'folder' in source ? undefined : source;
  const at = (file: string, given: FileSource | undefined): FileSource => given ?? inFolder(folder as string, file);

  const readManifest = async (): Promise<Uint8Array | undefined> => {
    if (files && !files.manifest) return undefined;
    const bytes = await opener.read(MANIFEST, at(MANIFEST, files?.manifest));
    // A page in its place has been loaded all the same, and progress must not fall.
    if (!bytes || isHtml(bytes)) return undefined;
    tally.trust(sizesOf(bytes));
    return bytes;
  };
  const readTokenizer = async (): Promise<TokenizerParts> => {
    if (!files) return folderTokenizer(opener, folder as string);
    const given = files.tokenizer;
    if (!('vocab' in given)) return { json: await opener.need(NAMES.json, given) };
    const [vocab, merges, config] = await Promise.all([
      opener.need(given.merges ? NAMES.vocab : NAMES.vocabText, given.vocab),
      given.merges && opener.need(NAMES.merges, given.merges),
      given.config && opener.need(NAMES.settings, given.config),
    ]);
    return { vocab, ...(merges && { merges }), ...(config && { config }) };
  };

  const model: OpenModel = {
    manifest: readManifest(),
    config: opener.need(NAMES.config, at(NAMES.config, files?.config)),
    tokenizer: readTokenizer(),
    weights: opener.weights(at(WEIGHTS, files?.weights), folder),
    broken: () => opener.broken,
  };
  // They are awaited in turn; one that fails meanwhile is no unhandled rejection.
  for (const promise of [model.manifest, model.config, model.tokenizer, model.weights]) promise.catch(() => {});
  return model;
}

/** The sizes that a manifest states. What is wrong with a broken one is for the engine to say. */
function sizesOf(manifest: Uint8Array): Map<string, number> {
  const sizes = new Map<string, number>();
  try {
    const { files } = JSON.parse(new TextDecoder().decode(manifest)) as { files: { path: string; bytes: number }[] };
    for (const { path, bytes } of files) if (Number.isSafeInteger(bytes)) sizes.set(path, bytes);
  } catch {
    sizes.clear();
  }
  return sizes;
}

/** The error for files that ended with another size than the manifest's, if there are any. */
export function wrongSize(tally: Tally): AnswerletError | undefined {
  for (const { file, bytes, expected } of tally.wrong()) {
    return new AnswerletError(codeOf(file), `${file} has ${bytes} bytes, but ${MANIFEST} says ${expected}: it is cut short, or of another version`, { file });
  }
  return undefined;
}
