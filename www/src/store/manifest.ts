/** What `answerlet.json` says of a model's files. What is wrong with a broken one is for the engine to say. */
import { CONFIG, WEIGHTS } from './names.js';

/** A file's content: its length, and the SHA-256 of each of its chunks, in hexadecimal. */
export interface Content {
  bytes: number;
  /** The length of each chunk but the last. */
  chunkBytes: number;
  chunks: string[];
}

export interface Manifest {
  files: ReadonlyMap<string, Content>;
  /** Whether the weights are int8 in the file already, so that keeping them is keeping the file. */
  quantised: boolean;
  /** Whether the files that it lists make a model: then the folder has no others. */
  complete: boolean;
}

/** A chunk is held in memory whole; a manifest that wants more at once is not followed. */
const MOST_CHUNK_BYTES = 64 << 20;

export function isContent(value: unknown): value is Content {
  const { bytes, chunkBytes, chunks } = (value ?? {}) as Partial<Content>;
  if (!Number.isSafeInteger(bytes) || !Number.isSafeInteger(chunkBytes) || !Array.isArray(chunks)) return false;
  const [length, step] = [bytes as number, chunkBytes as number];
  if (length < 0 || step <= 0 || step > MOST_CHUNK_BYTES || chunks.length !== Math.ceil(length / step)) return false;
  return chunks.every((hash) => typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash));
}

/** The manifest, if it states hashes of the weights' chunks. */
export function readManifest(json: Uint8Array): Manifest | undefined {
  try {
    const { chunkBytes, quantisation, files: listed } = JSON.parse(new TextDecoder().decode(json)) as {
      chunkBytes: number;
      quantisation?: string | null;
      files: { path: string; bytes: number; chunks: string[] }[];
    };
    const files = new Map<string, Content>();
    for (const { path, bytes, chunks } of listed) {
      const content = { bytes, chunkBytes, chunks };
      if (isContent(content)) files.set(path, content);
    }
    if (!files.has(WEIGHTS)) return undefined;
    const complete = files.has(CONFIG) && ['tokenizer.json', 'vocab.txt', 'vocab.json'].some((file) => files.has(file));
    return { files, quantised: quantisation === 'int8-per-row', complete };
  } catch {
    return undefined;
  }
}
