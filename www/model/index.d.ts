/** Where this package's files are; made for `Answerlet.load({ model })`. */
declare const model: {
  config: URL;
  tokenizer: URL;
  weights: URL;
  manifest: URL;
};
export default model;
