// A page that holds the demo's passage and the chat element, for its tests and its screenshots.

import { MODEL, readJson, serve } from './harness.mjs';

export const demo = await readJson('www/site/sunset-motors.json');

/** The policy that the element has to get along with. */
export const STRICT_CSP =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; require-trusted-types-for 'script'; trusted-types answerlet";

export const escape = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);

export const passage = demo.passage.split('\n\n').map((text) => `<p>${escape(text)}</p>`).join('\n');

/** A page of a site. `chat` is the element's markup. */
export function html({ title = demo.title, lang = 'en', dir = 'ltr', main = passage, chat = '', head = '' } = {}) {
  return `<!doctype html>
<html lang="${lang}" dir="${dir}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${escape(title)}</title>
    <link rel="icon" href="/favicon.ico">
    <link rel="stylesheet" href="/chat/page.css">
    <script src="/chat/log.js"></script>
    ${head}
    <script type="module" src="/dist/chat.js"></script>
  </head>
  <body>
    <header><nav aria-label="Site"><a href="/chat/">Start</a></nav></header>
    <main><h1>${escape(title)}</h1>${main}</main>
    ${chat}
  </body>
</html>`;
}

/** The element as a site would put it in. */
export const chat = (attributes = '', children = '') => `<answerlet-chat model="${MODEL}" source="main" ${attributes}>${children}</answerlet-chat>`;

// Notes the element's events, the page's violations of its policy, and the workers that it starts.
const LOG = `
  globalThis.events = [];
  for (const name of ['open', 'close', 'ready', 'ask', 'answer', 'search', 'error']) {
    addEventListener('answerlet-' + name, ({ type, detail, composed }) => events.push({ type, detail, composed }));
  }
  globalThis.faults = [];
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sample }) => faults.push([violatedDirective, blockedURI, sample].join(' ')));
  addEventListener('error', ({ message }) => faults.push(message));
  addEventListener('unhandledrejection', ({ reason }) => faults.push(String(reason)));
  globalThis.workers = 0;
  globalThis.Worker = class extends Worker { constructor(...given) { super(...given); workers += 1; } terminate() { workers -= 1; super.terminate(); } };
`;

const PAGE_CSS = 'html { background: Canvas; } body { font: 1rem/1.6 system-ui, sans-serif; max-width: 44rem; margin: 0 auto; padding: 1rem; }';

/** @param {Record<string, string>} pages HTML by its name under /chat/ */
export function serveChat(pages, { files, ...options } = {}) {
  const virtual = Object.fromEntries(
    Object.entries(pages).map(([name, body]) => [`/chat/${name}`, () => ({ headers: { 'Content-Type': 'text/html; charset=utf-8' }, body })]),
  );
  return serve({ ...options, files: { '/chat/page.css': PAGE_CSS, '/chat/log.js': LOG, '/favicon.ico': '', ...virtual, ...files } });
}

export async function openChat(browser, url, { width = 1100, height = 800, scheme = 'light', before, path = '' } = {}) {
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  if (before) await page.evaluateOnNewDocument(before);
  await page.goto(`${url}/chat/${path}`, { waitUntil: 'load' });
  await page.evaluate((scheme) => { document.querySelector('meta[name=color-scheme]').content = scheme; }, scheme);
  await page.waitForFunction(() => customElements.get('answerlet-chat') !== undefined);
  return page;
}

/** Clicks what is in the element's shadow tree. */
export const click = (page, selector) => page.evaluate((selector) => document.querySelector('answerlet-chat').shadowRoot.querySelector(selector).click(), selector);

/** Opens the panel and types a question, key by key. */
export async function type(page, question) {
  const field = await page.evaluateHandle(() => document.querySelector('answerlet-chat').shadowRoot.querySelector('#question'));
  await field.asElement().type(question);
  await page.keyboard.press('Enter');
}

/** What the newest exchange shows, once it has come to `states`. */
export async function settled(page, states = ['answered', 'unanswered', 'search', 'failed', 'stopped'], timeout = 60_000) {
  await page.waitForFunction(
    (states) => states.includes([...document.querySelector('answerlet-chat').shadowRoot.querySelectorAll('ol > li')].at(-1)?.dataset.state),
    { timeout },
    states,
  );
  return page.evaluate(() => {
    const exchange = [...document.querySelector('answerlet-chat').shadowRoot.querySelectorAll('ol > li')].at(-1);
    const text = (selector) => exchange.querySelector(selector)?.textContent ?? null;
    return {
      state: exchange.dataset.state,
      question: text('.asked'),
      answer: text('.answer-text'),
      sentence: text('.sentence'),
      mark: text('mark'),
      words: text('[part~=no-answer], [part~=state], [part~=error]'),
      results: [...exchange.querySelectorAll('[part~=result]')].map((result) => result.querySelector('.sentence').textContent),
      links: [...exchange.querySelectorAll('a')].map(({ href, textContent }) => ({ href, textContent })),
    };
  });
}

/** What is highlighted in the page: the text of the one range, or of the selection where there are no highlights. */
export const highlighted = (page) =>
  page.evaluate(() => {
    if (!('highlights' in CSS)) return String(getSelection());
    const ranges = [...(CSS.highlights.get('answerlet') ?? [])];
    return ranges.map(String).join(' | ');
  });

/** The part that has the focus, or its tag outside of the chat. */
export const active = (page) =>
  page.evaluate(() => {
    let element = document.activeElement;
    while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    return element.getAttribute('part') ?? element.localName;
  });

/** From now on, notes what is announced, as `said`. */
export const announced = (page) =>
  page.evaluate(() => {
    globalThis.said = [];
    const region = document.querySelector('answerlet-chat').shadowRoot.querySelector('[aria-live]');
    new MutationObserver((records) => said.push(...records.flatMap(({ addedNodes }) => [...addedNodes]).map(({ textContent }) => textContent))).observe(region, { childList: true, subtree: true });
  });

/** All that the newest exchange says. */
export const noteText = (page) => page.evaluate(() => [...document.querySelector('answerlet-chat').shadowRoot.querySelectorAll('ol > li')].at(-1).textContent);
