#!/usr/bin/env node
// A small static file server: for the demo, and by its API for the browser tests.

import { createReadStream, promises as fs } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createGzip } from 'node:zlib';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};
const COMPRESSIBLE = /^(text\/|application\/(json|wasm)|image\/svg)/;

/**
 * @typedef {object} Options
 * @property {string} [root] folder served at `/`
 * @property {Record<string, string>} [mounts] folders served at other prefixes: `{ '/model/': 'www/model' }`
 * @property {Record<string, Buffer | string | ((request: http.IncomingMessage) => Virtual | null)>} [files]
 *   paths that are in no folder; `null` is a 404
 * @property {number} [port] 0 (the default) takes a free one
 * @property {string} [host]
 * @property {boolean | string} [spa] answers every missing path with 200 and this HTML, as single-page apps' hosts do
 * @property {Record<string, string>} [headers] added to every response
 * @property {boolean | RegExp} [gzip] compresses what compresses (and then sends no Content-Length); or what has such a type
 * @property {boolean} [ranges] false sends files whole, whatever part is asked for
 * @property {(path: string) => number} [delay] milliseconds before the response
 * @property {(path: string) => number} [bytesPerSecond] throttles the body; 0 does not
 * @property {(path: string) => number} [cut] sends no more than so many bytes of the body, and then nothing until `drop()`; 0 sends all
 *
 * @typedef {{ status?: number, headers?: Record<string, string>, body: Buffer | string }} Virtual
 * @typedef {{ method: string, path: string, status: number, host: string, range?: string }} LogEntry
 */

/**
 * Starts a server.
 * @param {Options} options
 * @returns {Promise<{ url: string, port: number, log: LogEntry[], drop(): void, close(): Promise<void> }>}
 */
