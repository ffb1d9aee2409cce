// What scripts/examples runs: each example in a fresh folder, with both tarballs in place of the versions that it names.

import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { launch } from '../tests/browser/harness.mjs';
import { askChat, freshFolder, host, packages, ROOT, SUB_PATH } from '../tests/packaging/harness.mjs';

const QUESTION = 'When does the rye bread come out of the oven?';
const ANSWER = /^(at )?nine$/;
const prefix = SUB_PATH.slice(0, -1);

/** How each is built, what is then served, and how it is asked: `form` and `chat`. */
const EXAMPLES = {
  plain: { builds: ['build'], out: 'public', asked: ['chat'] },
  'vite-react': { builds: ['build'], out: 'dist', asked: ['form', 'chat'] },
  next: { builds: ['build', 'build:webpack'], out: 'out', asked: ['form'], env: { BASE_PATH: prefix, NEXT_TELEMETRY_DISABLED: '1' } },
  eleventy: { builds: ['build'], out: '_site', asked: ['chat'], env: { BASE_PATH: SUB_PATH } },
  webpack: { builds: ['build'], out: '.', asked: ['form'] },
};

async function askForm(page) {
  await page.waitForSelector('form input');
  // Next.js takes its time until the form listens.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await page.type('form input', QUESTION);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('output').textContent.length > 1, { timeout: 60_000, polling: 100 });
  return page.evaluate(() => document.querySelector('output').textContent);
}

/** Runs a step quietly; what it printed is shown where it fails. */
function run(folder, args, env) {
  try {
    execFileSync('npm', args, { cwd: folder, env: { ...process.env, ...env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new Error(`npm ${args.join(' ')} failed\n${error.stdout}\n${error.stderr}`);
  }
}

/** The example's own files in a fresh folder, where it installs and builds. */
function prepare(name) {
  const folder = freshFolder();
  const from = path.join(ROOT, 'www/examples', name);
  const made = new Set(['node_modules', 'dist', 'out', '.next', '_site', 'answerlet', 'answerlet-sw.js', 'package-lock.json']);
  cpSync(from, folder, { recursive: true, filter: (file) => !made.has(path.basename(file)) });
  const file = path.join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const { answerlet, model } = packages();
  Object.assign(manifest.dependencies, { answerlet: `file:${answerlet.file}`, 'answerlet-model-minilm-en': `file:${model.file}` });
  writeFileSync(file, JSON.stringify(manifest, null, 2));
  run(folder, ['install', '--ignore-scripts', '--no-audit', '--no-fund']);
  return folder;
}

const wanted = process.argv.slice(2);
const names = wanted.length > 0 ? wanted : readdirSync(path.join(ROOT, 'www/examples'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
const browser = await launch('chromium');
let failed = 0;
try {
  for (const name of names) {
    const example = EXAMPLES[name];
    if (!example) throw new Error(`there is no example ${name}`);
    const folder = prepare(name);
    for (const build of example.builds) {
      run(folder, ['run', build], example.env);
      const server = await host(path.join(folder, example.out));
      for (const asked of example.asked) {
        const page = await browser.newPage();
        const problems = [];
        page.on('pageerror', (error) => problems.push(String(error)));
        page.on('request', (request) => {
          const { pathname, origin } = new URL(request.url());
          // The browser asks for the icon by itself.
          if (origin !== server.url || !(pathname.startsWith(SUB_PATH) || pathname === '/favicon.ico')) problems.push(request.url());
        });
        try {
          await page.goto(server.site);
          const answer = await (asked === 'chat' ? askChat(page, QUESTION) : askForm(page));
          if (!ANSWER.test(answer)) throw new Error(`it answered ${JSON.stringify(answer)}`);
          if (problems.length > 0) throw new Error(problems.join('\n'));
          console.log(`ok      ${name}, ${build}: ${asked} answers ${JSON.stringify(answer)}`);
        } catch (error) {
          failed += 1;
          console.log(`FAILED  ${name}, ${build}: ${asked}: ${error.message}`);
        }
        await page.close();
      }
      await server.close();
    }
  }
} finally {
  await browser.close();
}
process.exitCode = failed > 0 ? 1 : 0;
