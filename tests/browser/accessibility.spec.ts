// Axe finds nothing on any screen or in any dialog, by day, by night, and with hard edges.

import AxeBuilder from '@axe-core/playwright';

import { expect, test, WALKS, type Look } from './support';

const THEMES = [
  { name: 'light', media: { colorScheme: 'light', contrast: 'no-preference' } },
  { name: 'dark', media: { colorScheme: 'dark', contrast: 'no-preference' } },
  { name: 'contrast', media: { colorScheme: 'light', contrast: 'more' } },
] as const;
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

for (const [place, walk] of Object.entries(WALKS)) {
  test(`axe finds nothing at ${place}`, async ({ till, open }) => {
    // Each stop is looked at several times.
    test.slow();
    const look: Look = async (stop, page) => {
      for (const { name, media } of THEMES) {
        await page.emulateMedia({ ...media, reducedMotion: 'reduce' });
        await expect(page.locator('html')).toHaveAttribute('data-theme', name);
        const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] });
        // All but colours is the same in every theme.
        if (name !== 'light') axe.withRules(OF_COLOURS);
        const { violations } = await axe.analyze();
        const found = violations.map(({ id, nodes }) => ({ id, at: nodes.map((node) => node.html) }));
        expect.soft(found, `${stop}, ${name}`).toEqual([]);
      }
    };
    await walk({ till, open, look });
  });
}

test('the colours follow the system, and stand before anything is painted', async ({ demo: _till, context, open }) => {
  await context.addInitScript(() => {
    // What <html> says when <body> begins: nothing is painted before.
    new MutationObserver((_, observer) => {
      if (document.body === null) return;
      document.documentElement.dataset['first'] = document.documentElement.dataset['theme'] ?? 'none';
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  });
  const { page } = await open();
  const html = page.locator('html');
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect(html).toHaveAttribute('data-theme', 'dark');
  await page.reload();
  await expect(html).toHaveAttribute('data-first', 'dark');
  await page.emulateMedia({ colorScheme: 'dark', contrast: 'more' });
  await expect(html).toHaveAttribute('data-theme', 'contrast');
  await page.emulateMedia({ colorScheme: 'light', contrast: 'no-preference' });
  await expect(html).toHaveAttribute('data-theme', 'light');
});
