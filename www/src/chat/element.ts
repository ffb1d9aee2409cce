import type { AskResult, LoadOptions, ModelInput } from '../index.js';
import { Conversation } from './conversation.js';
import { ElementBase } from './dom.js';
import type { EngineOptions } from './engine.js';
import { Model } from './model.js';
import { SourceReader, type Sources } from './sources.js';
import { textsWith, type TextOverrides } from './texts.js';
import { View } from './view.js';

type WorkerUrl = LoadOptions['workerUrl'];
type WasmUrl = LoadOptions['wasmUrl'];

/** Properties that a page may set before this class is there: a plain property of the instance would hide the accessor. */
const PROPERTIES = ['model', 'source', 'src', 'inline', 'open', 'heading', 'label', 'suggestions', 'threshold', 'colorScheme', 'workerUrl', 'wasmUrl', 'texts'] as const;

/**
 * `<answerlet-chat>`: asks the page. A floating bubble that opens a panel, or with `inline` the panel alone.
 *
 * ```html
 * <script type="module" src="answerlet/chat.js"></script>
 * <answerlet-chat model="answerlet/models/minilm-en/" source="main"></answerlet-chat>
 * ```
 *
 * Nothing is downloaded before the chat is first opened. Elements that name the same model share one worker.
 */
export class AnswerletChat extends ElementBase {
  static readonly observedAttributes = ['model', 'source', 'src', 'inline', 'open', 'heading', 'label', 'suggestions', 'worker-url', 'wasm-url'];

  #model: ModelInput | undefined;
  #workerUrl: WorkerUrl;
  #wasmUrl: WasmUrl;
  #texts = textsWith(undefined);
  #overrides: TextOverrides = {};
  #given: readonly string[] | undefined;
  #slotted: readonly string[] = [];
  #view: View | undefined;
  #conversation: Conversation | undefined;
  #engine: Model | undefined;
  #reader: SourceReader | undefined;
  #missing: readonly string[] = [];
  /** The model that was said to be ready, and the failure that was told, each once. */
  #announced: Model | undefined;
  #failure: Error | undefined;
  /** Whether somebody has opened it, or come to it. */
  #entered = false;

  /** The model: the URL of its folder, or its files, as {@link Answerlet.load} takes it. */
  get model(): ModelInput | undefined {
    return this.#model ?? this.getAttribute('model') ?? undefined;
  }

  set model(model: ModelInput | undefined) {
    this.#model = typeof model === 'string' ? undefined : model;
    if (typeof model === 'string') this.setAttribute('model', model);
    else this.#restart();
  }

  /** What of this page is read: a CSS selector. Default: `main`, or else the body; an empty one is nothing of it. */
  get source(): string | null {
    return this.getAttribute('source');
  }

  set source(selector: string | null) {
    this.#reflect('source', selector);
  }

  /** Other pages of the same origin to read: their URLs, separated by spaces. */
  get src(): string {
    return this.getAttribute('src') ?? '';
  }

  set src(urls: string) {
    this.#reflect('src', urls);
  }

  /** Whether the panel is a part of the page, in place of a floating bubble. */
  get inline(): boolean {
    return this.hasAttribute('inline');
  }

  set inline(inline: boolean) {
    this.toggleAttribute('inline', Boolean(inline));
  }

  /** Whether the panel is open. */
  get open(): boolean {
    return this.hasAttribute('open');
  }

  set open(open: boolean) {
    this.toggleAttribute('open', Boolean(open));
  }

  /** The panel's heading, in place of that of the texts. */
  get heading(): string {
    return this.getAttribute('heading') ?? this.#texts.heading;
  }

  set heading(heading: string | null) {
    this.#reflect('heading', heading);
  }

  /** The bubble's label and the name of the whole, in place of that of the texts. */
  get label(): string {
    return this.getAttribute('label') ?? this.#texts.label;
  }

