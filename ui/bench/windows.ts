// The till's window and the bare one, started and brought to where a measurement begins.

import { join } from 'node:path';

import { ask, pause, until, variable, type Pin } from './ask';
import type { Display } from './display';
import { Driven } from './driver';

export const app = (): string => variable('DOCKET_APP');
export const bareWindow = (): string => variable('DOCKET_BARE_WINDOW');

/** The words that open a till's folder. */
export function wordsOf(folder: string): string[] {
  return ['--demo', '--data', join(folder, 'data'), '--witness', join(folder, 'witness')];
}

export function pinOf(role: Pin['role']): Pin {
  const found = ask.pins.find((pin) => pin.role === role);
  if (found === undefined) throw new Error(`the shop has no ${role}`);
  return found;
}

export async function openTill(display: Display, folder: string, more: readonly string[] = []): Promise<Driven> {
  return Driven.start(display, app(), [...wordsOf(folder), ...more]);
}

export async function openBare(display: Display, tiles: number): Promise<Driven> {
  const driven = await Driven.start(display, bareWindow(), []);
  await driven.window('');
  await until('the bare page', () => driven.run(() => 'bare' in globalThis));
  await driven.run((count) => globalThis.bare.show(count), tiles);
  return driven;
}

/** Signs someone in by taps. */
export async function signIn(driven: Driven, { name, pin }: Pin): Promise<void> {
  await driven.tap(await driven.middle('[data-testid=person]', name));
  for (const digit of pin) await driven.tap(await driven.middle(`[data-testid=key-${digit}]`));
  await driven.tap(await driven.middle('[data-testid=pin-enter]'));
  await driven.middle('[data-testid=person-name]', name);
}

/** Names of products in sight that ask nothing, in the order of their tiles. */
export function plainTiles(driven: Driven): Promise<string[]> {
  return until('products', async () => {
    const names = await driven.run(() =>
      [...document.querySelectorAll('[data-testid=tile]')]
        .filter((tile) => tile.getBoundingClientRect().bottom < innerHeight && !(tile.querySelector('.price')?.textContent ?? '').includes('…'))
        .map((tile) => tile.querySelector('.name')?.textContent ?? ''));
    return names.length > 0 ? names : null;
  });
}

/** How many tiles are drawn, once no more come. */
export function countTiles(driven: Driven): Promise<number> {
  let before = 0;
  return until('tiles', async () => {
    const now = await driven.run(() => document.querySelectorAll('[data-testid=tile]').length);
    const settled = now > 0 && now === before;
    before = now;
    return settled ? now : null;
  });
}

/** Another phase of the screen's frames for each sample. */
export const outOfStep = (): Promise<void> => pause(20 + Math.random() * 40);
