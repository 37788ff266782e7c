// Acts on a whole order, in the order in which a hand looks for them. Which of them are drawn is the view's to say.

import type { Action } from '../../lib/ipc';

/** Acts that need no more words than the order's id. */
export const PLAIN_ACTS = ['place', 'confirm', 'send', 'start', 'ready', 'hand_over', 'complete'] as const satisfies readonly Action[];
export type PlainAct = (typeof PLAIN_ACTS)[number];

/** Acts that ask something first. */
export const ASKING_ACTS = ['set_covers', 'set_note', 'set_customer', 'refund', 'cancel', 'reinstate'] as const satisfies readonly Action[];
export type AskingAct = (typeof ASKING_ACTS)[number];

const ON_LINES: readonly PlainAct[] = ['start', 'ready', 'hand_over'];

/** Some acts take lines, where none means all that the act fits. */
export function takesLines(act: PlainAct): act is 'start' | 'ready' | 'hand_over' {
  return ON_LINES.includes(act);
}
