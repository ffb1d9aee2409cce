/** What a model's files are called in a folder, and in errors and the manifest wherever they came from. */
import type { ErrorCode } from '../errors.js';

export const MANIFEST = 'answerlet.json';
export const WEIGHTS = 'model.safetensors';
export const CONFIG = 'config.json';

/** What an error about a file's content is called. */
export function codeOf(file: string): ErrorCode {
  return file === WEIGHTS ? 'weights_invalid' : file === CONFIG ? 'config_invalid' : 'tokenizer_invalid';
}

/** The address of a folder, which may be given without its last slash. */
export function folderUrl(given: string): string {
  const url = new URL(given);
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url.href;
}

/** The address of a file in a folder. */
export function inFolder(folder: string, name: string): { url: string } {
  const base = new URL(folder);
  const url = new URL(name, base);
  // A query may carry a version or a signature, and belongs to every file.
  url.search = base.search;
  return { url: url.href };
}

/** Whether bytes are a web page: what a server with a catch-all route sends in place of a file that it doesn't have. */
export function isHtml(bytes: Uint8Array): boolean {
  // After white space and a byte order mark; the engine has the same list. No JSON and no vocabulary of ours starts like that.
  const head = new TextDecoder().decode(bytes.subarray(0, 512)).trimStart();
  return /^<(!doctype|html|head|body|script|!--|\?xml)/i.test(head);
}
