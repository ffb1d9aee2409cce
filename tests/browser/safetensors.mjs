// Takes safetensors files apart and puts them together again, to spoil them one at a time.

/** @returns {Map<string, { dtype: string, shape: number[], bytes: Buffer }>} */
export function parse(file) {
  const length = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.subarray(8, 8 + length).toString('utf8'));
  const tensors = new Map();
  for (const [name, tensor] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [start, end] = tensor.data_offsets;
    tensors.set(name, { dtype: tensor.dtype, shape: tensor.shape, bytes: file.subarray(8 + length + start, 8 + length + end) });
  }
  return tensors;
}

export function write(tensors) {
  const header = {};
  let offset = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  let text = JSON.stringify(header);
  text += ' '.repeat((8 - (text.length % 8)) % 8);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  return Buffer.concat([length, Buffer.from(text), ...[...tensors.values()].map(({ bytes }) => bytes)]);
}

/** The one tensor whose name ends so. */
export function find(tensors, ending) {
  const names = [...tensors.keys()].filter((name) => name.endsWith(ending));
  if (names.length !== 1) throw new Error(`${names.length} tensors end in ${ending}`);
  return names[0];
}

/** The file with a change made to its tensors. */
export function changed(file, change) {
  const tensors = parse(file);
  change(tensors);
  return write(tensors);
}
