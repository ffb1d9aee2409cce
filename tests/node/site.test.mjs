// The documentation: its links, what it says of the API, and the code in it. Of the site as scripts/build leaves it.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { comparison } from '../../www/site/comparison.mjs';
import { elementReference } from '../../www/site/element-reference.mjs';

const www = fileURLToPath(new URL('../../www/', import.meta.url));
const dist = join(www, 'site/dist');
const ts = createRequire(join(www, 'package.json'))('typescript');

const files = existsSync(dist) ? readdirSync(dist).filter((name) => name.endsWith('.html')) : [];
const pages = new Map(files.map((file) => [file, readFileSync(join(dist, file), 'utf8')]));
/** Without code samples, whose markup is only shown. */
const bare = (html) => html.replace(/<pre[ >].*?<\/pre>/gs, '').replace(/<code[ >].*?<\/code>/gs, '');
const all = (pattern, text) => [...text.matchAll(pattern)].map(([, found]) => found);
const idsOf = (html) => new Set(all(/ id="([^"]*)"/g, html));
const unescape = (html) => html.replace(/<[^>]*>/g, '').replace(/&(lt|gt|quot|amp);/g, (_, name) => ({ lt: '<', gt: '>', quot: '"', amp: '&' })[name]);
const sources = readdirSync(join(www, 'site/docs'));

function parse(file) {
  return ts.createSourceFile(file, readFileSync(join(www, 'src', file), 'utf8'), ts.ScriptTarget.Latest, true);
}

const declared = (file, name) => parse(file).statements.find((statement) => statement.name?.text === name);
const membersOf = (type) => (type.members ?? type.type.members).filter(({ name }) => name && !ts.isPrivateIdentifier(name)).map(({ name }) => name.text);
const isStatic = (member) => member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword);

/** What code samples take for granted. */
const GIVEN = {
  answerlet: "import('answerlet').Answerlet",
  context: 'string',
  faqText: 'string',
  termsText: 'string',
  showRetry: '() => void',
  keepButton: 'HTMLElement',
  forgetButton: 'HTMLElement',
  openButton: 'HTMLElement',
  status: 'HTMLElement',
};

const AROUND = `
declare module 'answerlet-model-minilm-en' { const model: Exclude<import('answerlet').LoadOptions['model'], string | URL>; export default model; }
declare function importScripts(...urls: string[]): void;
interface HTMLElementEventMap { 'answerlet-answer': CustomEvent<{ question: string; answered: boolean }> }
`;