  set label(label: string | null) {
    this.#reflect('label', label);
  }

  /** Questions to pick from. As an attribute: separated by `|`, or one a line. */
  get suggestions(): readonly string[] {
    const attribute = this.getAttribute('suggestions');
    return this.#given ?? (attribute === null ? this.#slotted : listed(attribute));
  }

  set suggestions(questions: readonly string[] | string | undefined) {
    this.#given = typeof questions === 'string' ? listed(questions) : questions && [...questions].map(String);
    this.#say();
  }

  /** How sure the model must be, as `ask` takes it; null leaves it to the model. */
  get threshold(): number | null {
    const value = Number.parseFloat(this.getAttribute('threshold') ?? '');
    return Number.isFinite(value) ? value : null;
  }

  set threshold(threshold: number | null) {
    this.#reflect('threshold', threshold === null ? null : String(threshold));
  }

  /** `light`, `dark`, `auto` (as the visitor's system has it), or the page's own scheme, which is the default. */
  get colorScheme(): string | null {
    return this.getAttribute('color-scheme');
  }

  set colorScheme(scheme: string | null) {
    this.#reflect('color-scheme', scheme);
  }

  /** Where the worker is, if not beside the package's script; as {@link Answerlet.load} takes it. */
  get workerUrl(): WorkerUrl {
    return this.#workerUrl ?? this.getAttribute('worker-url') ?? undefined;
  }

  set workerUrl(url: WorkerUrl) {
    this.#workerUrl = url;
    this.#restart();
  }

  /** Where the WebAssembly is, if not beside the package's script; as {@link Answerlet.load} takes it. */
  get wasmUrl(): WasmUrl {
    return this.#wasmUrl ?? this.getAttribute('wasm-url') ?? undefined;
  }

  set wasmUrl(url: WasmUrl) {
    this.#wasmUrl = url;
    this.#restart();
  }

  /** Texts in place of the English ones, each by its name. */
  get texts(): TextOverrides {
    return this.#overrides;
  }

  set texts(texts: TextOverrides | undefined) {
    this.#overrides = texts ?? {};
    this.#texts = textsWith(texts);
    this.#say();
  }

  /** Opens the panel. */
  show(): void {
    this.open = true;
  }

  /** Closes the panel. What is being read goes on. */
  close(): void {
    this.open = false;
  }

  /** Asks, as if a visitor had: opens the panel. Gives what the model said; undefined where it wasn't asked, or failed. */
  async ask(question: string): Promise<AskResult | undefined> {
    if (!this.isConnected) throw new TypeError('an <answerlet-chat> that is in no document can’t ask');
    if (!this.inline) this.open = true;
    this.#enter();
    return this.#conversation?.ask(question.trim());
  }

  /** Empties the log. */
  clear(): void {
    this.#conversation?.stop();
    this.#view?.clear();
  }

  connectedCallback(): void {
    for (const name of PROPERTIES) this.#upgrade(name);
    if (!this.#view) this.#build();
    this.#say();
    this.#showPanel();
    if (this.#entered || (this.open && !this.inline)) this.#enter();
  }

  disconnectedCallback(): void {
    // An element that is only moved is back by then.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#conversation?.stop();
      this.#leave();
    });
  }

