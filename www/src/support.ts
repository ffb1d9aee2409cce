/** The builds of the engine: with the SIMD that every current browser has, and with relaxed SIMD. */
export type Variant = 'simd128' | 'relaxed';

// (func (result v128) …): each validates only where its instructions are there.
const module = (...body: number[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, body.length + 4, 1, body.length + 2, 0, ...body, 11]);
const ZERO = [65, 0, 253, 15]; // i32.const 0  i8x16.splat
const SIMD = [...ZERO, 253, 98]; // i8x16.popcnt
const RELAXED = [
  ...[...ZERO, ...ZERO, ...ZERO, 253, 0x93, 2], // i32x4.relaxed_dot_i8x16_i7x16_add_s
  ...[...ZERO, ...ZERO, 253, 0x85, 2], // f32x4.relaxed_madd
];

const answers = new Map<number[], boolean>();

/** Whether this platform validates WebAssembly of these instructions. Asked once, then remembered. */
function has(body: number[]): boolean {
  const known = answers.get(body);
  if (known !== undefined) return known;
  const answer = typeof WebAssembly === 'object' && WebAssembly.validate(module(...body));
  answers.set(body, answer);
  return answer;
}

/** The best variant that runs here, of those that there are. */
export function bestVariant(available: { relaxed?: unknown }): Variant {
  return available.relaxed !== undefined && has(RELAXED) ? 'relaxed' : 'simd128';
}

/** Whether a reader can be loaded here: SIMD, workers and streams. */
export function isSupported(): boolean {
  return typeof Worker === 'function' && typeof ReadableStream === 'function' && has(SIMD);
}
