// A picture of every screen and dialog, for people to look at; they lie under target/screenshots.

import { join } from 'node:path';

import { expect, test, WALKS, type Look } from './support';

const FOLDER = join(import.meta.dirname, '..', '..', 'target', 'screenshots');
const SIZES = [
  { width: 1280, height: 800 },
  { width: 1024, height: 600 },
] as const;

for (const viewport of SIZES) {
  const size = `${String(viewport.width)}x${String(viewport.height)}`;
  test.describe(size, () => {
    test.use({ viewport });
    for (const [place, walk] of Object.entries(WALKS)) {
      test(`nothing is cut off at ${place}, ${size}`, async ({ till, open }) => {
        const look: Look = async (stop, page) => {
          await page.emulateMedia({ reducedMotion: 'reduce' });
          await page.screenshot({ path: join(FOLDER, size, `${stop}.png`), animations: 'disabled' });
          const overflow = await page.evaluate(() => {
            const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
            return { across: scrollWidth - clientWidth, down: scrollHeight - clientHeight };
          });
          expect.soft(overflow, `${stop} must not scroll as a page`).toEqual({ across: 0, down: 0 });
        };
        await walk({ till, open, look });
      });
    }
  });
}
