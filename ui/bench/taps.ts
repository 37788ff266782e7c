// U2: from a tap on a product to the paint that shows it, in the till's window and in a bare one.

import { ask, awake, folder, until, type Samples } from './ask';
import { Display } from './display';
import type { Driven, Point } from './driver';
import { countTiles, openBare, openTill, outOfStep, pinOf, plainTiles, signIn } from './windows';

/** Taps of a turn, then the next order begins and it is the other side's turn. */
const TURN = 6;

interface Tap {
  readonly us: number;
  /** Whether the page had changed before it was painted. */
  readonly shown: boolean;
}

interface Watched {
  taps: Tap[];
}

/** Notes for each tap when the frame after it was painted: its second animation frame begins once the first is done. */
export function watchTaps(): void {
  const watched: Watched = { taps: [] };
  Object.assign(globalThis, { watched });
  document.addEventListener('click', (event) => {
    let shown = false;
    const change = new MutationObserver(() => (shown = true));
    change.observe(document.body, { childList: true, subtree: true, characterData: true });
    requestAnimationFrame(() => {
      change.disconnect();
      requestAnimationFrame(() => watched.taps.push({ us: Math.round((performance.now() - event.timeStamp) * 1_000), shown }));
    });
  }, { capture: true });
}

/** Taps a point and waits until the page has noted it. */
export async function measured(driven: Driven, point: Point): Promise<Tap> {
  await outOfStep();
  await driven.run(() => void (globalThis as unknown as { watched: Watched }).watched.taps.splice(0));
  await driven.tap(point);
  return until('the paint', () => driven.run(() => (globalThis as unknown as { watched: Watched }).watched.taps[0]));
}

/** A turn of taps on the bare page's tiles. */
export async function bareTurn(driven: Driven, places: readonly Point[]): Promise<number[]> {
  const taken = [];
  for (const place of places) taken.push(counted(await measured(driven, place)));
  await driven.run(() => globalThis.bare.next());
  return taken;
}

export function counted({ us, shown }: Tap): number {
  if (!shown) throw new Error('a tap was painted before the page showed anything of it');
  return us;
}

/** Places of the bare page's first tiles. */
export async function barePlaces(driven: Driven, count: number): Promise<Point[]> {
  await driven.run(watchTaps);
  return Promise.all(Array.from({ length: count }, (_, index) => driven.middle(`#tiles button:nth-child(${String(index + 1)})`)));
}

export async function taps(): Promise<Samples> {
  const display = await Display.open();
  const open: Driven[] = [];
  try {
    const till = await openTill(display, folder(0));
    open.push(till);
    await till.window('');
    await signIn(till, pinOf('cashier'));
    const names = (await plainTiles(till)).slice(0, TURN);
    const bare = await openBare(display, await countTiles(till));
    open.push(bare);
    await till.run(watchTaps);
    const places: Point[] = [];
    for (const name of names) places.push(await till.middle('[data-testid=tile]', name));
    const bareTiles = await barePlaces(bare, TURN);
    await tillTurn(till, places);
    await bareTurn(bare, bareTiles);
    const samples = { ours: [] as number[], anchor: [] as number[] };
    while (samples.ours.length < ask.samples) {
      samples.ours.push(...(await awake(() => tillTurn(till, places))));
      samples.anchor.push(...(await awake(() => bareTurn(bare, bareTiles))));
    }
    return samples;
  } finally {
    for (const driven of open) await driven.end();
    display.close();
  }
}

async function tillTurn(till: Driven, places: readonly Point[]): Promise<number[]> {
  const taken = [];
  for (const [index, place] of places.entries()) {
    taken.push(counted(await measured(till, place)));
    await until(`line ${String(index + 1)}`, async () => (await till.run(() => document.querySelectorAll('[data-testid=cart-line]').length)) === index + 1);
  }
  await till.tap(await till.middle('[data-testid=new-order]'));
  await until('an empty cart', async () => (await till.run(() => document.querySelectorAll('[data-testid=cart-line]').length)) === 0);
  return taken;
}
