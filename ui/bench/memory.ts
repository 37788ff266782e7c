// M1: what the program and the engine's processes hold in memory (their proportional share) after a day of orders.

import { readFileSync, readdirSync } from 'node:fs';

import { ask, folder, pause, until, type Samples } from './ask';
import { Display } from './display';
import type { Driven } from './driver';
import { countTiles, openBare, openTill, pinOf, plainTiles, signIn } from './windows';

/** Orders of one call into the page. */
const BATCH = 50;
/** Idle pages give memory back after a while. */
const REST_MS = 20_000;

export async function memory(): Promise<Samples> {
  const display = await Display.open();
  try {
    const { kib, tiles } = await ofTheTill(display);
    return { ours: [kib], anchor: [await ofTheBareWindow(display, tiles)] };
  } finally {
    display.close();
  }
}

async function ofTheTill(display: Display): Promise<{ kib: number; tiles: number }> {
  const till = await openTill(display, folder(0));
  try {
    await till.window('');
    await signIn(till, pinOf('manager'));
    const names = await plainTiles(till);
    const tiles = await countTiles(till);
    for (let sold = 0; sold < ask.samples; sold += BATCH) await till.run(sell, BATCH);
    // The till is still at work: a tap is answered.
    await till.tap(await till.middle('[data-testid=tile]', names[0] ?? ''));
    await till.middle('[data-testid=cart-line]');
    await pause(REST_MS);
    return { kib: heldBy(till), tiles };
  } finally {
    await till.end();
  }
}

async function ofTheBareWindow(display: Display, tiles: number): Promise<number> {
  const bare = await openBare(display, tiles);
  try {
    await bare.tap(await bare.middle('#tiles button'));
    await until('a line', () => bare.run(() => document.querySelectorAll('.line').length === 1));
    await pause(REST_MS);
    return heldBy(bare);
  } finally {
    await bare.end();
  }
}

/** Sells in the page as its own buttons would: five commands an order, and the page follows each change. */
async function sell(orders: number): Promise<void> {
  type Call = (command: string, input: unknown) => Promise<{ rows: { product_id: string; asks: boolean }[] }>;
  const { invoke } = (globalThis as unknown as { __TAURI_INTERNALS__: { invoke: Call } }).__TAURI_INTERNALS__;
  const { session_id: session } = JSON.parse(sessionStorage.getItem('docket.session.till') ?? '{}') as { session_id: string };
  const { rows } = await invoke('query', { name: 'products', session, input: { limit: 100 } });
  const product_id = rows.find(({ asks }) => !asks)?.product_id;
  const command = (name: string, input: object) =>
    invoke('command', { name, session, request: { command_id: crypto.randomUUID(), expected_version: null, input } });
  for (let count = 0; count < orders; count += 1) {
    const order_id = crypto.randomUUID();
    const lines = [{ line_id: crypto.randomUUID(), product_id }, { line_id: crypto.randomUUID(), product_id }];
    await command('create_order', { order_id, order_type: 'counter', lines });
    await command('send', { order_id });
    await command('ready', { order_id, lines: [] });
    await command('pay_cash', { order_id, payment_id: crypto.randomUUID(), tendered: '100.00' });
    await command('hand_over', { order_id, lines: [] });
  }
}

/** KiB of everything below the driver, in shares: what two processes share counts half for each. */
function heldBy(driven: Driven): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      // The name in brackets may hold anything; what follows it is numbers.
      const [, parent] = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      parents.set(pid, Number(parent));
    } catch {
      // It ended while we looked.
    }
  }
  const below = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === driven.pid || below(parent));
  };
  const tree = [...parents.keys()].filter(below);
  if (tree.length < 2) throw new Error('the engine has no processes of its own below the program');
  return tree.reduce((sum, pid) => sum + shareOf(pid), 0);
}

function shareOf(pid: number): number {
  const line = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'utf8'));
  return Number(line?.[1] ?? 0);
}
