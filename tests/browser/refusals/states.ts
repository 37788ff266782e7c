// Orders in the states that refuse things, and calls that are turned to them.

import type { Call, Made, Wanted } from '../support';
import type { Stage } from './case';

export const NEW = { lines: ['Cheesecake'] } as const;
export const EMPTY = { lines: [] } as const;
export const SENT = { lines: ['Cheesecake'], acts: ['send'] } as const;
export const STARTED = { lines: ['Cheesecake'], acts: ['send', 'start'] } as const;
export const READY = { lines: ['Cheesecake'], acts: ['send', 'start', 'ready'] } as const;
export const SERVED = { lines: ['Cheesecake'], acts: ['send', 'start', 'ready', 'hand_over'] } as const;
export const CANCELLED = { lines: ['Cheesecake'], acts: ['cancel'] } as const;
export const PAID = { lines: ['Cheesecake'], acts: ['pay_cash'] } as const;
export const COMPLETED = { lines: ['Cheesecake'], acts: ['pay_cash', 'complete'] } as const;

type Turn = (stage: Stage) => Promise<(call: Call) => void>;

/** Sends the command to another order instead. */
export const to = (wanted: Wanted): Turn => async (stage) => {
  const { orderId } = await stage.other(wanted);
  return (call) => {
    call.input.order_id = orderId;
    // The version that the screen names is the other order's.
    call.expected_version = null;
  };
};

/** Sends the command for a line of another order, the first one if none is named. */
export const toLine = (wanted: Wanted, prepare?: (stage: Stage, made: Made) => Promise<string>): Turn => async (stage) => {
  const made = await stage.other(wanted);
  const lineId = prepare ? await prepare(stage, made) : made.lineIds[0];
  return (call) => {
    const { input } = call;
    input.order_id = made.orderId;
    call.expected_version = null;
    if ('line' in input) input.line.line_id = lineId;
    else if ('lines' in input) input.lines = [lineId];
    else input.line_id = lineId;
  };
};

/** Sends the command for a line that the kitchen does not have, on an order that is cooked. */
export const toNewLine: Turn = toLine({ ...READY, lines: ['Apple cake'] }, async ({ api }, { orderId }) => {
  const line_id = crypto.randomUUID();
  await api.command('add_line', { order_id: orderId, line: { line_id, product_id: await api.productId('Espresso') } });
  return line_id;
});

/** Sends the command for a line that was taken out of an order that is cooked. */
export const toVoidedLine: Turn = toLine({ ...READY, lines: ['Carrot cake', 'Espresso'] }, async ({ api }, { orderId, lineIds }) => {
  const line_id = lineIds[1] ?? '';
  await api.command('void_line', { order_id: orderId, line_id, reason: 'for a test' });
  return line_id;
});

/** Sends the command to an order that was placed and of which nothing is left. */
export const toEmptied: Turn = async (stage) => {
  const { orderId, lineIds } = await stage.other({ ...SENT, lines: ['Banana bread'] });
  await stage.api.command('void_line', { order_id: orderId, line_id: lineIds[0] ?? '', reason: 'for a test' });
  return (call) => {
    call.input.order_id = orderId;
    // The version that the screen names is the other order's.
    call.expected_version = null;
  };
};
