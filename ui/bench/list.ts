// U3a and U3b: the list of orders over a long past, opened by a tap, and how much of it is in the page.

import type { Page } from 'playwright-core';

import { ask, folder, pause, until, type Samples } from './ask';
import { browse, openBarePage, openScreens, serveBoth, serveScreens } from './till';

const SCREENS = { open: 'a[href="#/orders"]', back: 'a[href="#/"]', row: '[data-testid=order-row]' };
const BARE = { open: '#show', back: '#back', row: '#all .row' };
type Selectors = typeof SCREENS;

/** Screens scrolled through before the nodes are counted for the last time. */
const SCROLLS = 40;
const SCROLL_PX = 4_000;

export async function openings(): Promise<Samples> {
  const till = await serveBoth(folder(0));
  const browser = await browse();
  try {
    const screens = await openScreens(browser, till);
    const bare = await openBarePage(browser, till, screens);
    const samples = { ours: [] as number[], anchor: [] as number[] };
    await opening(screens, SCREENS);
    await opening(bare, BARE);
    for (let count = 0; count < ask.samples; count += 1) {
      samples.ours.push(await opening(screens, SCREENS));
      samples.anchor.push(await opening(bare, BARE));
    }
    return samples;
  } finally {
    await browser.close();
    await till.end();
  }
}

/** Microseconds from the tap until the first rows are painted. */
async function opening(page: Page, { open, back, row }: Selectors): Promise<number> {
  await page.bringToFront();
  await page.evaluate((selector) => {
    const painted = new Promise<number>((resolve) => {
      const begin = (event: Event) => {
        const look = () => {
          if (document.querySelector(selector) === null) return;
          watch.disconnect();
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - event.timeStamp)));
        };
        const watch = new MutationObserver(look);
        watch.observe(document.body, { childList: true, subtree: true });
      };
      document.addEventListener('click', begin, { capture: true, once: true });
    });
    Object.assign(globalThis, { painted });
  }, row);
  await page.locator(open).click();
  const ms = await page.evaluate(() => (globalThis as unknown as { painted: Promise<number> }).painted);
  await page.locator(back).click();
  await until('the list to be closed', async () => (await page.locator(row).count()) === 0);
  await pause(100);
  return Math.round(ms * 1_000);
}

export async function nodes(): Promise<Samples> {
  const till = await serveScreens(folder(0));
  const browser = await browse();
  try {
    const page = await openScreens(browser, till);
    await page.locator(SCREENS.open).click();
    await page.locator(SCREENS.row).first().waitFor();
    const ours: number[] = [await count(page)];
    const list = page.getByTestId('order-list');
    for (let step = 0; step < SCROLLS; step += 1) {
      await list.evaluate((box, px) => box.scrollBy(0, px), SCROLL_PX);
      await pause(60);
      ours.push(await count(page));
    }
    // The most that ever were there.
    return { ours: [Math.max(...ours)], anchor: [] };
  } finally {
    await browser.close();
    await till.end();
  }
}

/** Elements, texts and comments. */
function count(page: Page): Promise<number> {
  return page.evaluate(() => {
    const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
    let found = 1;
    while (walker.nextNode() !== null) found += 1;
    return found;
  });
}