export async function serve(options = {}) {
  const { port = 0, host = '127.0.0.1' } = options;
  const mounts = Object.entries({ ...(options.root ? { '/': options.root } : {}), ...options.mounts })
    .map(([prefix, folder]) => [prefix, path.resolve(folder)])
    .sort(([a], [b]) => b.length - a.length);
  const log = [];

  const server = http.createServer((request, response) => {
    answer(request, response).catch((error) => {
      if (!response.headersSent) send(request, response, '', { status: 500, body: String(error) });
      else response.destroy();
    });
  });

  async function answer(request, response) {
    let pathname;
    try {
      pathname = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    } catch {
      return send(request, response, '', { status: 400, body: 'bad path' });
    }
    const wait = options.delay?.(pathname) ?? 0;
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return send(request, response, pathname, { status: 405, body: 'method not allowed' });
    }

    if (options.files && Object.hasOwn(options.files, pathname)) {
      const file = options.files[pathname];
      const virtual = typeof file === 'function' ? file(request) : { body: file };
      if (virtual) return send(request, response, pathname, virtual);
    } else {
      const found = await find(pathname);
      if (found?.redirect) {
        return send(request, response, pathname, { status: 301, headers: { Location: found.redirect }, body: '' });
      }
      if (found) return sendFile(request, response, pathname, found);
    }
    if (options.spa) {
      const body = typeof options.spa === 'string' ? options.spa : '<!doctype html><title>app</title><div id="app"></div>';
      return send(request, response, pathname, { headers: { 'Content-Type': TYPES['.html'] }, body });
    }
    return send(request, response, pathname, { status: 404, headers: { 'Content-Type': 'text/plain' }, body: 'not found' });
  }

  /** The file behind a path: never outside of its folder. */
  async function find(pathname) {
    for (const [prefix, folder] of mounts) {
      if (!pathname.startsWith(prefix)) continue;
      let file = path.join(folder, pathname.slice(prefix.length));
      if (pathname.includes('\0') || (file !== folder && !file.startsWith(folder + path.sep))) return null;
      let stat = await fs.stat(file).catch(() => null);
      if (stat?.isDirectory()) {
        if (!pathname.endsWith('/')) return { redirect: encodeURI(`${pathname}/`) };
        file = path.join(file, 'index.html');
        stat = await fs.stat(file).catch(() => null);
      }
      if (stat?.isFile()) return { file, stat };
    }
    return null;
  }

  function start(request, response, pathname, status, headers) {
    const { host = '', range } = request.headers;
    log.push({ method: request.method, path: pathname, status, host, ...(range && { range }) });
    response.writeHead(status, { 'Cache-Control': 'no-cache', ...headers, ...options.headers });
  }

  function send(request, response, pathname, { status = 200, headers = {}, body }) {
    const bytes = Buffer.from(body);
    const type = TYPES[path.extname(pathname)] ?? 'application/octet-stream';
    return stream(request, response, pathname, status, { 'Content-Type': type, ...headers }, bytes.length, () =>
      Readable.from(chunks(bytes)),
    );
  }

  function sendFile(request, response, pathname, { file, stat }) {
    const headers = {
      'Content-Type': TYPES[path.extname(file)] ?? 'application/octet-stream',
      ETag: `"${stat.size.toString(16)}-${Math.trunc(stat.mtimeMs).toString(16)}"`,
      'Last-Modified': stat.mtime.toUTCString(),
      ...(options.ranges !== false && { 'Accept-Ranges': 'bytes' }),
    };
    if (request.headers['if-none-match']?.split(/\s*,\s*/).includes(headers.ETag)) {
      return stream(request, response, pathname, 304, headers, 0, null);
    }
    const ifRange = request.headers['if-range'];
    const isWanted = options.ranges !== false && (ifRange === undefined || ifRange === headers.ETag);
    const range = isWanted ? parseRange(request.headers.range, stat.size) : null;
    if (range === 'unsatisfiable') {
      return stream(request, response, pathname, 416, { 'Content-Range': `bytes */${stat.size}` }, 0, null);
    }
    if (range) {
      const [first, last] = range;
      headers['Content-Range'] = `bytes ${first}-${last}/${stat.size}`;
      return stream(request, response, pathname, 206, headers, last - first + 1, () =>
        createReadStream(file, { start: first, end: last }),
      );
    }
    return stream(request, response, pathname, 200, headers, stat.size, () => createReadStream(file));
  }

  async function stream(request, response, pathname, status, headers, length, open) {
    const compress =
      options.gzip &&
      status === 200 &&
      (options.gzip === true ? COMPRESSIBLE : options.gzip).test(headers['Content-Type'] ?? '') &&
      /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    const sized = compress ? { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' } : { 'Content-Length': String(length) };
    start(request, response, pathname, status, { ...(status === 304 ? {} : sized), ...headers });
    if (request.method === 'HEAD' || !open) return response.end();
    let body = open();
    if (compress) body = body.pipe(createGzip());
    const rate = options.bytesPerSecond?.(pathname) ?? 0;
    // A client that goes away, an aborted load for instance, must not keep the file open.
    response.on('close', () => body.destroy());
    body.on('error', () => response.destroy());
    let left = options.cut?.(pathname) || Infinity;
    if (rate > 0 || left < Infinity) {
      for await (const chunk of body) {
        for (const part of chunks(chunk, rate > 0 ? Math.max(1, Math.ceil(rate / 50)) : chunk.length)) {
          if (response.destroyed) return;
          if (part.length >= left) {
            response.write(part.subarray(0, left));
            await new Promise((resolve) => response.once('close', resolve));
            return;
          }
          left -= part.length;
          response.write(part);
          if (rate > 0) await new Promise((resolve) => setTimeout(resolve, (part.length * 1000) / rate));
        }
      }
      response.end();
    } else {
      body.pipe(response);
    }
  }

  await new Promise((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  const actual = server.address().port;
  return {
    url: `http://${host}:${actual}`,
    port: actual,
    log,
    /** Breaks all connections off. */
    drop: () => server.closeAllConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function* chunks(bytes, size = 1 << 16) {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** `[first, last]`, 'unsatisfiable', or null where the whole file is wanted (several ranges are, too). */
function parseRange(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const first = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const last = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  return first > last || first >= size ? 'unsatisfiable' : [first, last];
}

/** The demo site, whole: its build puts the library and the default model beside the page. */
export const DEMO = { root: fileURLToPath(new URL('../www/site/dist/', import.meta.url)) };

const USAGE = `usage: node scripts/serve.mjs [--port N] [--host H] (--demo | --root DIR [--mount /prefix/=DIR ...]) [--spa] [--gzip]`;

async function main(argv) {
  const options = { port: 8080, mounts: {} };
  const next = (i) => argv[i + 1] ?? fail(USAGE);
  for (let i = 0; i < argv.length; i += 1) {
    switch (argv[i]) {
      case '--port': options.port = Number(next(i++)); break;
      case '--host': options.host = next(i++); break;
      case '--root': options.root = next(i++); break;
      case '--demo': Object.assign(options, DEMO); break;
      case '--mount': {
        const [prefix, folder] = next(i++).split('=');
        options.mounts[prefix] = folder ?? fail(USAGE);
        break;
      }
      case '--spa': options.spa = true; break;
      case '--gzip': options.gzip = true; break;
      default: fail(USAGE);
    }
  }
  if (!options.root || !Number.isInteger(options.port)) fail(USAGE);
  try {
    const { url } = await serve(options);
    console.log(`\nServing ${path.relative(process.cwd(), options.root) || '.'} at ${url}/ (Ctrl+C ends it)`);
  } catch (error) {
    if (error.code !== 'EADDRINUSE') throw error;
    fail(`port ${options.port} is taken; choose another with --port`);
  }
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main(process.argv.slice(2));
