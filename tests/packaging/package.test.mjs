// The packages as npm sees them: imports in bare Node, types, linters, sizes.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { freshProject, packages, ROOT, run, TOOLS, write } from './harness.mjs';

/** After brotli: the scripts without the WebAssembly, whose budget is scripts/size's, and what the element adds. */
const BUDGETS = { runtime: 40_000, chat: 20_000 };

const project = freshProject();
const bin = (name) => path.join(TOOLS, 'node_modules/.bin', name);

describe('the packages', () => {
  it('are imported in bare Node, where there is no page', () => {
    write(project, {
      'import.js': `
        import { Answerlet, AnswerletError, registerOffline } from 'answerlet';
        import { AnswerletChat } from 'answerlet/chat';
        import 'answerlet/worker';
        import model from 'answerlet-model-minilm-en';
        import { existsSync } from 'node:fs';
        const code = await Answerlet.load({ model }).catch((error) => error instanceof AnswerletError && error.code);
        console.log(JSON.stringify([
          Answerlet.isSupported(), code, await registerOffline('answerlet-sw.js'), typeof AnswerletChat,
          Object.entries(model).map(([name, url]) => [name, existsSync(url)]),
          ['answerlet/worker', 'answerlet/offline-worker', 'answerlet/answerlet.relaxed.wasm', 'answerlet/package.json'].map((name) => existsSync(new URL(import.meta.resolve(name)))),
        ]));`,
    });
    const [supported, code, registration, chat, files, entries] = JSON.parse(run(project, process.execPath, 'import.js'));
    assert.deepEqual([supported, code, registration, chat], [false, 'unsupported', null, 'function']);
    assert.deepEqual(files, ['config', 'tokenizer', 'weights', 'manifest'].map((name) => [name, true]));
    assert.deepEqual(entries, [true, true, true, true]);
  });

  it('have types that fit each other, strictly checked', () => {
    write(project, {
      'use.ts': `
        import { Answerlet, AnswerletError, registerOffline, type AskResult, type LoadOptions } from 'answerlet';
        import { AnswerletChat } from 'answerlet/chat';
        import model from 'answerlet-model-minilm-en';
        const options: LoadOptions = { model, onProgress: ({ loaded }) => void loaded.toFixed() };
        export const result: Promise<AskResult> = Answerlet.load(options).then((reader) => reader.ask('Who?', { context: 'Ada.' }));
        export const element: HTMLElement = new AnswerletChat();
        export const registered: Promise<ServiceWorkerRegistration | undefined> = registerOffline(new URL('https://example.org/answerlet-sw.js'));
        // @ts-expect-error There is no model.
        void Answerlet.load({});
        // @ts-expect-error No such code.
        export const never = (error: AnswerletError): boolean => error.code === 'never';`,
    });
    const tsc = path.join(ROOT, 'www/node_modules/typescript/bin/tsc');
    for (const resolution of [['--module', 'nodenext'], ['--module', 'esnext', '--moduleResolution', 'bundler']]) {
      run(project, process.execPath, tsc, '--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', '--lib', 'es2023,dom,dom.iterable', ...resolution, 'use.ts');
    }
  });

  for (const name of ['answerlet', 'model']) {
    it(`${name}: publint and attw find nothing`, () => {
      const { file } = packages()[name];
      assert.match(run(project, bin('publint'), 'run', file, '--strict'), /All good/);
      // It exits with 1 where it finds something.
      run(project, bin('attw'), file, '--profile', 'esm-only', '--no-color');
    });
  }

  it('keep their budgets', (t) => {
    const size = (name) => brotliCompressSync(readFileSync(path.join(project, 'node_modules/answerlet/dist', name))).length;
    const runtime = size('index.js') + size('worker.js') + size('offline-worker.js');
    const chat = size('chat.js');
    t.diagnostic(`runtime ${runtime} bytes of ${BUDGETS.runtime}, chat element ${chat} of ${BUDGETS.chat}`);
    assert.ok(runtime <= BUDGETS.runtime, `${runtime} bytes`);
    assert.ok(chat <= BUDGETS.chat, `${chat} bytes`);
  });

  it('have workers in one file each: nothing is imported', () => {
    for (const name of ['worker.js', 'offline-worker.js']) {
      const script = readFileSync(path.join(project, 'node_modules/answerlet/dist', name), 'utf8');
      assert.doesNotMatch(script, /\bimport\s*[({'"]|\bfrom\s*['"]|import\.meta|importScripts/);
    }
  });
});
