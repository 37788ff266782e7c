// How old a ticket may grow, and what the next step of one is. Which steps are allowed is the view's to say.

import type { Action, TicketView } from '../../lib/ipc';

export const DUE_AFTER_MS = 5 * 60_000;
export const LATE_AFTER_MS = 10 * 60_000;

export type AgeState = 'on_time' | 'due' | 'late';

export function ageState(firedAtMs: number, nowMs: number): AgeState {
  const age = nowMs - firedAtMs;
  return age >= LATE_AFTER_MS ? 'late' : age >= DUE_AFTER_MS ? 'due' : 'on_time';
}

export type TicketAct = Extract<Action, 'start' | 'ready' | 'hand_over' | 'recall' | 'acknowledge_changes'>;

/** What Enter does on a ticket: see the changes first, then the first step that is allowed. */
export function nextAct(ticket: TicketView): TicketAct | null {
  const order: readonly TicketAct[] = ['acknowledge_changes', 'start', 'ready', 'hand_over'];
  return order.find((act) => ticket.actions.includes(act) && (act !== 'acknowledge_changes' || ticket.changes.length > 0)) ?? null;
}
