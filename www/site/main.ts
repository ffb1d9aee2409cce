import { Answerlet, AnswerletError, registerOffline, type AskResult } from 'answerlet';
import { byId, make } from './dom.js';
import { Panel } from './panel.js';
import { Sheet } from './sheet.js';
import demo from './sunset-motors.json';
import { count, duration, errorSentence, megabytes, needsLoad, percent } from './words.js';

/** Up to here the scores are always asked for, so that the panel can be opened afterwards. */
const keepScoresUpTo = 20_000;

type State = 'idle' | 'loading' | 'reading' | 'answered' | 'refused' | 'error';

const form = byId('form', HTMLFormElement);
const questionField = byId('question', HTMLInputElement);
const suggestions = byId('suggestions', HTMLElement);
const suggestionList = byId('suggestion-list', HTMLUListElement);
const answerCard = byId('answer', HTMLElement);
const asked = byId('asked', HTMLElement);
const answerText = byId('answer-text', HTMLElement);
const answerHint = byId('answer-hint', HTMLElement);
const work = byId('work', HTMLElement);
const progress = byId('progress', HTMLProgressElement);
const status = byId('status', HTMLElement);
const stop = byId('stop', HTMLButtonElement);
const problem = byId('problem', HTMLElement);
const errorCode = byId('error-code', HTMLAnchorElement);
const errorDetail = byId('error-detail', HTMLElement);
const retry = byId('retry', HTMLButtonElement);
const facts = byId('facts', HTMLElement);
const confidence = byId('confidence', HTMLElement);
const confidenceBar = byId('confidence-bar', HTMLElement);
const time = byId('time', HTMLElement);
const place = byId('place', HTMLElement);

const sheet = new Sheet(demo, {
  changed() {
    current?.abort();
    current = null;
    markSuggestion('');
    suggestions.hidden = !sheet.isDemo;
    panel.show(null);
    show(ready ? 'idle' : loadError ? 'error' : 'loading', { hint: 'The text has changed. Ask about what it says now.' });
    if (loadError) showProblem(loadError);
  },
});
const panel = new Panel(() => {
  if (lastQuestion) void ask(lastQuestion);
});

let reader: Promise<Answerlet>;
/** How many loads have begun: only the last one is listened to. */
let loads = 0;
/** Set once the model is there, until it is lost. */
let ready: Answerlet | null = null;
let loadError: AnswerletError | null = null;
/** The question being worked on; a newer one aborts it. */
let current: AbortController | null = null;
let lastQuestion = '';

/** Puts the answer card into a state; everything that isn't named is cleared. */
function show(state: State, parts: { question?: string; text?: string; hint?: string } = {}): void {
  const resting: Record<State, string> = {
    idle: 'What would you like to know?',
    loading: 'Getting the reader ready.',
    reading: 'Reading…',
    answered: '', refused: '', error: '',
  };
  answerCard.dataset['state'] = state;
  answerCard.setAttribute('aria-busy', String(state === 'loading' || state === 'reading'));
  asked.textContent = parts.question ?? '';
  answerText.textContent = parts.text ?? resting[state];
  answerHint.textContent = parts.hint ?? '';
  work.hidden = state !== 'loading' && state !== 'reading';
  stop.hidden = !current;
  problem.hidden = true;
  // The facts keep their place while a question is read, so that the page doesn't jump under it.
  if (state !== 'reading') facts.hidden = state !== 'answered' && state !== 'refused';
  if (state !== 'answered') sheet.clearHighlight();
}

function showProgress(words: string, done?: number, total?: number | null): void {
  status.textContent = words;
  if (done !== undefined && total) progress.value = Math.min(1, done / total);
  else progress.removeAttribute('value');
}

