// U1: what the page's main thread does for a tap on a product, by Chromium's own trace.


import type { Browser, Page } from 'playwright-core';

import { ask, folder, pause, until, type Samples } from './ask';
import { browse, openBarePage, openScreens, serveBarePage, serveScreens } from './till';

/** Taps of a turn, each on another product; then it is the other side's turn and the next order's. */
const TURN = 6;
/** The main thread's work in so much time after the tap counts as the tap's. */
const COUNTED_US = 200_000;
const BETWEEN_TAPS_MS = 260;

interface Side {
  readonly page: Page;
  readonly tile: string;
  readonly line: string;
  next(): Promise<void>;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: { data?: { type?: string } };
}

export async function work(): Promise<Samples> {
  const tills = await Promise.all([serveScreens(folder(0)), serveBarePage(folder(1))]);
  const browser = await browse();
  try {
    const screens = await openScreens(browser, tills[0]);
    const bare = await openBarePage(browser, tills[1]);
    const ours: Side = { page: screens, tile: '[data-testid=tile]', line: '[data-testid=cart-line]', next: () => screens.getByTestId('new-order').click() };
    const anchor: Side = { page: bare, tile: '#tiles button', line: '#lines .line', next: () => bare.evaluate(() => globalThis.bare.next()) };
    const counts = await Promise.all([ours, anchor].map(({ page, tile }) => page.locator(tile).count()));
    if (counts[0] !== counts[1]) throw new Error(`not the same number of tiles: ${counts.join(' and ')}`);
    const names = await plain(screens);
    await turn(browser, ours, names);
    await turn(browser, anchor, names);
    const samples = { ours: [] as number[], anchor: [] as number[] };
    while (samples.ours.length < ask.samples) {
      samples.ours.push(...(await turn(browser, ours, names)));
      samples.anchor.push(...(await turn(browser, anchor, names)));
    }
    return samples;
  } finally {
    await browser.close();
    await Promise.all(tills.map((till) => till.end()));
  }
}

/** Products in sight that ask nothing. */
async function plain(screens: Page): Promise<string[]> {
  const names = await screens.locator('[data-testid=tile]:not([aria-pressed])').evaluateAll((tiles) =>
    tiles.filter((tile) => tile.getBoundingClientRect().bottom < innerHeight && !(tile.querySelector('.price')?.textContent ?? '').includes('…'))
      .map((tile) => tile.querySelector('.name')?.textContent ?? ''));
  if (names.length < TURN) throw new Error(`only ${String(names.length)} products in sight ask nothing`);
  return names.slice(0, TURN);
}

/** Microseconds of the main thread for each tap of a turn. */
async function turn(browser: Browser, { page, tile, line, next }: Side, names: readonly string[]): Promise<number[]> {
  await page.bringToFront();
  const places = [];
  for (const name of names) {
    const box = await page.locator(tile).filter({ has: page.getByText(name, { exact: true }) }).first().boundingBox();
    if (box === null) throw new Error(`${name} is not in sight`);
    places.push({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  }
  await browser.startTracing(page, { categories: ['devtools.timeline', 'disabled-by-default-devtools.timeline'] });
  for (const { x, y } of places) {
    await page.mouse.click(x, y);
    await pause(BETWEEN_TAPS_MS);
  }
  const trace = (await browser.stopTracing()).toString();
  await until(`${String(TURN)} lines`, async () => (await page.locator(line).count()) === TURN);
  await next();
  return read(JSON.parse(trace) as { traceEvents: TraceEvent[] });
}

function read({ traceEvents }: { traceEvents: TraceEvent[] }): number[] {
  const presses = traceEvents.filter(({ name, args }) => name === 'EventDispatch' && args?.data?.type === 'mousedown');
  const first = presses[0];
  if (first === undefined || presses.length !== TURN) throw new Error(`the trace has ${String(presses.length)} taps of ${String(TURN)}`);
  const tasks = traceEvents.filter(({ name, ph, pid, tid }) => name === 'RunTask' && ph === 'X' && pid === first.pid && tid === first.tid);
  return presses.map((press) => {
    // The task that dispatches the press began before the press.
    const mine = tasks.filter(({ ts, dur = 0 }) => ts + dur > press.ts && ts < press.ts + COUNTED_US);
    return mine.reduce((sum, { tdur, dur = 0 }) => sum + (tdur ?? dur), 0);
  });
}

