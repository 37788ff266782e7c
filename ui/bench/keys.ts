// U4: from a key in the search over a long catalogue to the paint of what it found; the anchor is U2's, a tap on the
// bare page.

import { ask, awake, folder, until, type Samples } from './ask';
import { Display } from './display';
import type { Driven } from './driver';
import { barePlaces, bareTurn } from './taps';
import { countTiles, openBare, openTill, outOfStep, pinOf, signIn } from './windows';

/** Typed letter by letter, in turns with the bare page. */
const WORDS = ['espres', 'mango', 'lemon', 'curry', 'sorbet', 'kyoto', 'truffl', 'salad'];
const BACKSPACE = '\uE003';
const TURN = 6;

interface Key {
  us: number;
  /** Nothing more has changed for a while. */
  settled: boolean;
}

/** Notes for each key when the last change that it led to was painted. */
function watchKeys(): void {
  const QUIET_MS = 150;
  const note: { key: Key | null } = { key: null };
  Object.assign(globalThis, { note });
  document.addEventListener('keydown', (event) => {
    const key: Key = { us: 0, settled: false };
    note.key = key;
    let timer: ReturnType<typeof setTimeout>;
    const paint = () => requestAnimationFrame(() => requestAnimationFrame(() => {
      key.us = Math.round((performance.now() - event.timeStamp) * 1_000);
    }));
    const change = new MutationObserver(() => {
      paint();
      wait();
    });
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        change.disconnect();
        key.settled = true;
      }, QUIET_MS);
    };
    const shelf = document.querySelector('[data-testid=search]')?.closest('section');
    if (shelf) change.observe(shelf, { childList: true, subtree: true, characterData: true });
    paint();
    wait();
  }, { capture: true });
}

async function press(till: Driven, letter: string): Promise<number> {
  await outOfStep();
  await till.key(letter);
  return until('the paint of a key', () => till.run(() => {
    const { key } = (globalThis as unknown as { note: { key: Key | null } }).note;
    return key !== null && key.settled && key.us > 0 ? key.us : null;
  }));
}

/** Types a word and takes it back. */
async function typed(till: Driven, word: string): Promise<number[]> {
  const taken = [];
  for (const letter of word) taken.push(await press(till, letter));
  const arrived = await till.run(() => document.querySelector<HTMLInputElement>('[data-testid=search]')?.value ?? '');
  if (arrived !== word) throw new Error(`typed '${word}', and '${arrived}' arrived`);
  for (const _ of word) await press(till, BACKSPACE);
  return taken;
}

export async function keys(): Promise<Samples> {
  const display = await Display.open();
  const open: Driven[] = [];
  try {
    const till = await openTill(display, folder(0));
    open.push(till);
    await till.window('');
    await signIn(till, pinOf('cashier'));
    const bare = await openBare(display, await countTiles(till));
    open.push(bare);
    const bareTiles = await barePlaces(bare, TURN);
    await till.tap(await till.middle('[data-testid=search]'));
    await till.run(watchKeys);
    await bareTurn(bare, bareTiles);
    const samples = { ours: [] as number[], anchor: [] as number[] };
    for (let turn = 0; samples.ours.length < ask.samples; turn += 1) {
      const word = WORDS[turn % WORDS.length] ?? '';
      samples.ours.push(...(await awake(() => typed(till, word))));
      samples.anchor.push(...(await awake(() => bareTurn(bare, bareTiles))));
    }
    return samples;
  } finally {
    for (const driven of open) await driven.end();
    display.close();
  }
}
