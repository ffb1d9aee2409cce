/** Put in by the build: the package's version. */
declare const ANSWERLET_VERSION: string;
/** Put in by the build: the size of the WebAssembly file. */
declare const ANSWERLET_WASM_BYTES: number;