  attributeChangedCallback(name: string, before: string | null, now: string | null): void {
    if (before === now || !this.#view || !this.isConnected) return;
    switch (name) {
      case 'open':
        if (this.inline) return;
        this.#showPanel();
        if (now !== null && before === null) this.#enter();
        if ((now === null) !== (before === null)) this.#emit(now === null ? 'answerlet-close' : 'answerlet-open', {});
        return;
      case 'inline':
        return this.#showPanel();
      case 'model':
      case 'worker-url':
      case 'wasm-url':
        return this.#restart();
      case 'source':
      case 'src':
        this.#reader?.close();
        this.#reader = undefined;
        return;
      default:
        this.#say();
    }
  }

  #build(): void {
    const view = new View(this, {
      toggle: () => void this.#toggle(!this.open),
      close: () => this.#toggle(false),
      ask: (question) => void this.ask(question),
      agree: () => void this.#engine?.load(),
      refuse: () => this.#engine?.refuse(),
      entered: () => this.#enter(),
      slotted: (questions) => {
        this.#slotted = questions;
        this.#say();
      },
    });
    this.#view = view;
    this.#conversation = new Conversation({
      view,
      texts: () => this.#texts,
      model: () => this.#modelNow(),
      read: () => this.#read(),
      threshold: () => this.threshold ?? undefined,
      showing: () => {
        // The sheet of a phone would cover the place.
        if (!this.inline && matchMedia('(max-width: 30em)').matches) this.#toggle(false);
      },
      emit: (name, detail) => this.#emit(name, detail),
    });
  }

  /** By the visitor: the focus goes along. */
  #toggle(open: boolean): boolean {
    if (this.inline || this.open === open) return false;
    this.open = open;
    if (open) this.#view?.focus();
    return true;
  }

  #enter(): void {
    this.#entered = true;
    void this.#modelNow().open();
  }

  #modelNow(): Model {
    if (this.#engine) return this.#engine;
    const options: EngineOptions = { model: this.model ?? '' };
    if (this.workerUrl !== undefined) options.workerUrl = this.workerUrl;
    if (this.wasmUrl !== undefined) options.wasmUrl = this.wasmUrl;
    const engine = new Model(options, () => this.#sources().language, () => this.#modelChanged(engine));
    return (this.#engine = engine);
  }

  #modelChanged(engine: Model): void {
    if (engine !== this.#engine) return;
    this.#note();
    const { state } = engine;
    if (state.kind === 'ready' && this.#announced !== engine) {
      this.#announced = engine;
      this.#emit('answerlet-ready', {});
    }
    if (state.kind === 'failed' && this.#failure !== state.error) {
      this.#failure = state.error;
      const { code, message } = state.error;
      console.warn(`answerlet-chat: ${message} (${code})`);
      this.#view?.announcer.say(this.#texts.errors[code] ?? this.#texts.errors['default'] ?? code);
      this.#emit('answerlet-error', { code, message });
    }
  }

  #sources(): SourceReader {
    return (this.#reader ??= new SourceReader(this, this.source, this.getAttribute('src')));
  }

  async #read(): Promise<Sources> {
    const sources = await this.#sources().read();
    this.#missing = sources.missing;
    this.#note();
    return sources;
  }

  /** Another model, or from elsewhere: begins anew, if it had begun. */
  #restart(): void {
    if (!this.#engine) return;
    this.#engine.release();
    this.#engine = undefined;
    this.#note();
    if (this.#entered && this.isConnected) this.#enter();
  }

  #leave(): void {
    this.#engine?.release();
    this.#engine = undefined;
    this.#reader?.close();
    this.#reader = undefined;
  }

  #note(): void {
    const view = this.#view;
    view?.keepPlace(() => view.notes.show(this.#engine, this.#missing, this.#texts));
  }

  #say(): void {
    const view = this.#view;
    if (!view) return;
    view.say(this.#texts, { heading: this.heading, label: this.label });
    view.suggest(this.suggestions);
    this.#note();
  }

  #showPanel(): void {
    this.#view?.show({ inline: this.inline, open: this.open });
  }

  #emit(name: string, detail: object): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }

  #reflect(name: string, value: string | null): void {
    if (value === null || value === undefined) this.removeAttribute(name);
    else this.setAttribute(name, String(value));
  }

  #upgrade(name: (typeof PROPERTIES)[number]): void {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete (this as Record<string, unknown>)[name];
    (this as Record<string, unknown>)[name] = value;
  }
}

const listed = (text: string): string[] => text.split(/[|\n]/).map((question) => question.trim()).filter((question) => question !== '');
