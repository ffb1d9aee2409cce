// What is compared: models, engines, and how much work a window is.

/** Shapes of the encoders, for counting operations. */
export const MODELS = {
  'minilm-l6': { layers: 6, width: 384, inner: 1536 },
  'distilbert-base': { layers: 6, width: 768, inner: 3072 },
};

export const TOKENS = [64, 128, 256, 384];

/** Rows, depth and columns of the matrix products that are measured by themselves: 240 tokens of the two models' layers. */
export const GEMMS = [[240, 384, 1536], [240, 1536, 384], [240, 768, 3072]];

/** Operations of one window: 2 a multiply-add, of all matrix products, those of attention and the span head included. */
export function operations(model, tokens) {
  const { layers, width, inner } = MODELS[model];
  const projections = 4 * tokens * width * width;
  const feedForward = 2 * tokens * width * inner;
  const attention = 2 * tokens * tokens * width;
  return 2 * (layers * (projections + feedForward + attention) + 2 * tokens * width);
}

/** The instruction that bounds an engine. */
export const PEAK_OF = {
  'int8 relaxed': 'i8_relaxed_dot',
  'int8 simd128': 'i16_dot',
  'f32 relaxed': 'f32_relaxed_madd',
  'f32 simd128': 'f32_mul_add',
};

/** ONNX Runtime's wasm holds no relaxed instruction, nor does candle's code. */
export const peakOf = ({ variant, precision }) => PEAK_OF[`${precision} ${variant === 'relaxed' ? 'relaxed' : 'simd128'}`];

/** The build that each instruction's loop is taken from. */
export const PEAKS = {
  f32_mul_add: 'simd128',
  i16_dot: 'simd128',
  f32_relaxed_madd: 'relaxed',
  i8_relaxed_dot: 'relaxed',
};

const PRECISIONS = ['int8', 'f32'];

/** The folder of the weights that Answerlet reads, as the server has it. */
export const folderOf = (model, precision) => (precision === 'int8' ? `/int8/${model}/` : `/models/${model}/`);

const onnx = (model, file) => `/models/${model}/onnx/${file}.onnx`;

/** Both ways that ONNX Runtime's quantiser writes weights; the faster one counts. */
export const QUANTISED = ['qint8', 'quint8'];

export const ortEncoder = (model, precision, quantised) => ({
  key: precision === 'int8' ? `ort-${quantised}` : 'ort-f32',
  row: { engine: 'onnxruntime-web', variant: precision === 'int8' ? quantised : null, precision },
  open: ['onnxruntime-web', { url: onnx(model, precision === 'int8' ? `${quantised}_quantized` : 'model') }],
});

export const ourEncoder = (model, precision, variant) => ({
  key: `answerlet-${precision}-${variant}`,
  row: { engine: 'answerlet', variant, precision },
  open: ['benchmark', { variant, encoder: 'answerlet', folder: folderOf(model, precision), precision }],
});

export const candleEncoder = (model) => ({
  key: 'candle',
  row: { engine: 'candle', variant: 'simd128', precision: 'f32' },
  open: ['benchmark', { variant: 'simd128', encoder: 'candle', folder: folderOf(model, 'f32') }],
});

/** Encoders from ids to logits, in the order of a round. */
export function encoders(model, { quick, quantised, variants }) {
  const ours = (precision) => variants.map((variant) => ourEncoder(model, precision, variant));
  const int8 = [...ours('int8'), ortEncoder(model, 'int8', quantised)];
  return quick ? int8 : [...int8, ...ours('f32'), ortEncoder(model, 'f32'), candleEncoder(model)];
}

/** Readers from a question to an answer. */
export function readers(model, { quantised, variants }) {
  const ours = PRECISIONS.flatMap((precision) =>
    variants.map((variant) => ({
      key: `package-${precision}-${variant}`,
      row: { engine: 'answerlet', variant, precision },
      open: ['package', { model: folderOf(model, precision), precision, variant }],
    })),
  );
  const theirs = PRECISIONS.map((precision) => ({
    key: `transformers.js-${precision}`,
    row: { engine: 'transformers.js', variant: precision === 'int8' ? quantised : null, precision },
    open: ['transformers', { model, ...(precision === 'int8' ? { dtype: 'q8', file: quantised } : { dtype: 'fp32', file: 'model' }) }],
  }));
  // Alternating, so that what is compared is measured side by side.
  return [...ours.slice(0, variants.length), theirs[0], ...ours.slice(variants.length), theirs[1]];
}
