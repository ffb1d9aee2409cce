import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  // Vite's dev server would move their scripts away from the files that they name.
  optimizeDeps: { exclude: ['answerlet', 'answerlet-model-minilm-en'] },
});
