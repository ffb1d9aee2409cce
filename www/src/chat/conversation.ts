import type { AnswerletError, AskResult } from '../index.js';
import { asError } from './engine.js';
import { Exchange, readingWords } from './exchange.js';
import type { Model } from './model.js';
import type { Sources } from './sources.js';
import type { Texts } from './texts.js';
import type { View } from './view.js';

/** What a conversation needs of its element. */
export interface Surroundings {
  view: View;
  texts(): Texts;
  model(): Model;
  read(): Promise<Sources>;
  threshold(): number | undefined;
  /** A place in the page is about to be shown. */
  showing(): void;
  emit(name: string, detail: object): void;
}

/** How many passages a search shows. */
const RESULTS = 3;

/** After these a reader is still good. */
const HARMLESS: ReadonlySet<string> = new Set(['question_empty', 'question_too_long', 'context_empty', 'argument_invalid']);

/** The questions and what becomes of them. They are answered in the order they were asked in; each can be stopped. */
export class Conversation {
  readonly #at: Surroundings;
  readonly #running = new Set<AbortController>();

  constructor(at: Surroundings) {
    this.#at = at;
  }

  /** Asks. Gives what the model said, or undefined where it wasn't asked or did not come to an end. */
  async ask(question: string): Promise<AskResult | undefined> {
    const { view, emit, texts } = this.#at;
    const exchange = new Exchange(question, texts());
    const stop = new AbortController();
    this.#running.add(stop);
    view.add(exchange);
    emit('answerlet-ask', { question });
    try {
      return await this.#answer(exchange, stop);
    } catch (thrown) {
      const again = (): void => {
        const model = this.#at.model();
        if (model.state.kind === 'failed') void model.load();
        void this.ask(question);
      };
      if (stop.signal.aborted) {
        this.#change(exchange, () => exchange.stopped(again));
        return undefined;
      }
      const error = asError(thrown);
      const words = this.#words(error);
      this.#change(exchange, () => exchange.failed(words, error.code === 'question_too_long' ? undefined : again));
      view.announcer.say(words);
      emit('answerlet-error', { code: error.code, message: error.message, question });
      return undefined;
    } finally {
      this.#running.delete(stop);
    }
  }

  /** Ends all that is being read, or waits. */
  stop(): void {
    for (const running of this.#running) running.abort();
  }

  async #answer(exchange: Exchange, stop: AbortController): Promise<AskResult | undefined> {
    const { view, emit, texts } = this.#at;
    const { question } = exchange;
    const { signal } = stop;
    const busy = (words: string): void => this.#change(exchange, () => exchange.busy(words, () => stop.abort()));
    let model = this.#at.model();
    busy(model.state.kind === 'ready' ? texts().reading : texts().waiting);
    let answerlet = await model.reader(signal);
    // The page may have named another meanwhile.
    while (model !== this.#at.model()) answerlet = await (model = this.#at.model()).reader(signal);
    const sources = await this.#at.read();
    signal.throwIfAborted();
    if (sources.documents.length === 0) {
      this.#unanswered(exchange, texts().noText);
      emit('answerlet-answer', { question, answered: false, answers: [] });
      return undefined;
    }
    if (!answerlet) {
      this.#search(exchange, sources);
      return undefined;
    }
    busy(texts().reading);
    const onProgress = (progress: { windowsDone: number; windowsTotal: number }): void => busy(readingWords(texts(), progress));
    let result: AskResult;
    try {
      result = await answerlet.ask(question, { context: sources.documents, signal, onProgress, threshold: this.#at.threshold() });
    } catch (thrown) {
      const error = asError(thrown);
      if (!signal.aborted && !HARMLESS.has(error.code)) model.lost(answerlet, error);
      throw thrown;
    }
    const [best] = result.answers;
    const passage = result.answered && best ? sources.passage(best) : undefined;
    if (passage) {
      const { show } = passage;
      const shown = { ...passage, show: show && (() => (this.#at.showing(), show())) };
      this.#change(exchange, () => exchange.answered(shown));
      view.announcer.say(`${passage.text}. ${passage.before}${passage.text}${passage.after}`);
    } else {
      this.#unanswered(exchange, texts().noAnswer);
    }
    emit('answerlet-answer', { question, answered: result.answered, answers: result.answers });
    return result;
  }

  #search(exchange: Exchange, sources: Sources): void {
    const { view, texts, emit } = this.#at;
    const found = sources.search.search(exchange.question, RESULTS);
    const passages = found.map((hit) => sources.passage(hit)).filter((passage) => passage !== undefined);
    const shown = passages.map((passage) => ({ ...passage, show: passage.show && (() => (this.#at.showing(), passage.show?.() ?? false)) }));
    this.#change(exchange, () => exchange.found(shown, view.contact));
    view.announcer.say(passages.length > 0 ? `${texts().results} ${passages.map(({ before, text, after }) => before + text + after).join(' ')}` : texts().noResults);
    emit('answerlet-search', { question: exchange.question, results: found });
  }

  #unanswered(exchange: Exchange, words: string): void {
    this.#change(exchange, () => exchange.unanswered(words, this.#at.view.contact));
    this.#at.view.announcer.say(words);
  }

  #change(exchange: Exchange, change: () => void): void {
    const { view } = this.#at;
    // Who has scrolled away to read something is left there.
    if (view.keepPlace(change)) view.reveal(exchange.element);
  }

  #words({ code }: AnswerletError): string {
    const { errors } = this.#at.texts();
    return errors[code] ?? errors['default'] ?? code;
  }
}
