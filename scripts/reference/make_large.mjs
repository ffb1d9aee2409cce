#!/usr/bin/env node
// Makes a checkpoint of BERT-large's shape with random weights, in F32 (1.3 GB), for `scripts/load-large`.
//
//     node scripts/reference/make_large.mjs OUT_DIR
//
// The weights come from a seed, so that every run makes the same file. The tokenizer is the default model's.

import { copyFileSync, closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const model = fileURLToPath(new URL('../../www/model/', import.meta.url));
const SHAPE = { hidden_size: 1024, num_hidden_layers: 24, num_attention_heads: 16, intermediate_size: 4096, max_position_embeddings: 512 };

/** Each tensor's name, shape, and what it holds: random numbers, ones or zeros. */
function* tensors({ vocab_size, hidden_size: width, intermediate_size: inner, num_hidden_layers, max_position_embeddings, type_vocab_size }) {
  function* norm(name) {
    yield [`${name}.weight`, [width], 'ones'];
    yield [`${name}.bias`, [width], 'zeros'];
  }
  function* linear(name, out, into) {
    yield [`${name}.weight`, [out, into], 'random'];
    yield [`${name}.bias`, [out], 'random'];
  }
  yield ['bert.embeddings.word_embeddings.weight', [vocab_size, width], 'random'];
  yield ['bert.embeddings.position_embeddings.weight', [max_position_embeddings, width], 'random'];
  yield ['bert.embeddings.token_type_embeddings.weight', [type_vocab_size, width], 'random'];
  yield* norm('bert.embeddings.LayerNorm');
  for (let layer = 0; layer < num_hidden_layers; layer += 1) {
    const name = `bert.encoder.layer.${layer}`;
    for (const part of ['self.query', 'self.key', 'self.value', 'output.dense']) yield* linear(`${name}.attention.${part}`, width, width);
    yield* norm(`${name}.attention.output.LayerNorm`);
    yield* linear(`${name}.intermediate.dense`, inner, width);
    yield* linear(`${name}.output.dense`, width, inner);
    yield* norm(`${name}.output.LayerNorm`);
  }
  yield* linear('qa_outputs', 2, width);
}

const size = (shape) => shape.reduce((product, length) => product * length, 1);

/** Uniform, with the standard deviation of BERT's initialisation. */
let state = 0x2545f491;
function random() {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >> 0) * (0.02 * Math.sqrt(3) / 2 ** 31);
}

function make(out) {
  mkdirSync(out, { recursive: true });
  const config = { ...JSON.parse(readFileSync(path.join(model, 'config.json'), 'utf8')), ...SHAPE };
  writeFileSync(path.join(out, 'config.json'), JSON.stringify(config, null, 2));
  copyFileSync(path.join(model, 'tokenizer.json'), path.join(out, 'tokenizer.json'));

  const header = { __metadata__: { format: 'pt' } };
  let end = 0;
  const list = [...tensors(config)];
  for (const [name, shape] of list) header[name] = { dtype: 'F32', shape, data_offsets: [end, (end += size(shape) * 4)] };
  let json = JSON.stringify(header);
  json += ' '.repeat((8 - (json.length % 8)) % 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = openSync(path.join(out, 'model.safetensors'), 'w');
  for (const bytes of [length, Buffer.from(json)]) writeSync(file, bytes);
  const buffer = new Float32Array(1 << 20);
  for (const [, shape, kind] of list) {
    for (let left = size(shape); left > 0; ) {
      const part = buffer.subarray(0, Math.min(left, buffer.length));
      if (kind === 'random') for (let at = 0; at < part.length; at += 1) part[at] = random();
      else part.fill(kind === 'ones' ? 1 : 0);
      writeSync(file, new Uint8Array(part.buffer, 0, part.length * 4));
      left -= part.length;
    }
  }
  closeSync(file);
  console.log(`${path.join(out, 'model.safetensors')}: ${end + json.length + 8} bytes`);
}

if (process.argv.length !== 3) {
  console.error('usage: node scripts/reference/make_large.mjs OUT_DIR');
  process.exit(2);
}
make(process.argv[2]);
