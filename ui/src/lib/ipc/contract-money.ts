// The contract of money: cash exact, with change and in part, what is refused, and the receipt.

import { addsUp, at, decimal, given, holds, line, minor, offers, refused, same, sum, type Desk } from './contract-desk';
import type { OrderView } from './bindings';
import { newId } from './ids';

const pay = (desk: Desk, { order_id }: OrderView, more: object = {}) => desk.command('pay_cash', { order_id, payment_id: newId(), ...more });

const back = (desk: Desk, { order_id }: OrderView, more: { payment_id: string; refund_id?: string; amount?: string; currency?: string; reason?: string }) =>
  desk.command('refund', { order_id, refund_id: newId(), reason: 'cold', ...more });

export const MONEY: Readonly<Record<string, (desk: Desk) => Promise<void>>> = {
  async 'exact cash settles the order and sends what was not sent'(desk) {
    const order = await desk.opened([await desk.plain()], '2');
    const payment_id = newId();
    const outcome = await desk.command('pay_cash', { order_id: order.order_id, payment_id });
    const payment = given('payment', outcome.payment);
    same('the payment', [payment.payment_id, payment.amount, payment.tendered, payment.change.amount], [payment_id, order.balance, order.balance, '0.00']);
    holds(`${payment.receipt} is a series and a number`, /^[^-].*-\d+$/.test(payment.receipt));
    const paid = await desk.order(order.order_id);
    same('the order', [paid.status, at(paid, 0).state, paid.balance.amount, paid.captured], ['confirmed', 'fired', '0.00', order.totals.total]);
    same('its payments', paid.payments.map(({ tender, receipt, amount }) => [tender, receipt, amount]), [['cash', payment.receipt, order.balance]]);
    same('what to offer', paid.cash_suggestions, []);
    addsUp(paid);
    offers(paid, ['complete', 'add_line', 'void_line'], ['pay_cash', 'cancel', 'send']);
    await desk.command('complete', { order_id: order.order_id });
    const done = await desk.order(order.order_id);
    same('completed', [done.status, at(done, 0).state, done.actions], ['completed', 'handed_over', []]);
    await desk.as('manager');
    same('a manager gives money back', (await desk.order(order.order_id)).actions, ['refund']);
    await refused({ code: 'order_completed', field: 'status', rule: 'a completed order is refunded, not cancelled' },
      desk.command('cancel', { order_id: order.order_id, reason: 'late' }));
    await refused({ code: 'status_forbids', field: 'status', rule: 'add_line is not possible while the order is completed' },
      desk.command('add_line', { order_id: order.order_id, line: line((await desk.plain()).product_id) }));
  },

  async 'more cash than is owed gives change'(desk) {
    const order = await desk.opened([await desk.plain()]);
    const owed = minor(order.balance);
    const { payment } = await pay(desk, order, { tendered: decimal(owed + 345n), currency: order.due.currency });
    same('the change', [minor(given('payment', payment).amount), given('payment', payment).change.amount], [owed, '3.45']);
    const paid = await desk.order(order.order_id);
    same('captured', [minor(paid.captured), minor(paid.balance)], [owed, 0n]);
    same('on the payment', paid.payments.map(({ tendered, change }) => [minor(tendered), minor(change)]), [[owed + 345n, 345n]]);
  },

  async 'part of the money leaves the rest to pay, each part with its own receipt'(desk) {
    const order = await desk.opened([await desk.plain()], '3');
    const first = await pay(desk, order, { tendered: '1.00' });
    const partly = await desk.order(order.order_id);
    same('the rest', minor(partly.balance), minor(order.balance) - 100n);
    addsUp(partly);
    offers(partly, ['pay_cash'], ['complete', 'cancel']);
    const open = await refused({ code: 'balance_open', field: 'balance' }, desk.command('complete', { order_id: order.order_id }));
    same('what is open, as money', open.params.amount, partly.balance);
    await refused({ code: 'payment_captured', field: 'order', rule: 'money was taken for this order; refund it before you cancel' },
      desk.command('cancel', { order_id: order.order_id, reason: 'late' }));
    const second = await pay(desk, order, { tendered: '5.00', amount: '1.00' });
    same('an amount below the cash', [second.payment?.amount.amount, second.payment?.change.amount], ['1.00', '4.00']);
    holds('two receipts', first.payment?.receipt !== second.payment?.receipt);
    await pay(desk, order);
    addsUp(await desk.order(order.order_id));
    same('paid', (await desk.order(order.order_id)).balance.amount, '0.00');
  },

  async 'the amounts offered begin with the exact one and rise'(desk) {
    const { cash_suggestions, balance } = await desk.opened([await desk.plain()]);
    const units = cash_suggestions.map((money) => minor(money));
    same('the first', cash_suggestions[0], balance);
    holds('there is a note to offer', units.length > 1);
    holds('they rise', units.every((amount, index) => index === 0 || amount > (units[index - 1] ?? amount)));
    same('no half coins', units.slice(1).filter((amount) => amount % 100n !== 0n).length, 0);
  },

  async 'money that does not fit is refused and nothing is taken'(desk) {
    const order = await desk.opened([await desk.plain()]);
    const beyond = decimal(minor(order.balance) + 1n);
    await refused({ code: 'tendered_too_small', field: 'tendered', rule: 'must be at least the amount to be paid' },
      pay(desk, order, { tendered: '0.01', amount: order.balance.amount }));
    const within = { code: 'payment_amount', field: 'amount', rule: `must be greater than zero and at most ${String(minor(order.balance))} minor units` } as const;
    await refused(within, pay(desk, order, { tendered: beyond, amount: beyond }));
    await refused(within, pay(desk, order, { tendered: '1.00', amount: '0' }));
    await refused({ code: 'payment_amount', field: 'tendered' }, pay(desk, order, { tendered: '0' }));
    await refused({ code: 'payment_amount', field: 'tendered' }, pay(desk, order, { tendered: '-5' }));
    await refused({ code: 'amount_invalid', field: 'tendered' }, pay(desk, order, { tendered: 'ten' }));
    await refused({ code: 'too_many_decimals', field: 'tendered' }, pay(desk, order, { tendered: '10.001' }));
    await refused({ code: 'currency_mismatch', field: 'currency', rule: `the order is in ${order.due.currency}, not in XTS` },
      pay(desk, order, { currency: 'XTS' }));
    same('the order', await desk.order(order.order_id), order);
    await refused({ code: 'order_empty', field: 'lines' }, pay(desk, await desk.opened([])));
    await pay(desk, order);
    await refused({ code: 'nothing_to_pay', field: 'balance', rule: 'nothing is open to pay' }, pay(desk, order));
  },

  async 'one payment id is one payment'(desk) {
    const order = await desk.opened([await desk.plain()], '2');
    const payment_id = newId();
    await pay(desk, order, { payment_id, tendered: '1.00' });
    same('again', (await pay(desk, order, { payment_id, tendered: '1.00' })).applied, false);
    await refused({ code: 'payment_exists', field: 'payment_id', rule: 'a different payment with this id exists already' },
      pay(desk, order, { payment_id, tendered: '2.00' }));
    same('captured', (await desk.order(order.order_id)).captured.amount, '1.00');
  },

  async 'a paid line that is voided is owed to the guest'(desk) {
    const order = await desk.opened([await desk.plain(0), await desk.plain(1)]);
    await pay(desk, order);
    await desk.command('void_line', { order_id: order.order_id, line_id: at(order, 0).line_id, reason: 'sold out' });
    const after = await desk.order(order.order_id);
    same('the balance', minor(after.balance), -minor(at(order, 0).amount));
    addsUp(after);
    offers(after, ['complete'], ['pay_cash']);
    await desk.as('manager');
    const [offer] = (await desk.order(order.order_id)).refundable;
    const owed = given('what is owed', offer);
    same('what is offered first', [minor(owed.suggested), owed.owed], [minor(at(order, 0).amount), true]);
    await back(desk, order, { payment_id: owed.payment_id, amount: owed.suggested.amount });
    const even = await desk.order(order.order_id);
    same('nothing is owed any more', [even.balance.amount, minor(even.refunded), minor(even.due)], ['0.00', minor(at(order, 0).amount), minor(at(order, 1).amount)]);
    addsUp(even);
  },

  async 'money goes back up to what is left of its payment, and a completed order stays completed'(desk) {
    const order = await desk.opened([await desk.plain()], '2');
    const { payment } = await pay(desk, order);
    await desk.command('complete', { order_id: order.order_id });
    const { payment_id } = given('payment', payment);
    await refused({ code: 'role_not_allowed', field: '' }, back(desk, order, { payment_id }));
    await desk.as('manager');
    const whole = minor(order.balance);
    const within = {
      code: 'refund_amount', field: 'amount', rule: `must be greater than zero and at most ${String(whole)} minor units, which is what is left of the payment`,
    } as const;
    await refused(within, back(desk, order, { payment_id, amount: decimal(whole + 1n) }));
    await refused(within, back(desk, order, { payment_id, amount: '0' }));
    await refused({ code: 'amount_invalid', field: 'amount' }, back(desk, order, { payment_id, amount: 'ten' }));
    await refused({ code: 'too_many_decimals', field: 'amount' }, back(desk, order, { payment_id, amount: '1.001' }));
    await refused({ code: 'currency_mismatch', field: 'currency' }, back(desk, order, { payment_id, currency: 'XTS' }));
    await refused({ code: 'payment_not_found', field: 'payment_id', rule: 'the order has no payment with this id' }, back(desk, order, { payment_id: newId() }));
    await refused({ code: 'reason_required', field: 'reason', rule: 'a reason is required' }, back(desk, order, { payment_id, reason: ' ' }));
    const exists = { code: 'refund_exists', field: 'refund_id', rule: 'a payment or a different refund with this id exists already' } as const;
    await refused(exists, back(desk, order, { payment_id, refund_id: payment_id }));
    const refund_id = newId();
    const part = await back(desk, order, { payment_id, refund_id, amount: '1.00', currency: order.due.currency });
    same('what goes out', part.refund, { refund_id, payment_id, amount: { amount: '1.00', currency: order.due.currency } });
    same('once', (await back(desk, order, { payment_id, refund_id, amount: '1.00' })).applied, false);
    await refused(exists, back(desk, order, { payment_id, refund_id, amount: '2.00' }));
    const after = await desk.order(order.order_id);
    same('the order', [after.status, minor(after.due), minor(after.refunded), after.balance.amount], ['completed', whole - 100n, 100n, '0.00']);
    same('what is left', after.refundable.map(({ most, suggested, owed }) => [minor(most), minor(suggested), owed]), [[whole - 100n, whole - 100n, false]]);
    same('what went back', after.refunds.map(({ receipt, reason, tender }) => [receipt, reason, tender]), [[payment?.receipt, 'cold', 'cash']]);
    await back(desk, order, { payment_id });
    await refused({ code: 'payment_refunded', field: 'payment_id', rule: 'nothing is left of this payment to give back' }, back(desk, order, { payment_id }));
    const done = await desk.order(order.order_id);
    same('all of it', [done.status, done.due.amount, minor(done.refunded), done.refundable, done.actions], ['completed', '0.00', whole, [], []]);
    same('the receipt says it', (await desk.backend.query('receipt', { order_id: order.order_id })).refunds, done.refunds);
  },

  async 'a paid order is called off once its money went back'(desk) {
    const order = await desk.opened([await desk.plain()]);
    const { payment } = await pay(desk, order);
    await desk.as('manager');
    await back(desk, order, { payment_id: given('payment', payment).payment_id });
    await desk.command('cancel', { order_id: order.order_id, reason: 'left' });
    const off = await desk.order(order.order_id);
    same('called off', [off.status, off.balance.amount, off.due.amount], ['cancelled', '0.00', '0.00']);
  },

  async 'the receipt shows the lines, the sums and the number of the payment'(desk) {
    await desk.as('cashier');
    const { product, groups } = await desk.forced();
    const modifiers = groups.filter(({ min }) => min > 0).map(({ id, min, options }) => ({ group_id: id, option_id: given('option', options[0]).id, count: min }));
    const order_id = newId();
    const lines = [line((await desk.plain()).product_id, { quantity: '2' }), line(product.product_id, { modifiers }), line((await desk.plain(1)).product_id)];
    await desk.command('create_order', { order_id, order_type: 'counter', lines });
    await desk.command('void_line', { order_id, line_id: given('line', lines[2]).line_id });
    const order = await desk.order(order_id);
    const before = await desk.backend.query('receipt', { order_id });
    same('before a payment', [before.number, before.payments, before.balance], [null, [], order.balance]);
    same('its lines', before.lines.map(({ text, amount }) => [text, amount]),
      order.lines.slice(0, 2).map(({ quantity, name, amount }) => [`${quantity} × ${name}`, amount]));
    same('its totals', before.totals, order.totals);
    const details = at(order, 1).modifiers.map(({ name, count, price }) => `${count === 1 ? '' : `${String(count)} × `}${name}${minor(price) === 0n ? '' : ` +${price.amount}`}`);
    same('what was chosen', before.lines.map((row) => row.details), [[], details]);
    const { person } = await desk.as('manager');
    const { payment } = await pay(desk, order, { tendered: decimal(minor(order.balance) + 5n) });
    const after = await desk.backend.query('receipt', { order_id });
    same('after it', [after.number, after.label, after.balance.amount], [payment?.receipt, order.label, '0.00']);
    same('its payment', [sum(after.payments.map(({ amount }) => amount)), after.payments[0]?.change.amount], [minor(order.balance), '0.05']);
    same('who took the money', after.cashier, person.name);
    await refused({ code: 'payment_not_found', field: 'payment_id', rule: 'the order has no payment with this id' },
      desk.backend.query('receipt', { order_id, payment_id: newId() }));
  },
};
