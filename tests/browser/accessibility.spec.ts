// Axe finds nothing on any screen or in any dialog, by day and by night.

import AxeBuilder from '@axe-core/playwright';

import { expect, test, WALKS, type Look } from './support';

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [place, walk] of Object.entries(WALKS)) {
    test(`axe finds nothing at ${place}, ${colorScheme}`, async ({ till, open }) => {
      const look: Look = async (stop, page) => {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        const { violations } = await new AxeBuilder({ page }).analyze();
        const found = violations.map(({ id, nodes }) => ({ id, at: nodes.map((node) => node.html) }));
        expect.soft(found, stop).toEqual([]);
      };
      await walk({ till, open, look });
    });
  }
}
