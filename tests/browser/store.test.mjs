// What a real browser keeps of a model: the second load doesn't download it, nor does one without a network, and the bits are the same.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { BROWSERS, CLI, launch, MODEL, newPage, readFolder, ROOT, serve } from './harness.mjs';
import * as safetensors from './safetensors.mjs';

const BERT = '/checkpoints/bert/';
const bert = await readFolder('tests/fixtures/checkpoints/bert');
const QUESTION = 'Who sells bread?';
const CONTEXT = 'Ada sells bread in the market. Grace repairs clocks.';
const model = await readFolder('www/model');
const CHUNK = 4 << 20;
const WEIGHTS_BYTES = model['model.safetensors'].length;
/** Of all files that are loaded. */
const MODEL_BYTES = ['config.json', 'tokenizer.json', 'model.safetensors'].reduce((sum, file) => sum + model[file].length, 0);
const ALLOWED = { 'Access-Control-Allow-Origin': '*' };

/** The weights as the command line quantises them. */
function quantised() {
  const folder = mkdtempSync(path.join(tmpdir(), 'answerlet-'));
  try {
    execFileSync(CLI, ['quantize', '--model', path.join(ROOT, 'tests/fixtures/checkpoints/bert'), '--out', path.join(folder, 'int8'), '--language', 'en', '--no-answer', 'none']);
    return readFileSync(path.join(folder, 'int8/model.safetensors'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const name of BROWSERS) {
  describe(`the store in ${name}`, () => {
    let browser, server, page;
    before(async () => {
      browser = await launch(name);
    });
    after(() => browser?.close());

    /** A server of its own, which to a browser is a site without a past. */
    const site = async (options) => {
      server = await serve(options);
      page = await newPage(browser, server.url);
    };
    const leave = async () => {
      await page?.close();
      await server?.close();
    };

    /** Loads in a fresh worker, asks; with the requests for files of the model. */
    const read = async (options) => {
      const from = server.log.length;
      const seen = await page.evaluate(async (options, question, context) => {
        const told = [];
        const answerlet = await Answerlet.load({ ...options, onProgress: (progress) => told.push(progress) });
        const { timing, ...result } = await answerlet.ask(question, { context, topK: 3, threshold: -1000, scores: true });
        await answerlet.dispose();
        return { result, progress: told.at(-1), totals: told.filter(({ phase }) => phase === 'weights').map(({ total }) => total), lacks: answerlet.info.lacks };
      }, options, QUESTION, CONTEXT);
      assert.ok(seen.result.windows[0].startLogits.length > 5);
      assert.equal(seen.progress.phase, 'ready');
      assert.equal(seen.progress.loaded, seen.progress.total);
      const asked = server.log.slice(from).filter(({ path }) => !path.startsWith('/dist/') && !/worker|patch/.test(path));
      return { ...seen, asked: asked.map(({ path }) => path.split('/').at(-1)).sort(), ranges: asked.filter(({ range }) => range).map(({ path, range, status }) => `${path.split('/').at(-1)} ${range} ${status}`) };
    };

    /** The sizes of what is kept, by key. */
    const kept = () =>
      page.evaluate(async () => {
        const sizes = {};
        const cache = await caches.open('answerlet-2');
        for (const request of await cache.keys()) sizes[request.url] = (await (await cache.match(request)).arrayBuffer()).byteLength;
        return sizes;
      });

    /** The keys of chunks of the weights, in the order that they were kept in. */
    const weightsKeys = (sizes) => Object.keys(sizes).filter((key) => /model\.safetensors\?answerlet=\w{64}$/.test(key));

    it('a model with a manifest: the second load asks for the manifest alone', async () => {
      await site();
      const first = await read({ model: MODEL });
      assert.ok(first.asked.includes('model.safetensors'));
      const second = await read({ model: MODEL });
      assert.deepEqual(second.asked, ['answerlet.json']);
      assert.deepEqual(second.result, first.result);
      // In another page of the site, too.
      await page.close();
      page = await newPage(browser, server.url);
      const third = await read({ model: MODEL });
      assert.deepEqual(third.asked, ['answerlet.json']);
      assert.deepEqual(third.result, first.result);
      await leave();
    });

    it('a checkpoint of floats: kept as int8, as the command line writes it, and loaded to the same bits', async () => {
      // So slow that whoever downloads it again takes two seconds.
      await site({ bytesPerSecond: (path) => (path.endsWith('.safetensors') ? 65_000 : 0) });
      const first = await read({ model: BERT });
      const [key, ...more] = weightsKeys(await kept());
      assert.deepEqual(more, []);
      const bytes = await page.evaluate(async (key) => [...new Uint8Array(await (await (await caches.open('answerlet-2')).match(key)).arrayBuffer())], key);
      assert.ok(quantised().equals(Buffer.from(bytes)));
      const begin = performance.now();
      const second = await read({ model: BERT });
      const took = performance.now() - begin;
      assert.deepEqual(second.result, first.result);
      assert.ok(took < 1500, `the second load took ${took} ms`);
      await leave();
    });

    it('without a network: what was loaded last', async () => {
      await site();
      const far = await serve({ headers: ALLOWED });
      const models = [`${far.url}${BERT}`, `${far.url}${MODEL}`];
      const first = [];
      for (const model of models) first.push(await read({ model }));
      await far.close();
      for (const [at, model] of models.entries()) assert.deepEqual((await read({ model })).result, first[at].result);
      const { error } = await page.evaluate((model) => T.outcome(Answerlet.load({ model, cache: false })), models[0]);
      assert.equal(error?.code, 'network');
      await leave();
    });

    it('another model at the same place takes the place of the old one', async () => {
      let weights = bert['model.safetensors'];
      let version = 1;
      const files = Object.fromEntries(['config.json', 'tokenizer.json'].map((file) => [`/m/${file}`, bert[file]]));
      files['/m/model.safetensors'] = () => ({ headers: { ETag: `"${version}"` }, body: weights });
      await site({ files });
      const first = await read({ model: '/m/' });
      const before = await kept();
      weights = safetensors.changed(weights, (tensors) => {
        const head = tensors.get('qa_outputs.weight');
        tensors.set('qa_outputs.weight', { ...head, bytes: Buffer.from(head.bytes).reverse().map((byte, at) => (at % 4 === 3 ? 0x3d : byte)) });
      });
      version = 2;
      const second = await read({ model: '/m/' });
      assert.notDeepEqual(second.result, first.result);
      const sizes = await kept();
      assert.equal(Object.keys(sizes).length, Object.keys(before).length);
      assert.equal(weightsKeys(sizes).length, 1);
      assert.notDeepEqual(weightsKeys(sizes), weightsKeys(before));
      assert.deepEqual((await read({ model: '/m/' })).result, second.result);
      await leave();
    });

    it('a model that breaks off or is damaged is not kept, and the page loads a good one', async () => {
      const good = bert['model.safetensors'];
      const damaged = safetensors.changed(good, (tensors) => {
        const bias = tensors.get('qa_outputs.bias');
        const bytes = Buffer.from(bias.bytes);
        bytes.writeFloatLE(NaN, 0);
        tensors.set('qa_outputs.bias', { ...bias, bytes });
      });
      const files = Object.fromEntries(['a', 'b'].flatMap((folder) => ['config.json', 'tokenizer.json'].map((file) => [`/${folder}/${file}`, bert[file]])));
      files['/a/model.safetensors'] = () => ({ headers: { ETag: '"1"' }, body: damaged });
      files['/b/model.safetensors'] = () => ({ headers: { ETag: '"1"' }, body: good.subarray(0, good.length - 1000) });
      await site({ files });
      for (const model of ['/a/', '/b/']) assert.ok((await page.evaluate((model) => T.outcome(Answerlet.load({ model })), model)).error, model);
      assert.deepEqual(await kept(), {});
      await read({ model: BERT });
      assert.equal(weightsKeys(await kept()).length, 1);
      await leave();
    });

    /** Waits until so many chunks of the weights are kept. */
    const keptChunks = (count) =>
      page.waitForFunction(
        async (count) => (await (await caches.open('answerlet-2')).keys()).filter(({ url }) => /model\.safetensors\?answerlet=\w{64}$/.test(url)).length >= count,
        { timeout: 60_000, polling: 100 },
        count,
      );

    it('a page that is closed while the model comes in: the next one goes on from there', async () => {
      let rate = 6_000_000;
      await site({ bytesPerSecond: (path) => (path.endsWith('.safetensors') ? rate : 0) });
      await page.evaluate((model) => void Answerlet.load({ model }), MODEL);
      await keptChunks(2);
      await page.close();
      page = await newPage(browser, server.url);
      const before = weightsKeys(await kept());
      rate = 0;
      const second = await read({ model: MODEL });
      const start = before.length * CHUNK;
      assert.ok(start >= 2 * CHUNK && start < WEIGHTS_BYTES);
      assert.deepEqual(second.ranges, [`model.safetensors bytes=${start}-${WEIGHTS_BYTES - 1} 206`]);
      assert.deepEqual(second.asked, ['answerlet.json', 'model.safetensors']);
      assert.deepEqual((await read({ model: MODEL })).asked, ['answerlet.json']);
      await leave();
    });

    for (const ranges of [true, false]) {
      it(`a connection that breaks off, to a server ${ranges ? 'with' : 'without'} ranges`, async () => {
        let cut = 10_000_000;
        await site({ ranges, cut: (path) => (path.endsWith('.safetensors') ? cut : 0) });
        await page.evaluate((model) => void (globalThis.loading = T.outcome(Answerlet.load({ model }))), MODEL);
        await keptChunks(2);
        server.drop();
        const { error } = await page.evaluate(() => globalThis.loading);
        assert.equal(error?.code, 'network', error?.text);
        cut = 0;
        const second = await read({ model: MODEL });
        assert.deepEqual(second.ranges, [`model.safetensors bytes=${2 * CHUNK}-${WEIGHTS_BYTES - 1} ${ranges ? 206 : 200}`]);
        assert.deepEqual(second.asked, ['answerlet.json', 'model.safetensors']);
        assert.equal(weightsKeys(await kept()).length, 6);
        assert.deepEqual((await read({ model: MODEL })).asked, ['answerlet.json']);
        await leave();
      });
    }

    it('a byte that flipped, a chunk that is gone: it alone is fetched again', async () => {
      await site();
      const first = await read({ model: MODEL });
      const keys = weightsKeys(await kept());
      for (const [how, at] of [['flip', 0], ['flip', 3], ['delete', 5], ['delete', 2]]) {
        await page.evaluate(async (how, key) => {
          const cache = await caches.open('answerlet-2');
          const response = await cache.match(key);
          const bytes = new Uint8Array(await response.arrayBuffer());
          bytes[bytes.length >> 1] ^= 1;
          await (how === 'flip' ? cache.put(key, new Response(bytes, { headers: response.headers })) : cache.delete(key));
        }, how, keys[at]);
        const healed = await read({ model: MODEL });
        assert.deepEqual(healed.ranges, [`model.safetensors bytes=${at * CHUNK}-${Math.min(WEIGHTS_BYTES, (at + 1) * CHUNK) - 1} 206`], `${how} ${at}`);
        assert.deepEqual(healed.asked, ['answerlet.json', 'model.safetensors']);
        assert.deepEqual(healed.result, first.result);
      }
      assert.deepEqual((await read({ model: MODEL })).asked, ['answerlet.json']);
      await leave();
    });

    it('what is kept takes little more than the model, and clearCache frees it', async () => {
      await site();
      await page.evaluate(async () => (await caches.open('answerlet-1')).put('/old', new Response('of an earlier version')));
      await read({ model: MODEL });
      const { models, usage, quota } = await page.evaluate(() => Answerlet.storageEstimate());
      const sum = Object.values(await kept()).reduce((sum, size) => sum + size, 0);
      assert.equal(models, sum);
      assert.ok(models >= MODEL_BYTES && models <= 1.01 * MODEL_BYTES, `${models} bytes of ${MODEL_BYTES}`);
      assert.ok(quota > usage);
      if (name === 'chromium') {
        const session = await page.createCDPSession();
        const { usage } = await session.send('Storage.getUsageAndQuota', { origin: server.url });
        assert.ok(usage >= MODEL_BYTES && usage <= 1.1 * MODEL_BYTES, `${usage} bytes of ${MODEL_BYTES}`);
      }
      assert.deepEqual(await page.evaluate(() => caches.keys()), ['answerlet-2']);
      await page.evaluate(() => Answerlet.clearCache());
      assert.deepEqual(await page.evaluate(() => caches.keys()), []);
      assert.equal((await page.evaluate(() => Answerlet.storageEstimate())).models, 0);
      assert.equal(typeof (await page.evaluate(() => Promise.race([Answerlet.persist(), new Promise((resolve) => setTimeout(resolve, 3000, false))]))), 'boolean');
      assert.ok((await read({ model: MODEL })).asked.includes('model.safetensors'));
      await leave();
    });

    it('a manifest with other weights: the new ones are kept, the old ones go', async () => {
      const weights = Buffer.from(model['model.safetensors']);
      const manifest = JSON.parse(model['answerlet.json']);
      const files = { '/m/config.json': model['config.json'], '/m/tokenizer.json': model['tokenizer.json'], '/m/model.safetensors': () => ({ body: weights }), '/m/answerlet.json': () => ({ body: JSON.stringify(manifest) }) };
      await site({ files });
      const first = await read({ model: '/m/' });
      const before = weightsKeys(await kept());
      // The weights change first: a page that loads in between is told so.
      weights[weights.length - 3] ^= 1;
      await page.evaluate(() => Answerlet.clearCache());
      const { error } = await page.evaluate(() => T.outcome(Answerlet.load({ model: '/m/' })));
      assert.equal(error?.code, 'weights_invalid', error?.text);
      assert.match(error.message, /another version/);
      assert.deepEqual(weightsKeys(await kept()), before.slice(0, 5), 'what is verified, and no more');
      const entry = manifest.files.find(({ path }) => path === 'model.safetensors');
      entry.chunks[5] = createHash('sha256').update(weights.subarray(5 * CHUNK)).digest('hex');
      entry.sha256 = createHash('sha256').update(weights).digest('hex');
      const second = await read({ model: '/m/' });
      assert.notDeepEqual(second.result, first.result);
      const after = weightsKeys(await kept());
      assert.deepEqual(after.slice(0, 5), before.slice(0, 5));
      assert.equal(after.length, 6);
      assert.notEqual(after[5], before[5]);
      await leave();
    });

    it('compressed on the way: progress counts the manifest’s bytes', async () => {
      await site({ gzip: /./ });
      const { progress, totals } = await read({ model: MODEL });
      assert.equal(new Set(totals).size, 1);
      assert.ok(progress.total > MODEL_BYTES && totals[0] === progress.total);
      assert.equal(weightsKeys(await kept()).length, 6);
      assert.deepEqual((await read({ model: MODEL })).asked, ['answerlet.json']);
      await leave();
    });

    it('a page in place of the weights is refused', async () => {
      await site({ spa: true, files: { '/m/config.json': model['config.json'], '/m/tokenizer.json': model['tokenizer.json'], '/m/answerlet.json': model['answerlet.json'] } });
      const { error } = await page.evaluate(() => T.outcome(Answerlet.load({ model: '/m/' })));
      assert.equal(error?.code, 'file_html', error?.text);
      assert.deepEqual(weightsKeys(await kept()), []);
      await leave();
    });

    it('a full disk: the model loads, and is not kept', async () => {
      await site();
      for (let time = 0; time < 2; time++) {
        const { asked, lacks } = await read({ model: MODEL, workerUrl: '/full-worker.js' });
        assert.ok(asked.includes('model.safetensors'));
        assert.deepEqual(lacks, []);
      }
      assert.deepEqual(await kept(), {});
      await leave();
    });

    it('over plain http, as on a host without a certificate: the model loads, and info says what is missing', async () => {
      const host = 'answerlet.test';
      const other = await launch(name, { host });
      server = await serve();
      try {
        page = await newPage(other, `http://${host}:${server.port}`);
        assert.equal(await page.evaluate(() => isSecureContext), false);
        for (let time = 0; time < 2; time++) {
          const { lacks, asked } = await read({ model: MODEL });
          assert.deepEqual(lacks, ['cache', 'integrity']);
          assert.deepEqual(asked, ['answerlet.json', 'config.json', 'model.safetensors', 'tokenizer.json']);
        }
        assert.equal((await page.evaluate(() => Answerlet.storageEstimate())).models, 0);
        assert.equal(await page.evaluate(() => Answerlet.persist()), false);
        await page.evaluate(() => Answerlet.clearCache());
      } finally {
        await other.close();
        await server.close();
      }
    });

    if (name === 'chromium') {
      it('no room: the model loads, and what had room is used', async () => {
        await site();
        const session = await page.createCDPSession();
        await session.send('Storage.overrideQuotaForOrigin', { origin: server.url, quotaSize: 10_000_000 });
        for (let time = 0; time < 2; time++) {
          assert.ok((await read({ model: MODEL })).asked.includes('model.safetensors'));
          const keys = Object.keys(await kept());
          assert.ok(keys.length > 0 && !keys.some((key) => key.endsWith('answerlet=int8')), 'some chunks, and no record of all');
        }
        await leave();
      });
    }
  });
}
