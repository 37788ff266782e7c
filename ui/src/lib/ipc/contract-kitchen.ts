// The contract of the kitchen: what is on its board, what it may do there, and what the order then is.

import { at, given, holds, line, offers, refused, same, type Desk } from './contract-desk';
import { newId } from './ids';

const states = async (desk: Desk, order_id: string) => (await desk.order(order_id)).lines.map(({ state }) => state);

export const KITCHEN: Readonly<Record<string, (desk: Desk) => Promise<void>>> = {
  async 'a placed order waits for its confirmation and what is sent stands on the board'(desk) {
    const product = await desk.plain();
    const order = await desk.opened([product], '2');
    const { order_id } = order;
    same('before', await desk.ticket('cooking', order_id), undefined);
    await desk.command('place', { order_id });
    same('placed', (await desk.order(order_id)).status, 'pending');
    offers(await desk.order(order_id), ['confirm', 'send'], ['place', 'start']);
    await desk.command('confirm', { order_id });
    const sent = await desk.order(order_id);
    same('confirmed', [sent.status, at(sent, 0).state, at(sent, 0).editable], ['confirmed', 'fired', false]);
    offers(sent, ['start', 'ready', 'bump_line', 'void_line', 'split_line', 'add_line', 'cancel', 'pay_cash'], ['send', 'confirm', 'change_line', 'recall', 'hand_over', 'complete']);
    const ticket = given('ticket', await desk.ticket('cooking', order_id));
    same('the ticket', [ticket.label, ticket.order_type, ticket.version, ticket.cancelled, ticket.changes], [sent.label, 'counter', sent.version, false, []]);
    const { line_id, name } = at(sent, 0);
    same('its lines', ticket.lines, [{ line_id, name, quantity: '2', modifiers: [], note: null, allergens: product.allergens, state: 'fired', round: 0 }]);
    same('what may be done there', ticket.actions, ['start', 'ready', 'bump_line']);
    const again = await desk.command('place', { order_id });
    same('placed again', again.applied, false);
    await refused({ code: 'nothing_to_do', field: 'lines', rule: 'there is nothing to recall in this order' }, recallAfter(desk, order_id));
  },

  async 'an order goes from sent over started and ready to the guest'(desk) {
    const { order_id } = await desk.sent([await desk.plain(0), await desk.plain(1)]);
    await desk.as('kitchen');
    const [first, second] = (await desk.order(order_id)).lines.map(({ line_id }) => line_id);
    await desk.command('start', { order_id, lines: [given('line', first)] });
    same('one started', [await states(desk, order_id), (await desk.order(order_id)).status], [['started', 'fired'], 'preparing']);
    same('started again', (await desk.command('start', { order_id, lines: [given('line', first)] })).applied, false);
    await desk.command('bump_line', { order_id, line_id: given('line', second) });
    same('one done', [await states(desk, order_id), (await desk.order(order_id)).status], [['started', 'ready'], 'preparing']);
    holds('the ticket still cooks', (await desk.ticket('cooking', order_id)) !== undefined);
    await desk.command('ready', { order_id });
    same('all done', [await states(desk, order_id), (await desk.order(order_id)).status], [['ready', 'ready'], 'ready']);
    same('gone from cooking', await desk.ticket('cooking', order_id), undefined);
    same('what may be done there', given('ticket', await desk.ticket('ready', order_id)).actions, ['recall', 'hand_over']);
    await desk.command('hand_over', { order_id });
    const served = await desk.order(order_id);
    same('served', [await states(desk, order_id), served.status, served.served_unpaid], [['handed_over', 'handed_over'], 'ready', true]);
    same('off the board', [await desk.ticket('cooking', order_id), await desk.ticket('ready', order_id)], [undefined, undefined]);
    await desk.as('cashier');
    offers(await desk.order(order_id), ['pay_cash', 'add_line'], ['void_line', 'split_line', 'cancel', 'hand_over', 'recall']);
    await refused({ code: 'line_handed_over', field: 'line_id', rule: 'the guest has this line' },
      desk.command('void_line', { order_id, line_id: given('line', first), reason: 'late' }));
    await desk.as('manager');
    await refused({ code: 'part_handed_over', field: 'order', rule: 'part of the order was handed over; void the rest instead of cancelling' },
      desk.command('cancel', { order_id, reason: 'late' }));
    await desk.command('pay_cash', { order_id, payment_id: newId() });
    same('paid', (await desk.order(order_id)).status, 'completed');
  },

  async 'a recall puts ready lines back on the board in a new round'(desk) {
    const { order_id } = await desk.sent([await desk.plain()]);
    await desk.as('kitchen');
    await desk.command('ready', { order_id });
    await desk.command('recall', { order_id });
    const ticket = given('ticket', await desk.ticket('cooking', order_id));
    same('the line', ticket.lines.map(({ state, round }) => [state, round]), [['started', 1]]);
    same('the order', [(await desk.order(order_id)).status, at(await desk.order(order_id), 0).round], ['preparing', 1]);
    await desk.command('ready', { order_id });
    holds('it is ready again', (await desk.ticket('ready', order_id)) !== undefined);
  },

  async 'a line is refused what its step does not allow'(desk) {
    const product = await desk.plain();
    const { order_id, lines } = await desk.sent([product]);
    const sent = [given('line', lines[0]).line_id];
    const fresh = line(product.product_id);
    await desk.command('add_line', { order_id, line: fresh });
    await desk.as('kitchen');
    const new_line = [fresh.line_id];
    const not = (what: 'fired' | 'ready') => what === 'fired'
      ? ({ code: 'line_not_fired', field: 'line_id', rule: 'the line was not sent to the kitchen' } as const)
      : ({ code: 'line_not_ready', field: 'line_id', rule: 'the line is not ready' } as const);
    await refused(not('fired'), desk.command('start', { order_id, lines: new_line }));
    await refused(not('fired'), desk.command('bump_line', { order_id, line_id: fresh.line_id }));
    await refused({ code: 'status_forbids', field: 'status', rule: 'hand_over is not possible while the order is confirmed' },
      desk.command('hand_over', { order_id, lines: sent }));
    await desk.command('start', { order_id });
    await refused(not('ready'), desk.command('hand_over', { order_id, lines: sent }));
    await refused(not('ready'), desk.command('recall', { order_id, lines: sent }));
    same('states', await states(desk, order_id), ['started', 'new']);
    same('the board has only what was sent', given('ticket', await desk.ticket('cooking', order_id)).lines.map(({ line_id }) => line_id), sent);
  },

  async 'what is sent later goes to the kitchen alone'(desk) {
    const product = await desk.plain();
    const { order_id } = await desk.sent([product]);
    await desk.command('ready', { order_id });
    await desk.command('add_line', { order_id, line: line(product.product_id) });
    const order = await desk.order(order_id);
    same('lines that were not sent do not count yet', order.status, 'ready');
    offers(order, ['send', 'confirm', 'change_line', 'hand_over'], ['start', 'place']);
    await desk.command('send', { order_id });
    same('after', [await states(desk, order_id), (await desk.order(order_id)).status], [['ready', 'fired'], 'preparing']);
  },

  async 'a void of what the kitchen has stays on its ticket until it was seen'(desk) {
    const { order_id, lines } = await desk.sent([await desk.plain(0), await desk.plain(1)]);
    const { line_id, name } = given('line', lines[0]);
    await desk.command('void_line', { order_id, line_id, reason: 'sold out' });
    await desk.as('kitchen');
    const ticket = given('ticket', await desk.ticket('cooking', order_id));
    same('the change', ticket.changes.map((change) => [change.kind, change.line, change.reason]), [['voided', `1 × ${name}`, 'sold out']]);
    same('the lines', ticket.lines.map(({ state }) => state), ['voided', 'fired']);
    offers(ticket, ['acknowledge_changes', 'start'], []);
    await refused({ code: 'change_not_found', field: 'facts' }, desk.command('acknowledge_changes', { order_id, facts: [newId()] }));
    await desk.command('acknowledge_changes', { order_id, facts: ticket.changes.map(({ fact_id }) => fact_id) });
    const after = given('ticket', await desk.ticket('cooking', order_id));
    same('seen', [after.changes, after.lines.map(({ state }) => state)], [[], ['fired']]);
    await refused({ code: 'nothing_to_do', field: 'lines' }, desk.command('acknowledge_changes', { order_id }));
  },

  async 'an addition to what the kitchen has is told until it was seen or begun'(desk) {
    const product = await desk.plain();
    const { order_id } = await desk.sent([product]);
    for (const seen of [true, false]) {
      const fresh = line(product.product_id, { quantity: '2' });
      await desk.as('cashier');
      await desk.command('add_line', { order_id, line: fresh });
      await desk.command('send', { order_id });
      await desk.as('kitchen');
      const ticket = given('ticket', await desk.ticket('cooking', order_id));
      same('the change', ticket.changes.map(({ kind, line: words, reason }) => [kind, words, reason]), [['added', `2 × ${product.name}`, null]]);
      offers(ticket, ['acknowledge_changes'], []);
      if (seen) await desk.command('acknowledge_changes', { order_id, facts: ticket.changes.map(({ fact_id }) => fact_id) });
      else await desk.command('start', { order_id, lines: [fresh.line_id] });
      same('after', given('ticket', await desk.ticket('cooking', order_id)).changes, []);
    }
  },

  async 'the board sums up what is to be made and calls numbers to the guests'(desk) {
    const product = await desk.plain();
    const made = async () => {
      const { all_day } = await desk.backend.query('kitchen_board', {});
      return Number(all_day.find(({ name }) => name === product.name)?.quantity ?? '0');
    };
    await desk.as('kitchen');
    const before = await made();
    const { order_id, label } = await desk.sent([product], '3');
    await desk.as('kitchen');
    same('to be made', await made(), before + 3);
    const board = await desk.backend.query('kitchen_board', {});
    same('waiting', board.waiting, board.cooking.length);
    desk.backend.session = null;
    holds('its number is being made', (await desk.backend.query('ready_board', {})).preparing.includes(label));
    await desk.as('kitchen');
    await desk.command('ready', { order_id });
    same('made', await made(), before);
    desk.backend.session = null;
    holds('its number is called', (await desk.backend.query('ready_board', {})).ready.includes(label));
    await desk.as('kitchen');
    await desk.command('hand_over', { order_id });
    holds('fetched', !(await desk.backend.query('ready_board', {})).ready.includes(label));
  },

  async 'a cancel of what the kitchen has stays on the board until it was seen'(desk) {
    const { order_id } = await desk.sent([await desk.plain()]);
    await desk.command('cancel', { order_id, reason: 'guest left' });
    await desk.as('kitchen');
    const ticket = given('ticket', await desk.ticket('cooking', order_id));
    same('the change', [ticket.cancelled, ticket.actions, ticket.changes.map(({ kind, reason }) => [kind, reason])], [true, ['acknowledge_changes'], [['cancelled', 'guest left']]]);
    await desk.command('acknowledge_changes', { order_id });
    same('seen', await desk.ticket('cooking', order_id), undefined);
  },
};

async function recallAfter(desk: Desk, order_id: string): Promise<unknown> {
  await desk.command('start', { order_id });
  return desk.command('recall', { order_id });
}