function asError(thrown: unknown): AnswerletError {
  if (thrown instanceof AnswerletError) return thrown;
  return new AnswerletError('internal', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}

function showProblem(error: AnswerletError, question = ''): void {
  show('error', { question, text: errorSentence(error.code) });
  problem.hidden = false;
  errorCode.textContent = error.code;
  errorCode.href = `errors.html#${error.code}`;
  errorDetail.textContent = error.message;
  retry.hidden = !needsLoad(error.code) || error.code === 'unsupported';
}

function markSuggestion(question: string): void {
  for (const button of suggestionList.querySelectorAll('button')) {
    if (button.textContent === question) button.setAttribute('aria-current', 'true');
    else button.removeAttribute('aria-current');
  }
}

function load(): void {
  loadError = null;
  ready = null;
  show('loading');
  showProgress('Starting');
  const turn = ++loads;
  const loading = Answerlet.load({
    model: new URL('models/answerlet-minilm/', document.baseURI).href,
    workerUrl: new URL('worker.js', document.baseURI).href,
    onProgress({ phase, loaded, total }) {
      if (turn !== loads) return;
      if (phase === 'runtime') showProgress('Starting the engine');
      else if (phase === 'ready') showProgress('Ready', 1, 1);
      else showProgress(total ? `Loading ${megabytes(loaded)} of ${megabytes(total)}\u00a0MB` : `Loading ${megabytes(loaded)}\u00a0MB`, loaded, total);
    },
  });
  reader = loading;
  loading.then((answerlet) => {
    if (turn !== loads) return;
    ready = answerlet;
    describeModel(answerlet);
    if (!current) show('idle', { hint: 'Type a question, or pick one. The answer is a piece of the page, word for word.' });
  }, (thrown: unknown) => {
    if (turn !== loads) return;
    loadError = asError(thrown);
    // A waiting question reports the failure itself.
    if (!current) showProblem(loadError);
  });
}

/** The latest question wins: whatever is under way is aborted. */
async function ask(question: string): Promise<void> {
  sheet.commit();
  current?.abort();
  const mine = new AbortController();
  current = mine;
  lastQuestion = question;
  const context = sheet.text;
  markSuggestion(question);
  panel.show(null);
  // After a failure that the model didn't survive, a new question is reason enough to load it again.
  if (loadError && loadError.code !== 'unsupported') load();
  try {
    if (!ready) {
      show('loading', { question, text: 'Your question waits for the model.' });
      bringIntoView();
    }
    const answerlet = await reader;
    if (mine.signal.aborted) return;
    show('reading', { question });
    showProgress('Reading');
    const began = performance.now();
    const result = await answerlet.ask(question, {
      context,
      fallback: demo.fallback,
      scores: panel.open || context.length <= keepScoresUpTo,
      signal: mine.signal,
      onProgress({ windowsDone, windowsTotal }) {
        if (current === mine && windowsTotal > 1) {
          showProgress(`Read ${count(windowsDone)} of ${count(windowsTotal)} windows`, windowsDone, windowsTotal);
        }
      },
    });
    if (mine.signal.aborted) return;
    current = null;
    showResult(question, result, performance.now() - began, answerlet);
  } catch (thrown) {
    if (mine.signal.aborted) return;
    current = null;
    const error = asError(thrown);
    if (needsLoad(error.code)) {
      loadError = error;
      ready?.dispose().catch(() => undefined);
      ready = null;
    }
    showProblem(error, question);
    bringIntoView();
  }
}

function showResult(question: string, result: AskResult, milliseconds: number, answerlet: Answerlet): void {
  const best = result.answers[0];
  time.textContent = duration(milliseconds);
  if (result.answered && best) {
    show('answered', { question, text: best.text });
    confidence.textContent = percent(best.confidence);
    confidenceBar.style.setProperty('--share', String(best.confidence));
    const find = make('button', 'link', `${count(best.start)}–${count(best.end)}`);
    find.type = 'button';
    find.title = 'Show it in the page';
    const mark = sheet.highlight(best.start, best.end);
    find.addEventListener('click', () => sheet.highlight(best.start, best.end).scrollIntoView({ block: 'center' }));
    place.replaceChildren(find);
    bringIntoView(mark);
  } else {
    show('refused', { question, text: result.fallback ?? demo.fallback, hint: 'The model found no words in the text that answer this.' });
    confidence.textContent = '–';
    confidenceBar.style.setProperty('--share', '0');
    place.textContent = '–';
    bringIntoView();
  }
  panel.show({ result, learnedNoAnswer: answerlet.info.model.noAnswer === 'learned' });
}

/** Moves the page only where the answer, or its place, is out of sight: on a phone, mostly. */
function bringIntoView(mark?: HTMLElement): void {
  const inSight = (element: Element): boolean => {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  };
  if (inSight(answerCard) && (!mark || inSight(mark))) return;
  answerCard.scrollIntoView({ block: 'start' });
}

function describeModel(answerlet: Answerlet): void {
  const { model } = answerlet.info;
  byId('model-facts', HTMLElement).textContent = [
    `${model.architecture.toUpperCase()}, ${model.layers} layers of ${model.hiddenSize}`,
    `${(model.parameters / 1e6).toFixed(1)} million parameters`,
    model.quantisation?.replaceAll('-', ' ') ?? Object.keys(model.dtypes).join(', '),
  ].join(' · ');
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  // A phone's keyboard would cover the answer.
  if (matchMedia('(pointer: coarse)').matches) questionField.blur();
  void ask(questionField.value);
});
questionField.addEventListener('input', () => markSuggestion(questionField.value));

function stopReading(): void {
  if (!current) return;
  current.abort();
  current = null;
  const question = lastQuestion;
  if (ready) show('idle', { question, text: 'Stopped.', hint: 'Ask again to start over.' });
  else show('loading');
}
stop.addEventListener('click', () => {
  stopReading();
  questionField.focus({ preventScroll: true });
});
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') stopReading();
});
retry.addEventListener('click', load);

for (const { question } of demo.questions) {
  const item = make('li');
  const button = make('button', 'suggestion', question);
  button.type = 'button';
  button.addEventListener('click', () => {
    questionField.value = question;
    void ask(question);
  });
  item.append(button);
  suggestionList.append(item);
}

load();
// Where it fails, the page needs the network as before.
registerOffline('answerlet-sw.js').catch(() => undefined);
