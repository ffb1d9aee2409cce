// One Trusted Types policy for the realm, whatever copies of our scripts are on the page.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const www = fileURLToPath(new URL('../../www/', import.meta.url));
const { build } = createRequire(join(www, 'package.json'))('esbuild');
const { outputFiles } = await build({ entryPoints: [join(www, 'src/trusted.ts')], bundle: true, format: 'esm', write: false });
const source = outputFiles[0].text.replace('Symbol.for("answerlet.policy")', 'globalThis.KEY');
assert.ok(source.includes('globalThis.KEY'));

let copies = 0;
/** A copy of the module; a realm is what shares a key. */
const load = () => import(`data:text/javascript,${encodeURIComponent(`${source}// ${(copies += 1)}`)}`);
const made = [];
let refuse = false;

beforeEach(() => {
  globalThis.KEY = Symbol('a realm');
  globalThis.location = new URL('https://site.test/repo/');
  globalThis.document = { baseURI: 'https://site.test/repo/page.html' };
  globalThis.trustedTypes = {
    createPolicy(name, rules) {
      if (refuse || made.includes(name)) throw new TypeError('refused');
      made.push(name);
      return { createHTML: (html) => ({ html: rules.createHTML(html) }), createScriptURL: (url) => ({ url: rules.createScriptURL(url) }) };
    },
  };
});
afterEach(() => {
  made.length = 0;
  refuse = false;
  for (const name of ['KEY', 'location', 'document', 'trustedTypes']) delete globalThis[name];
});

test('two copies share one policy, which is made when it is first needed', async () => {
  const [one, other] = [await load(), await load()];
  assert.notEqual(one, other);
  assert.deepEqual(made, []);
  assert.deepEqual(one.trustedScriptUrl('worker.js?v=1'), { url: 'https://site.test/repo/worker.js?v=1' });
  assert.deepEqual(other.trustedHtml('<p>'), { html: '<p>' });
  assert.deepEqual(made, ['answerlet']);
});

test('no script of another origin, and none that a string holds', async () => {
  const { trustedScriptUrl } = await load();
  for (const url of ['https://elsewhere.test/worker.js', '//elsewhere.test/worker.js', 'http://site.test/worker.js', 'data:text/javascript,1', 'blob:https://site.test/1', 'javascript:1']) {
    assert.throws(() => trustedScriptUrl(url), TypeError, url);
  }
});

test('bare strings where there are no Trusted Types, and where the page refuses the policy', async () => {
  refuse = true;
  const refused = await load();
  assert.equal(refused.trustedScriptUrl('worker.js'), 'worker.js');
  globalThis.KEY = Symbol('another realm');
  delete globalThis.trustedTypes;
  const none = await load();
  assert.equal(none.trustedHtml('<p>'), '<p>');
  assert.equal(none.trustedScriptUrl('https://elsewhere.test/worker.js'), 'https://elsewhere.test/worker.js');
});
