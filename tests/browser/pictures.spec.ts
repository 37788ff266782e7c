// The kept pictures can go red, and docs/SCREENS.md shows them.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Page } from '@playwright/test';

import { drawnPlainly, expect, holdStill, prepareOrder, test, TOLERANCE } from './support';

const DOCS = join(import.meta.dirname, '..', '..', 'docs');

test.use(drawnPlainly);

async function differs(page: Page): Promise<boolean> {
  try {
    await expect(page).toHaveScreenshot('till-cart-light.png', { ...TOLERANCE, timeout: 5_000 });
    return false;
  } catch {
    return true;
  }
}

/** What a slip in a style does, and what takes it back. */
const SLIPS: readonly (readonly [name: string, property: string, value: string, testid: string | null])[] = [
  ['a colour that is a shade off', '--accent', '#0c6550', null],
  ['a line that is a shade off', '--line', '#c9c3b6', null],
  ['a button that moved by 4 px', 'translate', '4px', 'send'],
  ['a price that moved by 4 px', 'translate', '0 4px', 'total'],
  ['letters that are a little smaller', '--text-s', '0.78rem', null],
];

test('a slip in a colour, a place or a size is found', async ({ context, signedIn }, { config }) => {
  // A run that draws the pictures anew would keep the slips.
  expect(config.updateSnapshots).toBe('none');
  await holdStill(context);
  const screen = await signedIn('manager');
  await prepareOrder(screen);
  expect(await differs(screen.page), 'as it is').toBe(false);
  for (const [name, property, value, testid] of SLIPS) {
    const part = testid === null ? screen.page.locator('html') : screen.id(testid);
    const set = (to: string) => part.evaluate((element, [key = '', text = '']) => (element as HTMLElement).style.setProperty(key, text), [property, to]);
    await set(value);
    expect.soft(await differs(screen.page), name).toBe(true);
    await set('');
  }
  expect(await differs(screen.page), 'as it was').toBe(false);
});

test('docs/SCREENS.md shows each screen and dialog, and only pictures that are there', async () => {
  const kept = await readdir(join(DOCS, 'screens'));
  const pages = await Promise.all(['SCREENS.md', '../README.md'].map((name) => readFile(join(DOCS, name), 'utf8')));
  const shown = pages.flatMap((text) => [...text.matchAll(/\]\((?:docs\/)?screens\/([^)]+)\)/g)].map(([, file = '']) => file));
  expect(shown.filter((file) => !kept.includes(file))).toEqual([]);
  expect(kept.filter((file) => file.endsWith('-light.png') && !shown.includes(file))).toEqual([]);
});
