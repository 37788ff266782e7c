import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

// Any system Chromium serves the component tests; no browser build is downloaded.
const chromium = process.env['DOCKET_CHROMIUM'] ?? '/usr/bin/chromium';
// `npm run dev` shows the screens on a running till: `docket-till serve` on this address.
const till = process.env['DOCKET_TILL_ADDRESS'];

export default defineConfig({
  // Relative, because the bundle is served under a loopback address as well as from inside the desktop program.
  base: './',
  plugins: [svelte()],
  build: {
    target: ['es2022', 'safari16'],
    // The polyfill would be of no use to either host, and the hosts' policy allows no inline script.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: till ? { proxy: { '/api': { target: till, changeOrigin: true, headers: { origin: till } } } } : {},
  // Named, because a dependency found in the midst of a first test run would reload the page under the test.
  optimizeDeps: { include: ['bits-ui', 'axe-core', '@tauri-apps/api/core'] },
  test: {
    include: ['src/**/*.test.ts'],
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      viewport: { width: 1280, height: 800 },
      provider: playwright({
        launchOptions: {
          executablePath: chromium,
          args: ['--no-sandbox', '--disable-background-networking'],
        },
      }),
      instances: [{ browser: 'chromium' }],
    },
  },
});