describe('the site', () => {
  it('has all its pages', () => {
    assert.deepEqual(files.toSorted(), ['index.html', ...sources].toSorted());
  });

  for (const [file, html] of pages) {
    describe(file, () => {
      it('has links that lead somewhere, all of them relative', () => {
        const links = all(/ (?:href|src)="([^"]*)"/g, bare(html));
        assert.ok(links.length > 10);
        for (const link of links) {
          assert.doesNotMatch(link, /^(\/|[a-z]+:)/i);
          const [path, anchor] = link.split('#');
          const target = path === '' ? file : path === './' ? 'index.html' : path;
          assert.ok(existsSync(join(dist, target)), `${link} leads nowhere`);
          if (anchor) assert.ok(idsOf(pages.get(target)).has(anchor), `${link}: ${target} has no such id`);
        }
      });

      it('has each id once', () => {
        const ids = all(/ id="([^"]*)"/g, bare(html));
        assert.deepEqual(ids.filter((id, index) => ids.indexOf(id) !== index), []);
      });

      it('has no script and no style in it', () => {
        assert.doesNotMatch(bare(html), /<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:/i);
      });

      it('has headings in order, the first of them alone', () => {
        const levels = all(/<h([1-6])/g, bare(html)).map(Number);
        assert.equal(levels[0], 1);
        assert.equal(levels.filter((level) => level === 1).length, 1);
        levels.reduce((before, level) => (assert.ok(level <= before + 1, `h${level} after h${before}`), level));
      });

      it('has nothing of the build left in it', () => {
        assert.doesNotMatch(bare(html), /\{\{|<!--/);
      });
    });
  }

  it('explains each error code, and no other', () => {
    const codes = declared('errors.ts', 'ErrorCode').type.types.map(({ literal }) => literal.text);
    const explained = all(/<h3 id="(\w+)"><code>\w+<\/code><\/h3>/g, pages.get('errors.html'));
    assert.ok(codes.length > 20);
    assert.deepEqual(explained.toSorted(), codes.toSorted());
  });

  it('explains each option of load and ask, and no other', () => {
    const api = pages.get('api.html');
    const explained = (prefix) => all(new RegExp(`<dt id="${prefix}-(\\w+)"><code>\\w+</code>`, 'g'), api).toSorted();
    assert.deepEqual(explained('load'), membersOf(declared('api.ts', 'LoadOptions')).toSorted());
    const ask = [...membersOf(declared('api.ts', 'AskInput')), ...membersOf(declared('boundary.ts', 'AskOptions'))];
    assert.deepEqual(explained('ask'), ask.toSorted());
  });

  it('explains all that a result, an answer, the information and an error hold', () => {
    const api = pages.get('api.html');
    const from = (id) => api.slice(api.indexOf(` id="${id}"`));
    for (const [file, name] of [['boundary.ts', 'AskResult'], ['boundary.ts', 'Answer'], ['api.ts', 'Info']]) {
      const section = from(name).split('</dl>')[0];
      for (const member of membersOf(declared(file, name))) assert.match(section, new RegExp(`<dt[^>]*>.*<code>${member}</code>`), `${name}.${member}`);
    }
  });

  it('explains what the class has', () => {
    const methods = declared('api.ts', 'Answerlet').members.filter((member) => ts.isMethodDeclaration(member));
    assert.ok(methods.length > 3);
    for (const method of methods) {
      assert.ok(idsOf(pages.get('api.html')).has(method.name.text), method.name.text);
      if (isStatic(method)) assert.ok(pages.get('api.html').includes(`Answerlet.${method.name.text}(`), method.name.text);
    }
  });

  it('has code that the types allow', () => {
    const folder = mkdtempSync(join(tmpdir(), 'answerlet-'));
    try {
      writeFileSync(join(folder, 'given.d.ts'), AROUND);
      const samples = [];
      for (const [file, html] of pages) {
        for (const sample of all(/<code class="language-js">(.*?)<\/code><\/pre>/gs, html).map(unescape)) {
          if (!/answerlet/i.test(sample)) continue;
          const lacks = (name) => new RegExp(`\\b${name}\\b`).test(sample) && !new RegExp(`(const|import) [{\\w, ]*\\b${name}\\b`).test(sample);
          const imports = ['Answerlet', 'AnswerletError'].filter(lacks).map((name) => `import { ${name} } from 'answerlet';\n`);
          const declarations = Object.entries(GIVEN).filter(([name]) => lacks(name)).map(([name, type]) => `declare const ${name}: ${type};\n`);
          const path = join(folder, `${file}-${samples.length}.ts`);
          writeFileSync(path, `${imports.join('')}${declarations.join('')}${sample}\nexport {};\n`);
          samples.push(path);
        }
      }
      assert.ok(samples.length >= 5, `${samples.length} samples`);
      const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(www, 'tsconfig.json'), ts.sys.readFile).config, ts.sys, www);
      const paths = { answerlet: [join(www, 'src/index.ts')], 'answerlet/chat': [join(www, 'src/chat/index.ts')] };
      const checked = { ...options, paths, noUnusedLocals: false, strictNullChecks: false, exactOptionalPropertyTypes: false, noUncheckedIndexedAccess: false };
      const program = ts.createProgram([...samples, join(folder, 'given.d.ts'), join(www, 'src/globals.d.ts')], checked);
      const problems = samples.flatMap((path) => {
        const source = program.getSourceFile(path);
        return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(({ messageText }) => `${path.slice(folder.length + 1)}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}\n${source.text}`);
      });
      assert.deepEqual(problems, []);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('what the build puts in', () => {
  it('the element’s reference, as text', () => {
    const html = elementReference({
      modules: [{
        declarations: [
          { name: 'Other' },
          {
            tagName: 'answerlet-chat',
            attributes: [{ name: 'source', type: { text: 'string' }, default: "'main'", description: 'A selector, `a > b`. <b>' }],
            members: [
              { kind: 'field', name: 'open', type: { text: 'boolean' } },
              { kind: 'field', name: 'hidden', privacy: 'private' },
              { kind: 'method', name: 'ask', parameters: [{ name: 'question' }], return: { type: { text: 'Promise<AskResult>' } } },
            ],
            slots: [{ name: '', description: 'What is shown without scripts.' }],
            cssParts: [{ name: 'bubble' }],
            cssProperties: [{ name: '--answerlet-accent', default: '#0d5660' }],
            events: [{ name: 'answerlet-ask', type: { text: 'CustomEvent' } }],
          },
        ],
      }],
    });
    assert.deepEqual(all(/<h3>(.*?)<\/h3>/g, html), ['Attributes', 'Properties', 'Methods', 'Events', 'Slots', 'CSS parts', 'CSS custom properties']);
    assert.ok(html.includes('A selector, <code>a &gt; b</code>. &lt;b&gt;'));
    assert.ok(html.includes('<code>ask(question)</code> <code class="type">Promise&lt;AskResult&gt;</code>'));
    assert.ok(html.includes('::part(bubble)') && html.includes('(default)') && html.includes('--answerlet-accent'));
    assert.ok(!html.includes('hidden'));
    assert.match(elementReference(undefined), /custom-elements\.json/);
  });

  it('the benchmark’s results, all that there are', () => {
    const row = (engine, precision, variant, metric, tokens, median) => ({ engine, precision, variant, metric, model: 'minilm-l6', tokens, median, min: median - 1, max: median + 1 });
    const html = comparison({
      date: '2026-01-02T00:00:00Z',
      machine: { cpu: 'CPU <1>', cores: 2, features: ['avx2'], os: 'Linux' },
      browser: { version: 'Chrome/1', flags: [] },
      versions: { answerlet: '0.1.0', candle: null },
      options: { rounds: 3 },
      rows: [
        row('onnxruntime-web', 'f32', null, 'ask_ms', 64, 30),
        row('answerlet', 'int8', 'relaxed', 'ask_ms', 384, 20),
        row('answerlet', 'int8', 'relaxed', 'ask_ms', 64, 10),
        row('answerlet', 'int8', 'relaxed', 'load_ms', null, 512),
        row('answerlet', 'int8', 'relaxed', 'memory_bytes', 384, 45e6),
      ],
    }, true);
    assert.deepEqual(all(/<h2>(.*?)<\/h2>/g, html), ['From a question to its answer', 'Loading and memory', 'Measured on']);
    const lines = all(/<tr[^>]*>(.*?)<\/tr>/g, html).map((line) => unescape(line.replace(/<span.*?<\/span>/g, '').replace(/<\/t[hd]>/g, '|')));
    assert.deepEqual(lines, [
      'Milliseconds|64 tokens|384 tokens|', 'Answerlet int8, relaxed SIMD|10.0 |20.0 |', 'ONNX Runtime Web f32|30.0 |–|',
      'Engine|First load, ms|WebAssembly memory|', 'Answerlet int8, relaxed SIMD|512|45&nbsp;MB|',
    ]);
    assert.ok(html.includes('bench.svg') && html.includes('CPU &lt;1&gt;') && !html.includes('candle'));
    assert.match(comparison(undefined, false), /bench\.json/);
  });
});
