import { defineConfig } from 'vite';

// The page is served at / and everything else of it under /console/. Relative
// addresses keep it working behind a proxy that adds a path.
export default defineConfig({
  base: './',
  build: {
    assetsDir: 'console',
    chunkSizeWarningLimit: 4096, // kB: the editor is one chunk
    license: { fileName: 'console/licenses.md' },
    reportCompressedSize: false,
    rolldownOptions: {
      onwarn(warning, warn) {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') {
          warn(warning); // "use client" means nothing here
        }
      },
    },
    target: 'es2022',
  },
});
