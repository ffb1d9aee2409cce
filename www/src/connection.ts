import { AnswerletError, fromData, messageOf } from './errors.js';
import { FetchServer, type CustomFetch } from './fetching.js';
import type { Call, Calls, Kind, ToPage, ToWorker } from './protocol.js';

/** A worker script that has not said hello by then never will: load errors of module workers can go unreported. */
const HELLO_MILLISECONDS = 30_000;

interface Pending {
  resolve(reply: Calls[Kind]['reply']): void;
  reject(reason: unknown): void;
  progress?: ((progress: Calls[Kind]['progress']) => void) | undefined;
}

/** The page's side of one worker: its calls, its death, and why it died. */
export class Connection {
  readonly #worker: Worker;
  readonly #fetchServer: FetchServer | undefined;
  readonly #pending = new Map<number, Pending>();
  readonly #timer: ReturnType<typeof setTimeout>;
  #ids = 0;
  #closed: { reason: unknown } | undefined;
  #greeted = false;

  /** @param start Starts the worker; or the worker, where it has been started. */
  constructor(start: Worker | (() => Worker), fetch?: CustomFetch) {
    try {
      this.#worker = typeof start === 'function' ? start() : start;
    } catch (error) {
      throw new AnswerletError('worker_failed', `the worker could not be started: ${messageOf(error)}`, { cause: error });
    }
    this.#fetchServer = fetch && new FetchServer(fetch, (message, transfer) => this.#post(message, transfer));
    this.#timer = setTimeout(() => this.close(new AnswerletError('worker_failed', 'the worker did not start in time')), HELLO_MILLISECONDS);
    this.#worker.onmessage = (event: MessageEvent<ToPage>) => this.#receive(event.data);
    this.#worker.onmessageerror = () => this.#fail('a message could not be read');
    this.#worker.onerror = (event) => {
      event.preventDefault(); // Reported by rejection.
      this.#fail(event.message);
    };
    // It may have said hello to nobody.
    if (typeof start !== 'function') this.#post({ type: 'greet' });
  }

  /**
   * Calls the worker. A signal ends the call with its reason: `load` with the worker, `ask` between two steps of the reading.
   */
  call<K extends Kind>(
    kind: K,
    request: Calls[K]['request'],
    options: { transfer?: Transferable[]; signal?: AbortSignal | undefined; progress?: ((progress: Calls[K]['progress']) => void) | undefined } = {},
  ): Promise<Calls[K]['reply']> {
    const { signal, progress, transfer } = options;
    return new Promise<Calls[K]['reply']>((resolve, reject) => {
      if (this.#closed) return reject(this.#closed.reason);
      if (signal?.aborted) return reject(signal.reason);
      const id = ++this.#ids;
      const onAbort = (): void => {
        if (kind === 'load') return this.close(signal?.reason);
        settle();
        this.#post({ type: 'abort', id });
        reject(signal?.reason);
      };
      const settle = (): void => {
        this.#pending.delete(id);
        signal?.removeEventListener('abort', onAbort);
      };
      signal?.addEventListener('abort', onAbort);
      // A reply and its progress are of the kind that was called: the id says so, which the types can't.
      const pending = {
        resolve: (reply: Calls[K]['reply']) => (settle(), resolve(reply)),
        reject: (reason: unknown) => (settle(), reject(reason)),
        progress,
      };
      this.#pending.set(id, pending as Pending);
      this.#post({ type: 'call', id, kind, request } as Call, transfer);
    });
  }

  /** Ends the worker and rejects what is pending, and every later call, with the reason. */
  close(reason: unknown): void {
    const first = !this.#closed;
    this.#closed = { reason };
    if (!first) return;
    clearTimeout(this.#timer);
    this.#worker.terminate();
    this.#fetchServer?.close();
    for (const { reject } of [...this.#pending.values()]) reject(reason);
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    if (!this.#closed) this.#worker.postMessage(message, transfer);
  }

  #fail(message: string | undefined): void {
    if (this.#closed) return;
    const what = message ? `: ${message}` : '';
    this.close(
      this.#greeted
        ? new AnswerletError('engine_crashed', `the engine crashed${what}`)
        : new AnswerletError('worker_failed', `the worker script could not be loaded${what}`),
    );
  }

  #receive(message: ToPage): void {
    if (this.#closed || this.#fetchServer?.receive(message)) return;
    switch (message.type) {
      case 'hello':
        clearTimeout(this.#timer);
        this.#greeted = true;
        if (message.version !== ANSWERLET_VERSION)
          this.close(new AnswerletError('worker_failed', `the worker is of version ${message.version}, the page's script of ${ANSWERLET_VERSION}`));
        return;
      case 'progress':
        return this.#pending.get(message.id)?.progress?.(message.progress);
      case 'reply':
        return this.#pending.get(message.id)?.resolve(message.reply);
      case 'error':
        return this.#pending.get(message.id)?.reject(fromData(message.error));
      case 'crash':
        return this.#fail(message.message);
    }
  }
}
