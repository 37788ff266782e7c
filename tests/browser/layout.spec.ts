// Nothing is cut off and nothing scrolls sideways, on any screen or in any dialog: small, upright, huge, and with text at
// twice its size. What was seen lies under target/screenshots, for people to look at.

import { join } from 'node:path';

import type { Page } from '@playwright/test';

import { expect, test, WALKS, type Look } from './support';

const FOLDER = join(import.meta.dirname, '..', '..', 'target', 'screenshots');

interface Shape {
  readonly width: number;
  readonly height: number;
  readonly textPercent?: number;
}

const SHAPES: readonly Shape[] = [
  { width: 1024, height: 600 },
  { width: 768, height: 1024 },
  { width: 3840, height: 2160 },
  { width: 1366, height: 768, textPercent: 200 },
];
const USUAL: Shape = { width: 1280, height: 800 };

async function take(page: Page, { width, height, textPercent = 100 }: Shape): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.evaluate((percent) => {
    document.documentElement.style.fontSize = percent === 100 ? '' : `calc(var(--root-size) * ${String(percent / 100)})`;
    // Two frames: one for the style, one for what measures it.
    return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  }, textPercent);
}

/** What a person could not reach or read: in the page, since what it measures is there. */
function cutOff(): string[] {
  const root = document.documentElement;
  const found: string[] = [];
  if (root.scrollWidth > root.clientWidth || root.scrollHeight > root.clientHeight) found.push('the page scrolls as a whole');
  const name = (element: Element) => element.getAttribute('data-testid') ?? (element.textContent.trim().slice(0, 40) || element.className);
  // In front: a dialog, where there is one.
  const front = [...document.querySelectorAll('[role="dialog"]')].at(-1) ?? document.body;
  for (const element of front.querySelectorAll<HTMLElement>('button, a[href], input, select, textarea, summary')) {
    const box = element.getBoundingClientRect();
    if (box.width < 2 || box.height < 2 || getComputedStyle(element).visibility === 'hidden') continue;
    let [scrollsDown, scrollsAcross] = [false, false];
    for (let above = element.parentElement; above; above = above.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(above);
      scrollsDown ||= /auto|scroll/.test(overflowY) && above.scrollHeight > above.clientHeight;
      scrollsAcross ||= /auto|scroll/.test(overflowX) && above.scrollWidth > above.clientWidth;
    }
    // A ticket that goes on in the next column is reached by the keys for pages.
    if (element.closest('article') !== null) continue;
    if (!scrollsAcross && (box.left < -1 || box.right > root.clientWidth + 1)) found.push(`${name(element)} lies beside the screen`);
    if (!scrollsDown && (box.top < -1 || box.bottom > root.clientHeight + 1)) found.push(`${name(element)} lies below the screen`);
    if (element.matches('button, a') && element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0) found.push(`${name(element)} is wider inside than outside`);
  }
  return found;
}

for (const [place, walk] of Object.entries(WALKS)) {
  test(`nothing is cut off at ${place}`, async ({ till, open }) => {
    // Each stop is looked at several times.
    test.slow();
    const look: Look = async (stop, page) => {
      await page.emulateMedia({ reducedMotion: 'reduce' });
      for (const shape of SHAPES) {
        await take(page, shape);
        const name = `${String(shape.width)}x${String(shape.height)}${shape.textPercent ? `-${String(shape.textPercent)}` : ''}`;
        await page.screenshot({ path: join(FOLDER, name, `${stop}.png`), animations: 'disabled' });
        expect.soft(await page.evaluate(cutOff), `${stop}, ${name}`).toEqual([]);
      }
      await take(page, USUAL);
    };
    await walk({ till, open, look });
  });
}
