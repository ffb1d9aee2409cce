// The kernels' checks (crate/src/kernels/checks.rs) in each build that the browser runs. `scripts/test` makes the WebAssembly.

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, launch, newPage, ROOT, serve } from './harness.mjs';

const FOLDER = process.env.ANSWERLET_KERNELS ?? path.join(ROOT, 'target/kernels');

for (const name of BROWSERS) {
  describe(`kernels in ${name}`, () => {
    let browser, server, page;
    before(async () => {
      server = await serve({ mounts: { '/kernels/': FOLDER } });
      browser = await launch(name);
      page = await newPage(browser, server.url);
    });
    after(async () => {
      await browser?.close();
      await server?.close();
    });

    for (const variant of ['simd128', 'relaxed']) {
      it(`${variant} is what the references are`, async (t) => {
        const seen = await page.evaluate(async (url) => {
          const response = await fetch(url);
          if (!response.ok) return { missing: response.status };
          const module = await WebAssembly.compileStreaming(response).catch(() => undefined);
          if (!module) return { unsupported: true };
          const { exports } = await WebAssembly.instantiate(module);
          const text = () => new TextDecoder().decode(new Uint8Array(exports.memory.buffer, exports.text(), exports.text_length()));
          return Array.from({ length: exports.checks() }, (_, index) => {
            exports.name(index);
            const name = text();
            return { name, failure: exports.check(index) ? null : text() };
          });
        }, `/kernels/${variant}.wasm`);
        assert.equal(seen.missing, undefined, `${variant}.wasm isn't built: scripts/test browser builds it`);
        if (seen.unsupported && variant === 'relaxed' && name !== 'chromium') return t.skip('no relaxed SIMD here');
        assert.ok(seen.length >= 9);
        assert.deepEqual(seen.filter(({ failure }) => failure !== null), []);
      });
    }
  });
}
