// The contract of an order's lines and labels: what is sold, what it costs, what may still be changed.

import { addsUp, at, decimal, given, line, minor, offers, refused, same, sum, type Desk } from './contract-desk';
import { newId } from './ids';

export const LINES: Readonly<Record<string, (desk: Desk) => Promise<void>>> = {
  async 'an order is opened with its lines and priced by the till'(desk) {
    await desk.as('cashier');
    const [one, other] = [await desk.plain(0), await desk.plain(1)];
    const order_id = newId();
    const lines = [line(one.product_id, { quantity: '3', note: '  no sugar ' }), line(other.product_id)];
    const outcome = await desk.command('create_order', { order_id, order_type: 'dine_in', table: ' 12 ', lines });
    const order = await desk.order(order_id);
    same('the outcome', outcome, { ...outcome, applied: true, order: { order_id, label: order.label, status: 'draft', version: order.version } });
    same('type and table', [order.order_type, order.table, order.status], ['dine_in', '12', 'draft']);
    same('the lines', order.lines.map(({ line_id, name, state, editable }) => [line_id, name, state, editable]),
      [[lines[0]?.line_id, one.name, 'new', true], [lines[1]?.line_id, other.name, 'new', true]]);
    const first = at(order, 0);
    same('what was chosen', [first.quantity, first.note, first.modifiers, first.open_price, first.round], ['3', 'no sugar', [], false, 0]);
    same('its price', first.unit_price, given('price', one.price));
    same('its amount', minor(first.amount), 3n * minor(given('price', one.price)));
    same('money taken', [order.captured.amount, order.payments], ['0.00', []]);
    addsUp(order);
    offers(order, ['add_line', 'change_line', 'split_line', 'void_line', 'set_type', 'set_table', 'set_note', 'place', 'send', 'pay_cash', 'cancel'],
      ['create', 'confirm', 'start', 'ready', 'bump_line', 'recall', 'hand_over', 'complete', 'reinstate', 'acknowledge_changes', 'close_exception']);
  },

  async 'a quantity may have decimals and comes back without needless zeros'(desk) {
    const product = await desk.plain();
    const order = await desk.opened([product], '2.50');
    same('the quantity', at(order, 0).quantity, '2.5');
    same('its amount', minor(at(order, 0).amount) * 2n, minor(given('price', product.price)) * 5n);
    addsUp(order);
  },

  async 'a forced group must be answered and what is chosen costs its price'(desk) {
    const order = await desk.opened([]);
    const { product, groups } = await desk.forced();
    const forced = groups.filter(({ min }) => min > 0);
    const modifiers = forced.map((group) => ({ group_id: group.id, option_id: given('option', group.options.at(-1)).id, count: group.min }));
    const add = (more: object) => desk.command('add_line', { order_id: order.order_id, line: line(product.product_id, more) });
    await refused({ code: 'modifier_missing', field: 'line.modifiers' }, add({}));
    await refused({ code: 'unknown_modifier_group', field: 'line.modifiers' }, add({ modifiers: [{ group_id: 'none', option_id: 'none' }] }));
    const [group] = forced;
    await refused(
      { code: 'unknown_modifier', field: 'line.modifiers', rule: `"${given('group', group).name}" has no option "none"` },
      add({ modifiers: [{ group_id: given('group', group).id, option_id: 'none' }] }),
    );
    await add({ modifiers, quantity: '2' });
    const view = await desk.order(order.order_id);
    const sold = at(view, 0);
    same('what was chosen', sold.modifiers.map(({ group_id, option_id, count }) => ({ group_id, option_id, count })), modifiers);
    same('its amount', minor(sold.amount), 2n * (minor(sold.unit_price) + sum(sold.modifiers.map(({ price }) => price))));
    addsUp(view);
  },

  async 'an open price must be given, and only for a product that has one'(desk) {
    const { order_id } = await desk.opened([]);
    const [open, fixed] = [await desk.openPriced(), await desk.plain()];
    const add = (product_id: string, open_price: string | null) =>
      desk.command('add_line', { order_id, line: line(product_id, { open_price }) });
    await refused({ code: 'price_required', field: 'line.open_price', rule: `"${open.name}" has an open price: say what it costs` }, add(open.product_id, null));
    await refused({ code: 'price_not_open', field: 'line.open_price', rule: `"${fixed.name}" has a fixed price` }, add(fixed.product_id, '1.00'));
    await refused({ code: 'amount_invalid', field: 'line.open_price' }, add(open.product_id, 'much'));
    await refused({ code: 'too_many_decimals', field: 'line.open_price' }, add(open.product_id, '1.001'));
    await add(open.product_id, '7.5');
    const order = await desk.order(order_id);
    same('its price', [at(order, 0).unit_price.amount, at(order, 0).open_price, at(order, 0).amount.amount], ['7.50', true, '7.50']);
    addsUp(order);
  },

  async 'a line that cannot be sold is refused by its field'(desk) {
    const order = await desk.opened([await desk.plain()]);
    const { order_id } = order;
    const { product_id } = await desk.plain();
    const add = (more: object, product = product_id) => desk.command('add_line', { order_id, line: line(product, more) });
    const positive = { code: 'quantity_not_positive', rule: 'the quantity must be more than zero' } as const;
    await refused({ ...positive, field: 'line.quantity' }, add({ quantity: '0' }));
    await refused({ ...positive, field: 'line.quantity' }, add({ quantity: '-1' }));
    await refused({ code: 'quantity_too_large', field: 'line.quantity', rule: 'the quantity must be at most 9999' }, add({ quantity: '10000' }));
    await refused({ code: 'note_too_long', field: 'line.note', rule: 'the note must have at most 280 characters' }, add({ note: 'x'.repeat(281) }));
    await refused({ code: 'unknown_product', field: 'line.product_id' }, add({}, newId()));
    await refused(
      { code: 'line_exists', field: 'line_id', rule: 'the order has a line with this id already' },
      add({ line_id: at(order, 0).line_id }),
    );
    const lines = [line(product_id), line(product_id, { quantity: '0' })];
    await refused({ ...positive, field: 'lines[1].quantity' }, desk.command('create_order', { order_id: newId(), order_type: 'counter', lines }));
    same('the order', await desk.order(order_id), order);
  },

  async 'a new line is changed as often as one likes and keeps its id'(desk) {
    const order = await desk.opened([await desk.plain(0), await desk.plain(1)]);
    const { order_id } = order;
    const { line_id, product_id } = at(order, 0);
    await desk.command('change_line', { order_id, line: line(product_id, { line_id, quantity: '4', note: 'hot' }) });
    const changed = await desk.order(order_id);
    same('the line', [at(changed, 0).line_id, at(changed, 0).quantity, at(changed, 0).note, changed.lines.length], [line_id, '4', 'hot', 2]);
    same('its amount', minor(at(changed, 0).amount), 4n * minor(at(order, 0).amount));
    addsUp(changed);
    await refused(
      { code: 'line_not_found', field: 'line_id', rule: 'the order has no line with this id' },
      desk.command('change_line', { order_id, line: line(product_id) }),
    );
    await desk.command('send', { order_id });
    same('editable', (await desk.order(order_id)).lines.map(({ editable }) => editable), [false, false]);
    await refused(
      { code: 'line_in_kitchen', field: 'line_id', rule: 'the kitchen has this line; void it with a reason instead of changing it' },
      desk.command('change_line', { order_id, line: line(product_id, { line_id }) }),
    );
  },

  async 'a void costs nothing any more, and needs a reason once the kitchen has the line'(desk) {
    const order = await desk.opened([await desk.plain(0), await desk.plain(1)]);
    const { order_id } = order;
    const [first, second] = order.lines.map(({ line_id }) => line_id);
    await desk.command('void_line', { order_id, line_id: given('line', first) });
    const voided = await desk.order(order_id);
    same('the line', [at(voided, 0).state, at(voided, 0).editable, at(voided, 0).void_reason], ['voided', false, null]);
    same('the total', voided.totals.subtotal, at(order, 1).amount);
    addsUp(voided);
    same('a second void', (await desk.command('void_line', { order_id, line_id: given('line', first) })).applied, false);
    const change = { order_id, line: line(at(order, 0).product_id, { line_id: given('line', first) }) };
    await refused({ code: 'line_voided', field: 'line_id', rule: 'the line was voided' }, desk.command('change_line', change));
    await desk.command('send', { order_id });
    const late = { order_id, line_id: given('line', second) };
    await refused({ code: 'reason_required', field: 'reason', rule: 'a reason is required' }, desk.command('void_line', { ...late, reason: ' ' }));
    await desk.command('void_line', { ...late, reason: ' guest left ' });
    const empty = await desk.order(order_id);
    same('the reason', [at(empty, 1).void_reason, empty.status, empty.balance.amount], ['guest left', 'pending', '0.00']);
    offers(empty, ['add_line'], ['void_line', 'pay_cash', 'send', 'complete']);
  },

  async 'a split moves a part to a line of its own and changes no sum'(desk) {
    const order = await desk.opened([await desk.plain()], '3');
    const { order_id } = order;
    const { line_id } = at(order, 0);
    const split = (quantity: string, new_line_id = newId()) => desk.command('split_line', { order_id, line_id, new_line_id, quantity });
    const whole = { code: 'split_quantity', field: 'quantity', rule: 'must be less than the quantity of the line' } as const;
    await refused(whole, split('3'));
    await refused({ code: 'quantity_not_positive', field: 'quantity', rule: 'must be greater than zero' }, split('0'));
    await refused({ code: 'line_exists', field: 'line_id' }, split('1', line_id));
    const new_line_id = newId();
    await split('1', new_line_id);
    const after = await desk.order(order_id);
    same('the lines', after.lines.map((part) => [part.line_id, part.quantity, part.state]), [[line_id, '2', 'new'], [new_line_id, '1', 'new']]);
    same('the totals', after.totals, order.totals);
    addsUp(after);
    await desk.command('send', { order_id });
    await split('1');
    same('of a sent line', (await desk.order(order_id)).lines.map(({ quantity, state }) => [quantity, state]), [['1', 'fired'], ['1', 'fired'], ['1', 'fired']]);
  },

  async 'type, table, note, guests and rush are set, trimmed and cleared'(desk) {
    const { order_id } = await desk.opened([await desk.plain()]);
    await desk.command('set_type', { order_id, order_type: 'take_away' });
    await desk.command('set_table', { order_id, table: ' Window 4 ' });
    await desk.command('set_note', { order_id, note: ' by the door ' });
    let order = await desk.order(order_id);
    same('the labels', [order.order_type, order.table, order.note], ['take_away', 'Window 4', 'by the door']);
    await desk.command('set_table', { order_id, table: '  ' });
    await desk.command('set_note', { order_id, note: null });
    order = await desk.order(order_id);
    same('cleared', [order.table, order.note], [null, null]);
    const long = (max: number) => 'x'.repeat(max + 1);
    await refused({ code: 'text_too_long', field: 'table', rule: 'must have at most 40 characters' }, desk.command('set_table', { order_id, table: long(40) }));
    await refused({ code: 'text_too_long', field: 'note', rule: 'note has at most 500 characters' }, desk.command('set_note', { order_id, note: long(500) }));
    await desk.command('set_covers', { order_id, covers: 4 });
    await desk.command('set_rush', { order_id, rush: true });
    order = await desk.order(order_id);
    same('guests and rush', [order.covers, order.rush], [4, true]);
    await refused({ code: 'covers_out_of_range', field: 'covers', rule: 'must be between 1 and 999' }, desk.command('set_covers', { order_id, covers: 1_000 }));
    await desk.command('set_covers', { order_id });
    await desk.command('set_rush', { order_id, rush: false });
    order = await desk.order(order_id);
    same('neither', [order.covers, order.rush], [null, false]);
    await desk.command('set_customer', { order_id, name: 'Ada', phone: '030 1234' });
    same('the guest', (await desk.order(order_id)).customer, { name: 'Ada', phone: '030 1234', address: null, erased: false });
    await desk.command('set_customer', { order_id });
    same('no guest', (await desk.order(order_id)).customer, null);
  },

  async 'a cancel needs a reason, and only a manager calls off what is being made'(desk) {
    const { order_id } = await desk.sent([await desk.plain()]);
    await refused({ code: 'reason_required', field: 'reason' }, desk.command('cancel', { order_id, reason: '' }));
    await desk.command('start', { order_id });
    offers(await desk.order(order_id), [], ['cancel']);
    await refused({ code: 'role_not_allowed', field: '' }, desk.command('cancel', { order_id, reason: 'gone' }));
    await desk.as('manager');
    offers(await desk.order(order_id), ['cancel'], ['reinstate']);
    await desk.command('cancel', { order_id, reason: 'gone' });
    const cancelled = await desk.order(order_id);
    same('the status', [cancelled.status, at(cancelled, 0).editable], ['cancelled', false]);
    offers(cancelled, ['reinstate', 'acknowledge_changes'], ['cancel', 'add_line', 'pay_cash', 'send', 'start', 'void_line', 'set_table']);
    same('a second cancel', (await desk.command('cancel', { order_id, reason: 'gone' })).applied, false);
    await refused(
      { code: 'status_forbids', field: 'status', rule: 'send is not possible while the order is cancelled' },
      desk.command('send', { order_id }),
    );
    await desk.as('cashier');
    offers(await desk.order(order_id), [], ['reinstate']);
    await refused({ code: 'role_not_allowed', field: '' }, desk.command('reinstate', { order_id }));
    await desk.as('manager');
    await desk.command('reinstate', { order_id, reason: 'is back' });
    same('reinstated', (await desk.order(order_id)).status, 'preparing');
    await refused({ code: 'nothing_to_do', field: 'lines', rule: 'there is nothing to reinstate in this order' }, desk.command('reinstate', { order_id }));
  },

  async 'an amount is a decimal string at the scale of the currency'(desk) {
    const order = await desk.opened([]);
    const { product_id } = await desk.openPriced();
    for (const units of [5n, 100n, 123_456n]) {
      await desk.command('add_line', { order_id: order.order_id, line: line(product_id, { open_price: decimal(units) }) });
    }
    const { lines } = await desk.order(order.order_id);
    same('amounts', lines.map(({ amount }) => amount.amount), ['0.05', '1.00', '1234.56']);
  },
};
