// How old a ticket may grow before it says so: the one place with these limits, by the way the guest takes the order.

import type { OrderType } from '../../lib/ipc';

export interface AgeLimits {
  /** From this age on the ticket is due. */
  readonly dueAfterMs: number;
  /** From this age on it is late. */
  readonly lateAfterMs: number;
}

const minutes = (due: number, late: number): AgeLimits => ({ dueAfterMs: due * 60_000, lateAfterMs: late * 60_000 });

/** Someone at the counter stands and waits; someone at a table has a chair and a drink. */
export const AGE_LIMITS: Readonly<Record<OrderType, AgeLimits>> = {
  counter: minutes(5, 10),
  take_away: minutes(7, 12),
  dine_in: minutes(10, 20),
};

export type AgeState = 'on_time' | 'due' | 'late';

export function ageState(orderType: OrderType, firedAtMs: number, nowMs: number): AgeState {
  const age = nowMs - firedAtMs;
  const { dueAfterMs, lateAfterMs } = AGE_LIMITS[orderType];
  return age >= lateAfterMs ? 'late' : age >= dueAfterMs ? 'due' : 'on_time';
}
