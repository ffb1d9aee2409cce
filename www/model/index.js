// Bundlers find the files by the very shape of these expressions.
export default {
  config: new URL('./config.json', import.meta.url),
  tokenizer: new URL('./tokenizer.json', import.meta.url),
  weights: new URL('./model.safetensors', import.meta.url),
  manifest: new URL('./answerlet.json', import.meta.url),
};
