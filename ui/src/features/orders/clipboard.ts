// An order's history for somewhere else.

import type { HistoryEntry } from '../../lib/ipc';

/** The facts as they are stored; a payload that is JSON stands as such. */
export function asJson(orderId: string, history: readonly HistoryEntry[]): string {
  const facts = history.map(({ payload, ...entry }) => ({ ...entry, payload: parsed(payload) }));
  return JSON.stringify({ order_id: orderId, facts }, null, 2);
}

function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}

/** Whether it lies on the clipboard now. The older way is for engines that keep the newer one to themselves. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  const before = document.activeElement;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}
