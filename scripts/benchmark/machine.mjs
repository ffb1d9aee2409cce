// Where numbers were measured: processor, browser, versions.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const at = (...parts) => path.join(ROOT, ...parts);

/** What decides which instruction a browser makes of a dot product or a multiply-add. */
const FEATURES = ['sse4_1', 'avx2', 'fma', 'avx_vnni', 'avx512f', 'avx512_vnni', 'asimd', 'asimddp', 'i8mm'];

function features() {
  const file = '/proc/cpuinfo';
  if (!existsSync(file)) return [];
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(readFileSync(file, 'utf8'))?.[1].trim().split(/\s+/));
  return FEATURES.filter((feature) => flags.has(feature));
}

function revision() {
  try {
    const git = (...args) => execFileSync('git', ['-C', ROOT, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') ? ' and changes' : '');
  } catch {
    return null;
  }
}

const packageVersion = (file) => JSON.parse(readFileSync(at(file), 'utf8')).version;

export function versions() {
  const modules = 'scripts/benchmark/node_modules';
  const own = `${modules}/@huggingface/transformers/node_modules/onnxruntime-web/package.json`;
  return {
    answerlet: packageVersion('www/package.json'),
    revision: revision(),
    candle: /name = "candle-transformers"\nversion = "([^"]+)"/.exec(readFileSync(at('Cargo.lock'), 'utf8'))?.[1] ?? null,
    'onnxruntime-web': packageVersion(`${modules}/onnxruntime-web/package.json`),
    'transformers.js': packageVersion(`${modules}/@huggingface/transformers/package.json`),
    "transformers.js's onnxruntime-web": existsSync(at(own)) ? packageVersion(own) : packageVersion(`${modules}/onnxruntime-web/package.json`),
    node: process.versions.node,
  };
}

export const machine = () => ({
  cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
  cores: os.cpus().length,
  features: features(),
  memory_bytes: os.totalmem(),
  os: `${os.type()} ${os.release()} ${os.arch()}`,
});
