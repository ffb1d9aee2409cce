// The documentation: the fragments of docs/, each wrapped into a page, with what only the build knows put in. Plain HTML, links relative.
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { comparison } from './comparison.mjs';
import { elementReference } from './element-reference.mjs';
import { escape } from './html.mjs';

const site = dirname(fileURLToPath(import.meta.url));
const at = (...path) => join(site, ...path);
const readJson = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

/** The menu: every page, the demo first. */
const MENU = [
  ['./', 'Demo'],
  ['quick-start.html', 'Quick start'],
  ['chat.html', 'Chat element'],
  ['api.html', 'API'],
  ['models.html', 'Models'],
  ['offline.html', 'Offline'],
  ['privacy.html', 'Privacy'],
  ['bundlers.html', 'Bundlers'],
  ['errors.html', 'Errors'],
  ['comparison.html', 'Comparison'],
];

const LOGO =
  '<svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><rect class="logo-ground" width="32" height="32" rx="7"/>' +
  '<path class="logo-line" d="M7 9h18M7 23h11"/><path class="logo-mark" d="M9 16h14"/></svg>';

/** What every page begins with. The menu is a popover on a phone and a row elsewhere, so it needs no script. */
function header(current) {
  const items = MENU.map(([href, label]) => `<li><a href="${href}"${href === current ? ' aria-current="page"' : ''}>${label}</a></li>`);
  return `<a class="skip" href="#content">Skip to the content</a>
    <header class="top">
      <p class="wordmark"><a href="./">${LOGO} Answerlet</a></p>
      <button class="menu-button quiet" type="button" popovertarget="menu">Menu</button>
      <nav id="menu" class="menu" popover aria-label="Pages"><ul>${items.join('')}</ul></nav>
    </header>`;
}

/** The lines of the demo's head that hold for every page. */
function sharedHead(demo) {
  const found = /<!-- Every page -->\n(.*?)\n *<!-- This page -->/s.exec(demo);
  if (!found) throw new Error('index.html has no <!-- Every page --> … <!-- This page --> in its head');
  return found[1];
}

const slug = (html) => html.replace(/<[^>]*>/g, '').toLowerCase().replace(/&\w+;/g, '').replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');

/** Gives every heading an id, and lists those of the second level. */
function withIds(html) {
  const sections = [];
  const body = html.replace(/<(h[23])((?: [^>]*)?)>(.*?)<\/\1>/gs, (_, tag, attributes, title) => {
    const id = / id="([^"]*)"/.exec(attributes)?.[1] ?? slug(title);
    if (tag === 'h2') sections.push({ id, title: title.replace(/<[^>]*>/g, '') });
    return `<${tag}${attributes.includes(' id=') ? attributes : `${attributes} id="${id}"`}>${title}</${tag}>`;
  });
  return { body, sections };
}

/** The one template. */
function page({ file, title, description, script, fragment, head, version }) {
  // What scrolls sideways has to be reached by keyboard.
  const { body, sections } = withIds(fragment.trim().replaceAll('<pre>', '<pre tabindex="0">'));
  const [, top, rest] = /^(.*?)(<h2.*)$/s.exec(body) ?? [, body, ''];
  const list = sections.map(({ id, title }) => `<li><a href="#${id}">${title}</a></li>`).join('');
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} · Answerlet</title>
    <meta name="description" content="${description}">
${head}${script ? `\n    <script type="module" src="${script}"></script>` : ''}
  </head>
  <body>
    ${header(file)}
    <main id="content" class="doc" tabindex="-1">
      <div class="prose doc-head">
${top.trim()}
      </div>
      ${sections.length > 2 ? `<nav class="contents" aria-label="On this page"><p>On this page</p><ul>${list}</ul></nav>` : ''}
      <div class="prose">
${rest.trim()}
      </div>
    </main>
    <footer class="foot">
      <p>Answerlet ${version}. MIT or Apache-2.0, at your choice; the default model is Apache-2.0. This site sends nothing anywhere.</p>
    </footer>
  </body>
</html>
`;
}

/** A fragment's first line says what its page is. */
function read(file) {
  const [, facts, fragment] = /^<!-- (\{.*?\}) -->\n(.*)$/s.exec(readFileSync(at('docs', file), 'utf8')) ?? [];
  if (!facts) throw new Error(`docs/${file} doesn't begin with <!-- {"title": …, "description": …} -->`);
  return { file, fragment, ...JSON.parse(facts) };
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);

/** What the texts leave open, as {{name}}. */
function values({ version, model, wasm, element, results }) {
  const { files } = readJson(join(model, 'answerlet.json'));
  return {
    version: escape(version),
    modelSize: megabytes(files.reduce((sum, { bytes }) => sum + bytes, 0)),
    wasmSize: megabytes(statSync(wasm).size),
    elementReference: elementReference(readJson(element)),
    comparison: comparison(readJson(results), existsSync(at('bench.svg'))),
  };
}

function fill(html, known, file) {
  return html.replace(/\{\{(\w+)\}\}/g, (_, name) => {
    if (known[name] === undefined) throw new Error(`${file} names {{${name}}}, which is not known`);
    return known[name];
  });
}

/** Whether an entry of site/ is a source of the pages, and not to be copied. */
export const isSource = (entry) => /^(docs|dist|bench\.json)$|\.(ts|mjs)$/.test(entry);

/**
 * Writes the pages into a folder, the demo among them.
 * @param {{ out: string, version: string, model: string, wasm: string, element: string, chat: boolean }} build `chat`: whether the
 *   element is in the folder, too
 */
export function writePages({ out, chat, ...build }) {
  const known = values({ ...build, results: at('bench.json') });
  const demo = readFileSync(at('index.html'), 'utf8');
  writeFileSync(join(out, 'index.html'), demo.replace('<!-- Header -->', () => header('./')).replace(/ *<!-- (Every|This) page -->\n/g, ''));
  const head = sharedHead(demo);
  for (const file of readdirSync(at('docs')).filter((name) => name.endsWith('.html'))) {
    const { script, fragment, ...rest } = read(file);
    const kept = chat ? fragment : fragment.replace(/<!-- With the chat -->.*?<!-- \/ -->\n?/gs, '');
    const filled = fill(kept.replace(/<!-- (With the chat|\/) -->\n?/g, ''), known, `docs/${file}`);
    writeFileSync(join(out, file), page({ ...rest, head, script: chat ? script : undefined, fragment: filled, version: known.version }));
  }
}
