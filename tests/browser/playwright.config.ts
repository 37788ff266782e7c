// Chromium on the real till. Every test starts a till of its own, so tests run side by side and leave nothing behind.

import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  outputDir: '../../target/browser-results',
  // A picture that is not there is a fault; `cargo xtask screens` draws them all anew.
  snapshotPathTemplate: '{testDir}/../../docs/screens/{arg}{ext}',
  updateSnapshots: 'none',
  globalTeardown: './support/pack.ts',
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  workers: 2,
  timeout: 240_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    actionTimeout: 30_000,
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['DOCKET_CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-background-networking'],
    },
  },
});
