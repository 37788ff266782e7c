// Playwright's test with a till under it. What a page throws, or what its security policy refuses, fails the test.

import { test as base, type BrowserContext } from '@playwright/test';

import type { Line } from './line';
import { Screen } from './screen';
import { Till, type Role } from './till';

interface Parts {
  /** A store in a folder of its own; not serving yet. */
  till: Till;
  /** Opens one more window of the till that is serving, by a line of its own if one is given. */
  open: (line?: Line) => Promise<Screen>;
  /** A till that serves the demo shop. */
  demo: Till;
  /** A window of the demo shop with someone signed in. */
  signedIn: (role: Role, hash?: string) => Promise<Screen>;
}

export const test = base.extend<Parts>({
  till: async ({}, use) => {
    const till = await Till.make();
    await use(till);
    await till.remove();
  },
  open: async ({ context, till }, use) => {
    const faults: string[] = [];
    watch(context, faults);
    let entered = false;
    await use(async (line) => {
      const page = await context.newPage();
      // The printed address is good for one window; the others come in by its cookie.
      const address = entered ? new URL('/', till.ready.url).href : till.ready.url;
      await page.goto(line ? line.by(address) : address);
      entered = true;
      return new Screen(page);
    });
    base.expect(faults, 'faults of the page').toEqual([]);
  },
  demo: async ({ till }, use) => {
    await till.serve({ demo: true });
    await use(till);
  },
  signedIn: async ({ demo, open }, use) => {
    await use(async (role, hash = '#/') => {
      const screen = await open();
      await screen.goto(hash);
      await screen.signIn(demo.pinOf(role));
      return screen;
    });
  },
});

export { expect } from '@playwright/test';

function watch(context: BrowserContext, faults: string[]): void {
  context.on('weberror', (error) => faults.push(String(error.error())));
  context.on('console', (message) => {
    // A refused command is a failed request to the browser; only what the page itself did wrong counts.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) faults.push(message.text());
  });
}
