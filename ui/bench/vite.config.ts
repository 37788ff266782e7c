import { defineConfig } from 'vite';

// Below node_modules, so that Playwright is found from there; `cargo xtask bench` builds and names it.
export default defineConfig({
  publicDir: false,
  build: { ssr: 'bench/main.ts', outDir: 'node_modules/.bench', emptyOutDir: true, target: 'node20', reportCompressedSize: false },
  logLevel: 'warn',
});
