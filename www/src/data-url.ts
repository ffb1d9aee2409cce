/**
 * What a `data:` URL holds; throws where it can't be read. Bundlers put small files into one, and a content security policy that is
 * strict lets no `fetch` read it.
 */
export function bytesOfDataUrl(url: string): Uint8Array<ArrayBuffer> {
  const [head = '', ...body] = url.split(',');
  const data = decodeURIComponent(body.join(','));
  return /;base64$/i.test(head) ? Uint8Array.from(atob(data), (byte) => byte.charCodeAt(0)) : new TextEncoder().encode(data);
}
