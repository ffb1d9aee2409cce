// What a stranger has: the two tarballs, a fresh folder, and a host that serves it under a sub-path.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pack } from '../../scripts/pack.mjs';
import { serve } from '../../scripts/serve.mjs';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Bundlers and linters, as scripts/test installs them. */
export const TOOLS = fileURLToPath(new URL('./tools/', import.meta.url));
/** Where sites are served, as GitHub Pages does. */
export const SUB_PATH = '/repo/';

const demo = JSON.parse(readFileSync(path.join(ROOT, 'www/site/sunset-motors.json'), 'utf8'));
const { question, answers } = demo.questions.find((each) => each.answers.length > 0);
export const PASSAGE = demo.passage;
export const QUESTION = question;
export const ANSWERS = answers;

/** The headers of a strict page. */
export const STRICT = {
  'Content-Security-Policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; require-trusted-types-for 'script'; trusted-types answerlet",
};
/** What isolates a page from other origins, so that it may share memory. */
export const ISOLATED = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

const folders = [];
process.on('exit', () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** An empty folder, which is gone when the process ends. */
export function freshFolder() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'answerlet-packaging-'));
  folders.push(folder);
  return folder;
}

let packed;
/** Both packages: where scripts/test has packed them, else packed from what is built. */
export function packages() {
  const folder = process.env.ANSWERLET_PACKED;
  const at = (name) => ({ file: path.join(folder, readdirSync(folder).find((file) => new RegExp(`^${name}-\\d.*\\.tgz$`).test(file))) });
  packed ??= folder ? { answerlet: at('answerlet'), model: at('answerlet-model-minilm-en') } : pack(freshFolder());
  return packed;
}

/** A fresh folder in which both packages are installed. */
export function freshProject() {
  const folder = freshFolder();
  write(folder, { 'package.json': JSON.stringify({ name: 'stranger', private: true, type: 'module' }) });
  const { answerlet, model } = packages();
  run(folder, 'npm', 'install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', answerlet.file, model.file);
  return folder;
}

/** Runs a command in a folder; what it printed. */
export function run(folder, command, ...args) {
  return execFileSync(command, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Runs the install command of a project, through npm's link to it. */
export const install = (project, ...args) => run(project, 'node_modules/.bin/answerlet-install', ...args);

/** Writes files by name. */
export function write(folder, files) {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
}

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

/** A page that asks: ten lines of script, and a place for the answer. */
export const page = (head, script = 'ask.js') => `<!doctype html>
<html lang="en">
<meta charset="utf-8"><title>Sunset Motors</title>
${head}
<main>${escaped(PASSAGE)}</main>
<p id="answer"></p>
<script type="module" src="${script}"></script>
`;

export const ask = (imports, options) => `${imports}
const place = document.querySelector('#answer');
try {
  const answerlet = await Answerlet.load(${options});
  const context = document.querySelector('main').textContent;
  const { answered, answers, fallback } = await answerlet.ask(${JSON.stringify(QUESTION)}, { context });
  place.textContent = answered ? answers[0].text : fallback;
} catch (error) {
  place.textContent = \`\${error.code}: \${error.message}\`;
}
`;

/** The page of a site without a bundler, beside what answerlet-install writes. */
export const PLAIN = {
  'index.html': page(''),
  'ask.js': ask("import { Answerlet } from './answerlet/index.js';", "{ model: 'answerlet/models/minilm-en/' }"),
};

/** The folder as a static host serves it, under the sub-path; nothing else is there. */
export async function host(folder, options = {}) {
  const server = await serve({ ...options, mounts: { [SUB_PATH]: folder, ...options.mounts } });
  return { ...server, site: `${server.url}${SUB_PATH}` };
}

/** Opens the chat element of a page, types the question into it, and waits for its answer. */
export async function askChat(page, question = QUESTION) {
  await page.waitForFunction(() => customElements.get('answerlet-chat'), { timeout: 60_000 });
  const field = await page.evaluateHandle(async () => {
    const chat = document.querySelector('answerlet-chat');
    chat.open = true;
    await new Promise(requestAnimationFrame);
    return chat.shadowRoot.querySelector('#question');
  });
  await field.asElement().type(question);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('answerlet-chat').shadowRoot.querySelector('.answer-text')?.textContent, { timeout: 120_000, polling: 100 });
  return page.evaluate(() => document.querySelector('answerlet-chat').shadowRoot.querySelector('.answer-text').textContent);
}

/** Waits for the answer on a page of puppeteer's. */
export async function answerOn(page) {
  await page.waitForFunction(() => document.querySelector('#answer')?.textContent, { timeout: 120_000, polling: 100 });
  return page.evaluate(() => document.querySelector('#answer').textContent);
}
