// The chat element without a browser: its import does nothing, and custom-elements.json lists what its source has.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const www = (path) => fileURLToPath(new URL(`../../www/${path}`, import.meta.url));
const sourceOf = (folder) => readdirSync(www(folder)).map((file) => readFileSync(www(`${folder}/${file}`), 'utf8')).join('\n');

const chat = sourceOf('src/chat');
const { modules } = JSON.parse(readFileSync(www('custom-elements.json'), 'utf8'));
const [declaration] = modules[0].declarations;
const listed = (kind) => declaration[kind].map(({ name }) => name).sort();
const found = (...patterns) => [...new Set(patterns.flatMap(([text, pattern]) => [...text.matchAll(pattern)].map(([, name]) => name)))].sort();

test('imports in Node, without a document', async () => {
  const { AnswerletChat } = await import(www('dist/chat.js'));
  assert.equal(typeof AnswerletChat, 'function');
  assert.equal(globalThis.document, undefined);
});

test('custom-elements.json lists the attributes', () => {
  const observed = /observedAttributes = \[([^\]]+)\]/.exec(chat)[1];
  const names = found([observed, /'([\w-]+)'/g], [chat, /this\.(?:getAttribute|hasAttribute|toggleAttribute|#reflect)\('([\w-]+)'/g]);
  assert.deepEqual(listed('attributes'), [...names, 'lang'].sort());
});

test('custom-elements.json lists the events, slots and parts', () => {
  assert.deepEqual(listed('events'), found([chat, /'(answerlet-[a-z]+)'/g]).filter((name) => name !== 'answerlet-chat'));
  assert.deepEqual(listed('slots'), found([chat, /make\('slot', \{ name: '([\w-]+)'/g]));
  assert.deepEqual(listed('cssParts'), found([chat, /part: '([\w-]+)'/g], [chat, /makeButton\('\w+', '([\w-]+)'/g]));
  assert.ok(!/part: [^'s]/.test(chat.replace('part, class: look', '')), 'a part that this test can’t see');
});

test('custom-elements.json lists the custom properties', () => {
  const colours = /COLOURS[^{]+\{([^}]+)\}/.exec(chat)[1];
  const named = found([chat + sourceOf('src/page'), /var\(--answerlet-([a-z-]+)/g], [colours, /^ {2}'?([\w-]+)'?:/gm]);
  assert.deepEqual(listed('cssProperties'), named.map((name) => `--answerlet-${name}`));
});

test('custom-elements.json lists the properties and methods', () => {
  const element = readFileSync(www('src/chat/element.ts'), 'utf8');
  const members = found([element, /^ {2}get (\w+)\(/gm], [element, /^ {2}(?:async )?((?!get|set|constructor)\w+)\(.*\{$/gm]);
  const callbacks = ['attributeChangedCallback', 'connectedCallback', 'disconnectedCallback'];
  assert.deepEqual(listed('members'), members.filter((name) => !callbacks.includes(name)));
  for (const { name, attribute } of declaration.members) if (attribute) assert.ok(declaration.attributes.some((one) => one.name === attribute && one.fieldName === name), name);
});
