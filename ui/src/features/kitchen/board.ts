// What can be read off the board: the next step of a ticket, its lines for an act, and what is new since the last look.
// Which steps are allowed is the view's to say.

import type { Action, KitchenBoard, TicketLineView, TicketView } from '../../lib/ipc';

export type TicketAct = Extract<Action, 'start' | 'ready' | 'hand_over' | 'recall' | 'acknowledge_changes'>;

/** The next step of a ticket: see the changes first, then the first step that is allowed. */
export function nextAct(ticket: TicketView): TicketAct | null {
  const order: readonly TicketAct[] = ['acknowledge_changes', 'start', 'ready', 'hand_over'];
  return order.find((act) => ticket.actions.includes(act) && (act !== 'acknowledge_changes' || ticket.changes.length > 0)) ?? null;
}

const COOKS: Readonly<Partial<Record<TicketAct, readonly TicketLineView['state'][]>>> = {
  start: ['fired'],
  ready: ['fired', 'started'],
};

/**
 * The lines that an act means; none stands for all that fit. A cook means those on the screen: a line that was sent in
 * the same second is not taken unseen.
 */
export function linesFor(ticket: TicketView, act: TicketAct): string[] {
  const from = COOKS[act] ?? [];
  return ticket.lines.filter(({ state }) => from.includes(state)).map(({ line_id }) => line_id);
}

export function progressOf({ lines }: TicketView): { done: number; total: number } {
  const live = lines.filter(({ state }) => state !== 'voided');
  return { done: live.filter(({ state }) => state === 'ready').length, total: live.length };
}

/** What rings: a ticket or a change that no board before had. A recall rings as little as what was there at the start. */
export type News = 'ticket' | 'change' | null;

export class NewsWatch {
  private known: { orders: Set<string>; changes: Set<string> } | null = null;

  /** Looks at a board; says what is new on it. */
  look({ cooking, ready }: Pick<KitchenBoard, 'cooking' | 'ready'>): News {
    const all = [...cooking, ...ready];
    const now = {
      orders: new Set(all.map(({ order_id }) => order_id)),
      changes: new Set(all.flatMap(({ changes }) => changes.map(({ fact_id }) => fact_id))),
    };
    const before = this.known;
    this.known = now;
    if (before === null) return null;
    if ([...now.orders].some((id) => !before.orders.has(id))) return 'ticket';
    return [...now.changes].some((id) => !before.changes.has(id)) ? 'change' : null;
  }
}

/** Whether a note speaks of an allergy, in one of the languages of the screens: such a note is shown loudest. */
export function isAllergy(note: string | null): boolean {
  if (note === null) return false;
  const plain = note.normalize('NFD').replace(/\p{Mn}/gu, '').toLowerCase();
  return ['allerg', 'alerg', 'alerji', 'حساسي', 'アレルキ'].some((word) => plain.includes(word.normalize('NFD').replace(/\p{Mn}/gu, '')));
}
