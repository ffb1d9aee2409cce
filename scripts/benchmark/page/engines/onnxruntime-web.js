/** ONNX Runtime Web by itself: one thread, full graph optimisation. */
export async function open({ url }) {
  const ort = await import('/onnxruntime-web/ort.wasm.min.mjs');
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = '/onnxruntime-web/';
  const session = await ort.InferenceSession.create(url, { executionProviders: ['wasm'], graphOptimizationLevel: 'all' });

  return {
    async encode(ids, types) {
      const shape = [1, ids.length];
      const tensor = (values) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), shape);
      const feeds = { input_ids: tensor(ids), attention_mask: new ort.Tensor('int64', new BigInt64Array(ids.length).fill(1n), shape) };
      if (session.inputNames.includes('token_type_ids')) feeds.token_type_ids = tensor(types);
      const { start_logits, end_logits } = await session.run(feeds);
      return { start: start_logits.data, end: end_logits.data };
    },
  };
}
