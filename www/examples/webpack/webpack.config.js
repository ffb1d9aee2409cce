import path from 'node:path';

// Nothing in it is for answerlet.
export default {
  mode: 'production',
  entry: './main.js',
  output: { path: path.resolve('dist'), filename: 'main.js' },
};
