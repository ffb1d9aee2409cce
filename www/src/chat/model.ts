import type { Answerlet, AnswerletError, LoadProgress } from '../index.js';
import { asError, EngineLease, type EngineOptions } from './engine.js';
import type { ModelFacts } from './facts.js';

/** Where the model stands, as the visitor is told. */
export type ModelState =
  /** The chat hasn't been opened. */
  | { kind: 'idle' }
  | { kind: 'checking' }
  /** The visitor has to agree first. */
  | { kind: 'asking'; why: 'saveData' | 'language' }
  | { kind: 'loading'; progress?: LoadProgress }
  | { kind: 'ready'; answerlet: Answerlet }
  | { kind: 'refused' }
  | { kind: 'failed'; error: AnswerletError };

const settled = ({ kind }: ModelState): boolean => kind === 'ready' || kind === 'refused' || kind === 'failed';

const primary = (tag: string): string => tag.toLowerCase().replace(/[-_].*/s, '');

/** An element's model: whether it is there, on its way, not wanted, or broken. */
export class Model {
  facts: ModelFacts = {};
  /** Whether it has been downloaded before. */
  kept = false;
  /** The page's language, where the model reads another. */
  otherLanguage: string | undefined;
  readonly #lease: EngineLease;
  readonly #pageLanguage: () => string | undefined;
  readonly #changed: () => void;
  #state: ModelState = { kind: 'idle' };
  #waiting: (() => void)[] = [];
  #released = false;

  /** @param changed Told of every change. */
  constructor(options: EngineOptions, pageLanguage: () => string | undefined, changed: () => void) {
    this.#pageLanguage = pageLanguage;
    this.#changed = changed;
    this.#lease = new EngineLease(options);
    this.#lease.onProgress = (progress) => {
      if (this.#state.kind === 'loading') this.#become({ kind: 'loading', progress });
    };
  }

  get state(): ModelState {
    return this.#state;
  }

  /** The chat has been opened: downloads, unless there is a reason to ask first. */
  async open(): Promise<void> {
    if (this.#state.kind !== 'idle') return;
    this.#become({ kind: 'checking' });
    this.facts = await this.#lease.facts();
    const language = this.#pageLanguage();
    const differs = language && this.facts.language && primary(language) !== primary(this.facts.language);
    this.otherLanguage = differs ? language : undefined;
    const { connection } = navigator as { connection?: { saveData?: boolean } };
    this.kept = await this.#lease.isKept();
    const mustAsk = connection?.saveData === true && !this.kept;
    if ((this.#state as ModelState).kind !== 'checking') return;
    if (this.#lease.refused) this.#become({ kind: 'refused' });
    else if (this.otherLanguage) this.#become({ kind: 'asking', why: 'language' });
    else if (mustAsk && !this.#lease.loading) this.#become({ kind: 'asking', why: 'saveData' });
    else void this.load();
  }

  /** The visitor agrees, or tries again. */
  async load(): Promise<void> {
    this.#become({ kind: 'loading' });
    try {
      const answerlet = await this.#lease.load();
      if (this.#state.kind === 'loading') this.#become({ kind: 'ready', answerlet });
    } catch (thrown) {
      // Not one that has been given up.
      if (this.#state.kind === 'loading') this.#become({ kind: 'failed', error: asError(thrown) });
    }
  }

  refuse(): void {
    this.#lease.refuse();
    this.#become({ kind: 'refused' });
  }

  /** The reader failed in the middle of a question. */
  lost(answerlet: Answerlet, error: AnswerletError): void {
    this.#lease.lost(answerlet);
    if (this.#state.kind === 'ready' && this.#state.answerlet === answerlet) this.#become({ kind: 'failed', error });
  }

  /** The reader, once there is one; undefined where the visitor refuses, or it can't be had. */
  async reader(signal: AbortSignal): Promise<Answerlet | undefined> {
    while (!settled(this.#state) && !signal.aborted && !this.#released) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    signal.throwIfAborted();
    return this.#state.kind === 'ready' ? this.#state.answerlet : undefined;
  }

  /** Who waits is let go. */
  release(): void {
    this.#released = true;
    this.#state = { kind: 'idle' };
    this.#lease.release();
    this.#wake();
  }

  #become(state: ModelState): void {
    this.#state = state;
    this.#changed();
    if (settled(state)) this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
