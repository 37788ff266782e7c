// The keys of a kitchen screen. A bump bar sends the same: a digit for a ticket's place, arrows, and letters.

import type { TicketView } from '../../lib/ipc';

/** What the keys ask of the columns. */
export interface ColumnsHandle {
  chosen(): TicketView | null;
  atSlot(slot: number): TicketView | null;
  step(by: number): Promise<void>;
  stepLine(by: number): void;
  turn(by: number): void;
}

export interface KeyActs {
  /** A digit: the ticket with this number on the page. */
  slot(ticket: TicketView): unknown;
  /** Keys that need a chosen ticket. */
  chosen: Readonly<Record<string, (ticket: TicketView) => unknown>>;
  /** Keys that need none. */
  any: Readonly<Record<string, () => unknown>>;
}

/** Does what a key means, and says whether it meant something. */
export function press(event: KeyboardEvent, columns: ColumnsHandle, acts: KeyActs): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('[role=dialog]') !== null) return false;
  const key = event.key.toLowerCase();
  const onward = document.documentElement.dir === 'rtl' ? 'arrowleft' : 'arrowright';
  const moves: Readonly<Record<string, () => unknown>> = {
    arrowright: () => columns.step(onward === 'arrowright' ? 1 : -1),
    arrowleft: () => columns.step(onward === 'arrowright' ? -1 : 1),
    arrowdown: () => columns.stepLine(1),
    arrowup: () => columns.stepLine(-1),
    pagedown: () => columns.turn(1),
    pageup: () => columns.turn(-1),
  };
  const move = moves[key];
  if (move) {
    void move();
    return true;
  }
  // A key that is held down is one press; its repeats must not walk a ticket through the kitchen.
  if (event.repeat) return false;
  if (/^[1-9]$/.test(key)) {
    const ticket = columns.atSlot(Number(key));
    if (ticket) void acts.slot(ticket);
    return ticket !== null;
  }
  // Enter on a button belongs to that button.
  if (key === 'enter' && (event.target as Element | null)?.closest('button, a')) return false;
  const ticket = columns.chosen();
  const onTicket = acts.chosen[key];
  if (onTicket && ticket) void onTicket(ticket);
  else if (acts.any[key]) void acts.any[key]();
  else return false;
  return true;
}
