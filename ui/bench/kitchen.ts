// K2: from the tap on Send in the till's window to the paint of the ticket in the kitchen's window beside it; the anchor
// is U2's, a tap on the bare page.

import { ask, awake, folder, until, type Samples } from './ask';
import { Display } from './display';
import type { Driven } from './driver';
import { barePlaces, bareTurn } from './taps';
import { countTiles, openBare, openTill, outOfStep, pinOf, plainTiles, signIn } from './windows';

const TURN = 6;

interface Windows {
  readonly till: string;
  readonly kitchen: string;
}

/** Both windows tell time since 1970, which is the same clock for both. */
function watchSend(): void {
  const sent = { at: 0 };
  Object.assign(globalThis, { sent });
  document.addEventListener('click', (event) => {
    if ((event.target as Element).closest('[data-testid=send]')) sent.at = performance.timeOrigin + event.timeStamp;
  }, { capture: true });
}

function watchTickets(): void {
  const seen = { at: 0 };
  Object.assign(globalThis, { seen });
  let known = document.querySelectorAll('[data-testid=ticket]').length;
  new MutationObserver(() => {
    const now = document.querySelectorAll('[data-testid=ticket]').length;
    if (now > known) {
      requestAnimationFrame(() => requestAnimationFrame(() => {
        seen.at = performance.timeOrigin + performance.now();
      }));
    }
    known = now;
  }).observe(document.body, { childList: true, subtree: true });
}

/** Cooks and hands over all that waits, so that the next ticket finds an empty board. */
async function clearBoard(): Promise<void> {
  type Call = (command: string, input: unknown) => Promise<{ cooking: { order_id: string }[] }>;
  const { invoke } = (globalThis as unknown as { __TAURI_INTERNALS__: { invoke: Call } }).__TAURI_INTERNALS__;
  const { session_id: session } = JSON.parse(sessionStorage.getItem('docket.session.kitchen') ?? '{}') as { session_id: string };
  const { cooking } = await invoke('query', { name: 'kitchen_board', session, input: {} });
  for (const { order_id } of cooking) {
    for (const name of ['start', 'ready', 'hand_over']) {
      const request = { command_id: crypto.randomUUID(), expected_version: null, input: { order_id, lines: [] } };
      await invoke('command', { name, session, request });
    }
  }
}

type Noted = Readonly<Record<'sent' | 'seen', { at: number }>>;

async function send(driven: Driven, { till, kitchen }: Windows, product: string): Promise<number> {
  await driven.turnTo(kitchen);
  await driven.run(() => void ((globalThis as unknown as Noted).seen.at = 0));
  await driven.turnTo(till);
  await driven.tap(await driven.middle('[data-testid=tile]', product));
  await driven.middle('[data-testid=cart-line]');
  const button = await driven.middle('[data-testid=send]:not(:disabled)');
  await outOfStep();
  await driven.tap(button);
  await driven.turnTo(kitchen);
  const seen = await until('the ticket', () => driven.run(() => (globalThis as unknown as Noted).seen.at || null));
  await driven.run(clearBoard);
  await boardIsEmpty(driven);
  await driven.turnTo(till);
  const sent = await driven.run(() => (globalThis as unknown as Noted).sent.at);
  await driven.tap(await driven.middle('[data-testid=new-order]'));
  await until('an empty cart', () => driven.run(() => document.querySelectorAll('[data-testid=cart-line]').length === 0));
  return Math.round((seen - sent) * 1_000);
}

function boardIsEmpty(driven: Driven): Promise<boolean> {
  return until('an empty board', () => driven.run(() => document.querySelectorAll('[data-testid=ticket]').length === 0));
}

export async function kitchen(): Promise<Samples> {
  const display = await Display.open();
  const open: Driven[] = [];
  try {
    const driven = await openTill(display, folder(0), ['--kitchen']);
    open.push(driven);
    const windows = { kitchen: await driven.window('/kitchen'), till: await driven.window('') };
    await signIn(driven, pinOf('cashier'));
    const [product = ''] = await plainTiles(driven);
    const tiles = await countTiles(driven);
    await driven.run(watchSend);
    await driven.turnTo(windows.kitchen);
    await driven.place(1_300, 0);
    await signIn(driven, pinOf('kitchen'));
    await driven.run(clearBoard);
    await boardIsEmpty(driven);
    await driven.run(watchTickets);
    const bare = await openBare(display, tiles);
    open.push(bare);
    const bareTiles = await barePlaces(bare, TURN);
    await bareTurn(bare, bareTiles);
    await send(driven, windows, product);
    const samples = { ours: [] as number[], anchor: [] as number[] };
    while (samples.ours.length < ask.samples) {
      for (let count = 0; count < TURN; count += 1) samples.ours.push(await awake(() => send(driven, windows, product)));
      samples.anchor.push(...(await awake(() => bareTurn(bare, bareTiles))));
    }
    return samples;
  } finally {
    for (const driven of open) await driven.end();
    display.close();
  }
}
