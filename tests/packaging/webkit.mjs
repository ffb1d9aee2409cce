// WebKitGTK by the WebDriver protocol: Debian's webkit2gtk-driver starts its MiniBrowser, under xvfb where there is no display.

import { spawn } from 'node:child_process';
import { promises as dns } from 'node:dns';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';

const DRIVER = process.env.WEBKIT_DRIVER ?? '/usr/bin/WebKitWebDriver';

/** Why WebKit can't be driven here; undefined where it can. */
export function withoutWebKit() {
  if (!existsSync(DRIVER)) return `${DRIVER} isn't installed (Debian: webkit2gtk-driver, xvfb, xauth)`;
  if (!browser()) return 'there is no MiniBrowser of WebKitGTK';
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY && !existsSync('/usr/bin/xvfb-run')) return 'there is neither a display nor xvfb-run';
  return undefined;
}

function browser() {
  for (const libraries of ['/usr/lib', ...readdirSync('/usr/lib').map((name) => path.join('/usr/lib', name))]) {
    for (const version of ['webkitgtk-6.0', 'webkit2gtk-4.1', 'webkit2gtk-4.0']) {
      const file = path.join(libraries, version, 'MiniBrowser');
      if (existsSync(file)) return file;
    }
  }
  return undefined;
}

/** A host name that leads to this machine and isn't localhost: WebKit has no option that makes one up. */
export async function hostName() {
  for (const name of ['answerlet.test', os.hostname()]) {
    const address = await dns.lookup(name, { family: 4 }).catch(() => undefined);
    if (address?.address === '127.0.0.1') return name;
  }
  return undefined;
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts it: `goto`, `evaluate` (a function of the page, with arguments), `waitFor` (until one is true), `close`. */
export async function launchWebKit() {
  const port = await freePort();
  const driver = [DRIVER, `--port=${port}`, '--host=127.0.0.1'];
  const [command, ...args] = process.env.DISPLAY || process.env.WAYLAND_DISPLAY ? driver : ['xvfb-run', '-a', ...driver];
  // A group of its own, so that the display and the browser end with it.
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  let ended = false;
  child.once('exit', () => (ended = true));

  const call = async (method, to, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${to}`, { method, ...(body && { body: JSON.stringify(body) }) });
    const { value } = await response.json();
    if (value?.error) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  const end = () => {
    if (!ended) process.kill(-child.pid, 'SIGTERM');
  };
  try {
    const options = { 'webkitgtk:browserOptions': { binary: browser(), args: ['--automation'] } };
    let session;
    for (let tries = 0; !session; tries += 1) {
      // The driver, and the display before it, take a while to listen.
      session = await call('POST', '/session', { capabilities: { alwaysMatch: options } }).catch((error) => {
        if (ended || tries > 100 || error.cause?.code !== 'ECONNREFUSED') throw error;
      });
      if (!session) await pause(200);
    }
    const at = `/session/${session.sessionId}`;
    const evaluate = (run, ...given) => call('POST', `${at}/execute/sync`, { script: `return (${run})(...arguments)`, args: given });
    return {
      version: session.capabilities.browserVersion,
      goto: (url) => call('POST', `${at}/url`, { url }),
      evaluate,
      async waitFor(condition, timeout = 120_000) {
        for (const until = Date.now() + timeout; ; await pause(100)) {
          if (await evaluate(condition)) return;
          if (Date.now() > until) throw new Error(`waited in vain for ${condition}`);
        }
      },
      async close() {
        await call('DELETE', at).catch(() => {});
        end();
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}
