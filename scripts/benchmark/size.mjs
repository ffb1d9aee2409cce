// What a visitor downloads before the first answer.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { at } from './machine.mjs';

const MODULES = 'scripts/benchmark/node_modules';

/** The files of each engine's runtime, as the page of this benchmark loads them. */
function runtimes(variants) {
  const transformers = `${MODULES}/@huggingface/transformers`;
  const nested = `${transformers}/node_modules/onnxruntime-web/dist`;
  const own = existsSync(at(nested)) ? nested : `${MODULES}/onnxruntime-web/dist`;
  const ort = `${MODULES}/onnxruntime-web/dist`;
  return [
    ...variants.map((variant) => ({
      row: { engine: 'answerlet', variant },
      files: ['www/dist/index.js', 'www/dist/worker.js', `www/dist/answerlet.${variant}.wasm`],
    })),
    {
      row: { engine: 'onnxruntime-web', variant: null },
      files: [`${ort}/ort.wasm.min.mjs`, `${ort}/ort-wasm-simd-threaded.mjs`, `${ort}/ort-wasm-simd-threaded.wasm`],
    },
    {
      row: { engine: 'transformers.js', variant: null },
      files: [
        `${transformers}/dist/transformers.min.js`,
        `${own}/ort-wasm-simd-threaded.asyncify.mjs`,
        `${own}/ort-wasm-simd-threaded.asyncify.wasm`,
      ],
    },
  ].filter(({ files }) => files.every((file) => existsSync(at(file))));
}

/** Bytes of a file after brotli at its best, remembered by content, since 27 MB take a minute. */
function brotliBytes(file, known) {
  const bytes = readFileSync(file);
  const hash = createHash('sha256').update(bytes).digest('hex');
  known[hash] ??= brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }).length;
  return known[hash];
}

/** Rows of `runtime_bytes`, brotli. `cache`: a folder that outlives the run. */
export function runtimeSizes(variants, cache) {
  const store = path.join(cache, 'brotli.json');
  const known = existsSync(store) ? JSON.parse(readFileSync(store, 'utf8')) : {};
  const rows = runtimes(variants).map(({ row, files }) => {
    const bytes = files.reduce((sum, file) => sum + brotliBytes(at(file), known), 0);
    return { ...row, bytes };
  });
  writeFileSync(store, `${JSON.stringify(known)}\n`);
  return rows;
}

/** Bytes of the files that a reader fetches of a model, as they are: int8 weights don't compress. */
export function modelBytes({ row, open: [, options] }, model, models) {
  const folder = path.join(models, model);
  const size = (...file) => statSync(path.join(...file)).size;
  if (row.engine === 'answerlet') {
    const own = row.precision === 'f32' ? folder : model === 'minilm-l6' ? at('www/model') : path.join(folder, 'int8');
    return ['config.json', 'tokenizer.json', 'answerlet.json', 'model.safetensors']
      .filter((file) => existsSync(path.join(own, file)))
      .reduce((sum, file) => sum + size(own, file), 0);
  }
  const weights = row.precision === 'f32' ? 'model.onnx' : `${options.file}_quantized.onnx`;
  return size(folder, 'onnx', weights) + ['config.json', 'tokenizer.json', 'tokenizer_config.json'].reduce((sum, file) => sum + size(folder, file), 0);
}
