/** The benchmark's own WebAssembly (../../crate): our encoder, plain candle, the peaks and the kernels. */
export async function open({ variant, encoder, folder, precision }) {
  const wasm = await import(`/wasm/${variant}/benchmark.js`);
  await wasm.default({ module_or_path: `/wasm/${variant}/benchmark_bg.wasm` });

  let model;
  if (encoder) {
    const fetched = (name) => fetch(`${folder}${name}`).then(async (response) => new Uint8Array(await response.arrayBuffer()));
    const [config, tokenizer, weights] = await Promise.all(['config.json', 'tokenizer.json', 'model.safetensors'].map(fetched));
    model = encoder === 'candle' ? new wasm.CandleEncoder(config, weights) : new wasm.AnswerletEncoder(config, tokenizer, weights, precision);
  }

  return {
    encode(ids, types) {
      const logits = model.logits(ids, types);
      return { start: logits.subarray(0, ids.length), end: logits.subarray(ids.length) };
    },
    /** Gop/s of one instruction, of each shape of the loop; empty where this build lacks it. */
    peak({ instruction, milliseconds }) {
      const rates = [];
      for (let shape = 0; shape < wasm.peak_shapes(); shape += 1) {
        const operations = wasm.peak_operations(instruction, shape);
        if (operations === 0) return [];
        // Twice as many steps until they take long enough; what was timed last is warm.
        for (let steps = 1 << 16; ; steps *= 2) {
          const began = performance.now();
          wasm.peak_run(instruction, shape, steps);
          const took = performance.now() - began;
          if (took < milliseconds && steps < 2 ** 30) continue;
          rates.push((operations * steps) / took / 1e6);
          break;
        }
      }
      return rates;
    },
    /** Gop/s of one matrix product. */
    gemm({ precision, rows, inner, out, milliseconds }) {
      const product = new wasm.Gemm(precision, rows, inner, out);
      try {
        for (let repeats = 1; ; repeats *= 2) {
          const began = performance.now();
          product.run(repeats);
          const took = performance.now() - began;
          if (took >= milliseconds) return (2 * rows * inner * out * repeats) / took / 1e6;
        }
      } finally {
        product.free();
      }
    },
  };
}
