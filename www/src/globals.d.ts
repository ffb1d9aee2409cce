/** Put in by the build: the package's version. */
declare const ANSWERLET_VERSION: string;
/** Put in by the build: the sizes of the WebAssembly files that it made. */
declare const ANSWERLET_WASM_BYTES: { simd128?: number; relaxed?: number };
