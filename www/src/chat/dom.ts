/** Where there is no DOM, as in Node, the class can still be defined. */
export const ElementBase: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

type Child = Node | string;

/** An element with attributes and children. Strings become text, never markup. */
export function make<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Record<string, string> = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function makeButton(look: string, part: string, label: string, onClick: () => void): HTMLButtonElement {
  const button = make('button', { type: 'button', part, class: look }, label);
  button.addEventListener('click', onClick);
  return button;
}

/** A picture of lines, for the eye only. */
export function icon(path: string): SVGSVGElement {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(namespace, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

/** The address, in full. */
export function urlOf(url: string | URL): URL | undefined {
  try {
    return new URL(url, document.baseURI);
  } catch {
    return undefined;
  }
}

/** The address, if it is one of the web: no other kind becomes a link. */
export function safeUrl(url: string | undefined): URL | undefined {
  const parsed = url === undefined ? undefined : urlOf(url);
  return parsed?.protocol === 'https:' || parsed?.protocol === 'http:' ? parsed : undefined;
}

/** The nearest value of an inherited attribute, out of shadow trees too. */
export function closestAttribute(element: Element, name: string): string | undefined {
  for (let at: Node | null = element; at; at = at instanceof ShadowRoot ? at.host : at.parentNode) {
    if (at instanceof Element && at.hasAttribute(name)) return at.getAttribute(name) ?? undefined;
  }
  return undefined;
}
