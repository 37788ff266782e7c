// Each screen and dialog looks as it does in docs/screens. `cargo xtask screens` draws these pictures anew.

import type { Page } from '@playwright/test';

import { drawnPlainly, expect, holdStill, MAIN, MORE, test, TOLERANCE, USUAL, WALKS, type Frame, type Look } from './support';

test.use(drawnPlainly);

async function draw(page: Page, stop: string, frame: Frame): Promise<void> {
  await page.setViewportSize({ width: frame.width, height: frame.height });
  await page.emulateMedia({ colorScheme: frame.colorScheme ?? 'light', contrast: frame.contrast ?? 'no-preference' });
  await expect(page.locator('html')).toHaveAttribute('data-theme', frame.contrast ? 'contrast' : frame.colorScheme ?? 'light');
  // A raw event is another one in every run: ids and hashes.
  await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = false)));
  await page.evaluate(() => document.fonts.ready);
  // What the status line says comes a moment after the screen.
  if (await page.getByTestId('status-bar').count()) {
    for (const part of ['status-events', 'feed-health']) await expect(page.getByTestId(part)).not.toBeEmpty();
  }
  const name = `${stop}-${frame.name}.png`;
  // What lies behind a dialog is in the picture of its screen.
  const dialog = page.getByRole('dialog').last();
  const alone = (await dialog.count()) > 0;
  // A PIN that the screen made is another one in every run.
  const mask = [page.getByTestId('setup-made-pin')];
  await expect.soft(alone ? dialog : page).toHaveScreenshot(name, { ...TOLERANCE, mask, maskColor: '#8a8478' });
}

for (const [place, walk] of Object.entries(WALKS)) {
  test(`nothing looks other than it did at ${place}`, async ({ context, till, open }) => {
    await holdStill(context);
    const look: Look = async (stop, page) => {
      for (const frame of MAIN.includes(stop) ? [USUAL, ...MORE] : [USUAL]) await draw(page, stop, frame);
      await page.setViewportSize({ width: USUAL.width, height: USUAL.height });
    };
    await walk({ till, open, look });
  });
}

for (const language of ['ar', 'ja']) {
  test.describe(language, () => {
    test.use({ locale: language });
    for (const [place, walk] of Object.entries(WALKS)) {
      test(`nothing looks other than it did at ${place}, ${language}`, async ({ context, till, open }) => {
        await holdStill(context);
        const look: Look = async (stop, page) => {
          if (MAIN.includes(stop)) await draw(page, stop, { ...USUAL, name: language });
        };
        await walk({ till, open, look });
      });
    }
  });
}
