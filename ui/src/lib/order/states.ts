// The sign and the tone of each state, the same on every screen that shows one.

import type { IconName } from '../design/icons';
import type { LineState, OrderStatus } from '../ipc';

export interface StateLook {
  readonly icon: IconName;
  readonly tone: 'neutral' | 'info' | 'good' | 'warn' | 'bad';
}

const LOOKS: Readonly<Record<LineState | OrderStatus, StateLook>> = {
  new: { icon: 'waiting', tone: 'neutral' },
  fired: { icon: 'kitchen', tone: 'info' },
  started: { icon: 'cooking', tone: 'warn' },
  ready: { icon: 'ready', tone: 'good' },
  handed_over: { icon: 'done', tone: 'good' },
  voided: { icon: 'ban', tone: 'bad' },
  draft: { icon: 'waiting', tone: 'neutral' },
  pending: { icon: 'clock', tone: 'info' },
  confirmed: { icon: 'kitchen', tone: 'info' },
  preparing: { icon: 'cooking', tone: 'warn' },
  completed: { icon: 'done', tone: 'good' },
  cancelled: { icon: 'ban', tone: 'bad' },
};

export const lookOf = (state: LineState | OrderStatus): StateLook => LOOKS[state];

/** The states of a line in the order in which it goes through them. */
export const LINE_STATES = ['new', 'fired', 'started', 'ready', 'handed_over', 'voided'] as const satisfies readonly LineState[];

/** How many lines are in each state; states that no line is in are left out. */
export function tally(lines: readonly { readonly state: LineState }[]): { state: LineState; lines: number }[] {
  return LINE_STATES
    .map((state) => ({ state, lines: lines.filter((line) => line.state === state).length }))
    .filter(({ lines: found }) => found > 0);
}
