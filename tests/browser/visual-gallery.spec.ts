// Every component in every state looks as it does in docs/screens. The gallery is in a bundle of its own and needs no till.

import { join } from 'node:path';

import { drawnPlainly, expect, holdStill, test, TOLERANCE } from './support';

const BUNDLE = process.env['DOCKET_GALLERY'] ?? join(import.meta.dirname, '..', '..', 'target', 'gallery');
/** Answered from the bundle's files; nothing listens there. */
const ADDRESS = 'http://gallery.localhost/';

test.use({ ...drawnPlainly, viewport: { width: 1500, height: 900 } });

for (const theme of ['light', 'dark', 'contrast']) {
  test(`no component looks other than it did, ${theme}`, async ({ context, page }) => {
    await holdStill(context);
    await context.route(`${ADDRESS}**`, async (route) => {
      const path = new URL(route.request().url()).pathname;
      if (path.startsWith('/api/')) await route.abort();
      else await route.fulfill({ path: join(BUNDLE, path === '/' ? 'index.html' : path) });
    });
    await page.goto(`${ADDRESS}#/gallery`);
    await page.getByTestId(`gallery-${theme}`).click();
    await page.mouse.move(0, 0);
    // As high as all that it holds, so that one picture has it.
    const height = await page.locator('main').evaluate((main) => main.scrollHeight);
    await page.setViewportSize({ width: 1500, height });
    await page.evaluate(() => document.fonts.ready);
    await expect(page).toHaveScreenshot(`gallery-${theme}.png`, TOLERANCE);
  });
}
