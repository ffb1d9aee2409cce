// The chat element's reference, from its custom-elements.json (the Custom Elements Manifest, schema 1).
import { escape, inline } from './html.mjs';

const ELEMENT = 'answerlet-chat';

const isPublic = ({ privacy, static: isStatic, inheritedFrom }) => (privacy ?? 'public') === 'public' && !isStatic && !inheritedFrom;

const call = ({ name, parameters = [] }) => `${name}(${parameters.map((parameter) => parameter.name + (parameter.optional ? '?' : '')).join(', ')})`;

/** What each list shows of its entries. An unnamed slot is the default one. */
const LISTS = [
  { title: 'Attributes', of: ({ attributes }) => attributes, label: ({ name }) => name },
  { title: 'Properties', of: ({ members }) => members?.filter((member) => member.kind === 'field' && isPublic(member)), label: ({ name }) => name },
  { title: 'Methods', of: ({ members }) => members?.filter((member) => member.kind === 'method' && isPublic(member)), label: call },
  { title: 'Events', of: ({ events }) => events, label: ({ name }) => name },
  { title: 'Slots', short: true, of: ({ slots }) => slots, label: ({ name }) => name || '(default)' },
  { title: 'CSS parts', short: true, of: ({ cssParts }) => cssParts, label: ({ name }) => `::part(${name})` },
  { title: 'CSS custom properties', short: true, of: ({ cssProperties }) => cssProperties, label: ({ name }) => name },
];

function entry(item, label) {
  const type = item.type?.text ?? item.return?.type?.text ?? item.syntax;
  const facts = [
    type && `<code class="type">${escape(type)}</code>`,
    item.default && `<span class="type">default <code>${escape(item.default)}</code></span>`,
    item.readonly && '<span class="type">read-only</span>',
  ].filter(Boolean);
  const words = item.description ?? item.summary ?? '';
  return `<dt><code>${escape(label(item))}</code> ${facts.join(' ')}</dt>\n<dd>${inline(words)}</dd>`;
}

/** @param {object | undefined} manifest undefined where it hasn't been written yet */
export function elementReference(manifest) {
  const declarations = manifest?.modules?.flatMap(({ declarations = [] }) => declarations) ?? [];
  const element = declarations.find(({ tagName }) => tagName === ELEMENT);
  if (!element) return '<p class="note">This build has no <code>custom-elements.json</code>, which this list is made from.</p>';
  const parts = LISTS.map(({ title, short, of, label }) => {
    const items = of(element) ?? [];
    return items.length > 0 && `<h3>${title}</h3>\n<dl class="options${short ? ' short' : ''}">\n${items.map((item) => entry(item, label)).join('\n')}\n</dl>`;
  });
  return parts.filter(Boolean).join('\n');
}
