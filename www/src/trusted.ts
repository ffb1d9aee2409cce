// Trusted Types: where a page asks for them, a bare string may not become a script's URL or be parsed as HTML. Ours become so here alone.

/** What the page's one policy makes; each is typed as the string that it stands for, since that is what the DOM's types ask for. */
interface Policy {
  createHTML(html: string): string;
  createScriptURL(url: string): string;
}

const POLICY = 'answerlet';
/** Where the realm's policy is kept: a page may forbid a second one of the same name, and two bundles of ours may be on it. */
const KEY = Symbol.for('answerlet.policy');

const NONE: Policy = { createHTML: (html) => html, createScriptURL: (url) => url };

const RULES: Policy = {
  createHTML: (html) => html,
  createScriptURL(url) {
    const { protocol, origin, href } = new URL(url, globalThis.document?.baseURI ?? globalThis.location.href);
    if (/^(blob|data|javascript):$/.test(protocol) || origin !== globalThis.location.origin) {
      throw new TypeError(`answerlet runs scripts of its own origin alone, not ${href}`);
    }
    return href;
  },
};

function policy(): Policy {
  const realm = globalThis as { [KEY]?: Policy; trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } };
  if (realm[KEY]) return realm[KEY];
  let made = NONE;
  try {
    made = realm.trustedTypes?.createPolicy(POLICY, RULES) ?? NONE;
  } catch {
    // The page's `trusted-types` doesn't name us. Where it requires Trusted Types, its default policy or the sink has the last word.
  }
  Object.defineProperty(realm, KEY, { value: made });
  return made;
}

/**
 * A URL for `new Worker` or `serviceWorker.register`: a `TrustedScriptURL` where there are Trusted Types, of the page's own origin
 * (else it throws a `TypeError`), and the string itself elsewhere.
 */
export function trustedScriptUrl(url: string): string {
  return policy().createScriptURL(url);
}

/** HTML for `DOMParser`, whose documents run nothing: a `TrustedHTML` where there are Trusted Types, and the string itself elsewhere. */
export function trustedHtml(html: string): string {
  return policy().createHTML(html);
}
