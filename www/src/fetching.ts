/** Downloads: by the worker itself, or by a `fetch` that the page brought along, which then runs in the page. */
import { messageOf } from './errors.js';
import { FETCH_CREDITS, type FetchHead, type FetchInit, type ToPage, type ToWorker } from './protocol.js';

/**
 * A `fetch` for model files. The signal aborts when the rest of the file is no longer wanted. Headers, where there are any, ask for a part
 * of the file (`Range`, `If-Range`); whoever leaves them out gets the whole file, and more bytes than needed.
 */
export type CustomFetch = (url: string, init: { signal: AbortSignal; headers?: Record<string, string>; cache?: RequestCache }) => Promise<Response>;

/** A response, as far as a model file needs one. */
export interface Fetched extends FetchHead {
  body: ReadableStream<Uint8Array>;
  /** Set where it comes from what the browser kept: then its size is its own, whatever a manifest says of its source. */
  kept?: true;
  /** Set where the body comes in larger pieces than from the network: tells how many bytes have arrived. Replaces counting them. */
  arriving?: (tell: (bytes: number) => void) => void;
}

export type Fetcher = (url: string, init?: FetchInit) => Promise<Fetched>;

function headOf(response: Response): FetchHead {
  const length = response.headers.get('content-length');
  // With an encoding, Content-Length counts the bytes on the wire, not the ones that come out.
  const encoded = response.headers.has('content-encoding');
  const bytes = length && !encoded ? Number(length) : null;
  const [etag, lastModified, contentRange] = ['etag', 'last-modified', 'content-range'].map((name) => response.headers.get(name)) as [string | null, string | null, string | null];
  return { status: response.status, bytes, etag, lastModified, contentRange, encoded };
}

function emptyBody(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}

/** The platform's own `fetch`. */
export async function fetchHere(url: string, init?: FetchInit): Promise<Fetched> {
  const response = await fetch(url, init);
  return { ...headOf(response), body: response.body ?? emptyBody() };
}

/** The worker's side of downloads through the page. */
export class RemoteFetch {
  readonly #post: (message: ToPage) => void;
  readonly #open = new Map<number, Download>();
  #ids = 0;

  constructor(post: (message: ToPage) => void) {
    this.#post = post;
  }

  readonly fetch: Fetcher = (url, init = {}) => {
    const id = ++this.#ids;
    return new Promise((resolve, reject) => {
      const download = new Download(
        () => this.#post({ type: 'fetchCredit', id }),
        () => {
          this.#open.delete(id);
          this.#post({ type: 'fetchCancel', id });
        },
      );
      download.head = (head) => resolve({ ...head, body: download.body });
      download.failed = reject; // Of no effect after the head.
      this.#open.set(id, download);
      this.#post({ type: 'fetch', id, url, init });
    });
  };

  /** Takes a message of the page; false if it is none of a download's. */
  receive(message: ToWorker): boolean {
    if (message.type === 'call' || message.type === 'abort' || message.type === 'greet') return false;
    const download = this.#open.get(message.id);
    switch (message.type) {
      case 'fetchHead':
        download?.head(message.head);
        break;
      case 'fetchChunk':
        download?.chunk(message.bytes);
        break;
      case 'fetchEnd':
        download?.end();
        this.#open.delete(message.id);
        break;
      case 'fetchFailed':
        download?.fail(new TypeError(message.message));
        this.#open.delete(message.id);
    }
    return true;
  }
}

/** A body on its way from the page: what has come, and who waits for more. */
class Download {
  head: (head: FetchHead) => void = () => {};
  failed: (error: Error) => void = () => {};
  readonly body: ReadableStream<Uint8Array>;
  readonly #chunks: Uint8Array[] = [];
  #ended = false;
  #error: Error | undefined;
  #wake: () => void = () => {};

  constructor(taken: () => void, cancelled: () => void) {
    this.body = new ReadableStream(
      {
        pull: async (controller) => {
          while (this.#chunks.length === 0 && !this.#ended) await new Promise<void>((resolve) => (this.#wake = resolve));
          const chunk = this.#chunks.shift();
          if (chunk) {
            controller.enqueue(chunk);
            taken();
          } else if (this.#error) controller.error(this.#error);
          else controller.close();
        },
        cancel: cancelled,
      },
      { highWaterMark: 0 },
    );
  }

  chunk(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  fail(error: Error): void {
    this.#error = error;
    this.failed(error);
    this.end();
  }
}

/** The page's side of downloads through the page. */
export class FetchServer {
  readonly #post: (message: ToWorker, transfer?: Transferable[]) => void;
  readonly #fetch: CustomFetch;
  readonly #open = new Map<number, { credits: number; more(): void; stop: AbortController }>();

  constructor(fetch: CustomFetch, post: (message: ToWorker, transfer?: Transferable[]) => void) {
    this.#fetch = fetch;
    this.#post = post;
  }

  /** Takes a message of the worker; false if it is none of a download's. */
  receive(message: ToPage): boolean {
    switch (message.type) {
      case 'fetch':
        void this.#serve(message.id, message.url, message.init);
        return true;
      case 'fetchCredit': {
        const download = this.#open.get(message.id);
        if (download) {
          download.credits++;
          download.more();
        }
        return true;
      }
      case 'fetchCancel':
        this.#open.get(message.id)?.stop.abort();
        return true;
      default:
        return false;
    }
  }

  /** Ends all downloads: the worker is gone. */
  close(): void {
    for (const { stop } of this.#open.values()) stop.abort();
  }

  async #serve(id: number, url: string, init: FetchInit): Promise<void> {
    const stop = new AbortController();
    const { signal } = stop;
    const download = { credits: FETCH_CREDITS, more: () => {}, stop };
    this.#open.set(id, download);
    const post = (message: ToWorker, transfer?: Transferable[]): void => {
      if (!signal.aborted) this.#post(message, transfer);
    };
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
    const cancel = (): void => void reader?.cancel().catch(() => {});
    signal.addEventListener('abort', () => {
      download.more();
      cancel();
    });
    try {
      // A plain call: the platform's own fetch refuses to be a method of something else.
      const fetch = this.#fetch;
      const response = await fetch(url, { ...init, signal });
      reader = response.body?.getReader();
      post({ type: 'fetchHead', id, head: headOf(response) });
      while (reader && !signal.aborted) {
        const { done, value } = await reader.read();
        if (done) break;
        while (download.credits === 0 && !signal.aborted) await new Promise<void>((resolve) => (download.more = resolve));
        download.credits--;
        // A copy crosses: the chunk may be a view of something that its owner still needs.
        const bytes = value.slice();
        post({ type: 'fetchChunk', id, bytes }, [bytes.buffer]);
      }
      post({ type: 'fetchEnd', id });
    } catch (error) {
      post({ type: 'fetchFailed', id, message: messageOf(error) });
    } finally {
      cancel();
      this.#open.delete(id);
    }
  }
}
