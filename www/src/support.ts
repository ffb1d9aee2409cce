// (func (result v128) i32.const 0  i8x16.splat  i8x16.popcnt): validates only where SIMD is there.
const SIMD = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];

let simd: boolean | undefined;

/** Whether this platform validates WebAssembly with 128-bit SIMD. Asked once, then remembered. */
export function hasSimd(): boolean {
  return (simd ??= typeof WebAssembly === 'object' && WebAssembly.validate(new Uint8Array(SIMD)));
}

/** Whether a reader can be loaded here: SIMD, workers and streams. */
export function isSupported(): boolean {
  return typeof Worker === 'function' && typeof ReadableStream === 'function' && hasSimd();
}
