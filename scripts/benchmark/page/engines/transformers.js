/** transformers.js's pipeline with its own ONNX Runtime, in the build that it takes by default. */
export async function open({ model, dtype, file }) {
  const { env, pipeline } = await import('/transformers.js/transformers.min.js');
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = '/models/';
  const runtime = '/transformers.js-onnxruntime-web/ort-wasm-simd-threaded.asyncify';
  env.backends.onnx.wasm.wasmPaths = { mjs: `${runtime}.mjs`, wasm: `${runtime}.wasm` };
  env.backends.onnx.wasm.numThreads = 1;
  const reader = await pipeline('question-answering', model, {
    device: 'wasm',
    dtype,
    model_file_name: file,
    session_options: { graphOptimizationLevel: 'all' },
  });

  return {
    ask: async ({ question, context }) => (await reader(question, context)).answer,
    tokens: async ({ question, context }) => reader.tokenizer(question, { text_pair: context }).input_ids.dims[1],
  };
}
