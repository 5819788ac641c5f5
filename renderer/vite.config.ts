// Builds the page to out/renderer, or with `--mode preview` the dev-only preview of every screen state to out/preview.
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig(({ mode }) => {
  const isPreview = mode === 'preview';
  return {
    root: at(isPreview ? './preview/' : './'),
    base: './',
    cacheDir: at('../node_modules/.cache/vite'),
    plugins: [react()],
    build: {
      outDir: at(isPreview ? '../out/preview' : '../out/renderer'),
      emptyOutDir: true,
      // The oldest Chromium that runs the page: the one of the Electron test vehicle.
      target: 'chrome108',
      cssTarget: 'chrome108',
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      chunkSizeWarningLimit: 1600,
    },
    server: { host: '127.0.0.1' },
    preview: { host: '127.0.0.1' },
  };
});
