// An order of the fake till: what each command does to it, and why it is refused. It follows the domain's rules as far
// as the contract states them and no further; each act names the facts that it would write.

import type { CommandInput, CommandName } from './backend';
import type {
  Action, LineState, LineView, Money, OrderStatus, OrderView, PaymentOutcome, RefundOutcome, Role, SessionOutcome, TicketChangeView,
} from './bindings';
import { amountOf, cents, fromCents, refuse, toView } from './fake-line';
import { eur } from './fake-menu';
import { newId } from './ids';

/** A view with what lies behind it. */
export interface FakeOrder extends OrderView {
  placed: boolean;
  cancelled: boolean;
  /** Lines that the kitchen was ever told of. */
  fired: string[];
  changes: (TicketChangeView & { lines: string[] })[];
  /** By how much refunds of goods lower the due, in minor units. */
  credited: number;
  facts: { event_type: string; payload: string; author: SessionOutcome | null }[];
}

const OPEN: readonly OrderStatus[] = ['draft', 'pending', 'confirmed', 'preparing', 'ready'];
const FIRED = OPEN.slice(2);
const ANY: readonly OrderStatus[] = [...OPEN, 'completed', 'cancelled'];
/** In which status each act can do something, in the order in which a view names them. */
const FROM: Readonly<Record<Action, readonly OrderStatus[]>> = {
  create: [], add_line: OPEN, change_line: OPEN, split_line: OPEN, void_line: OPEN, set_type: OPEN, set_table: OPEN, set_note: OPEN,
  set_customer: OPEN, set_covers: OPEN, set_rush: OPEN, place: ['draft'], confirm: OPEN.slice(1), send: OPEN, start: FIRED, ready: FIRED, bump_line: FIRED,
  recall: FIRED.slice(1), hand_over: FIRED.slice(1), acknowledge_changes: ANY, cancel: OPEN, reinstate: ANY, close_exception: ANY,
  pay_cash: OPEN, refund: ANY, complete: OPEN.slice(1),
};
/** In which status it was done before. */
const QUIET: Partial<Record<Action, readonly OrderStatus[]>> = {
  place: [...OPEN.slice(1), 'completed'], hand_over: ['completed'], cancel: ['cancelled'], complete: ['completed'],
};
const KITCHEN: readonly Action[] = ['start', 'ready', 'bump_line', 'recall', 'hand_over', 'acknowledge_changes'];
const STEPS: readonly LineState[] = ['new', 'fired', 'started', 'ready', 'handed_over'];

const live = (order: FakeOrder) => order.lines.filter(({ state }) => state !== 'voided');
const within = (order: FakeOrder, from: LineState, to: LineState = from) =>
  live(order).some(({ state }) => STEPS.indexOf(state) >= STEPS.indexOf(from) && STEPS.indexOf(state) <= STEPS.indexOf(to));
const trimmed = (text: string | null | undefined) => text?.trim() || null;

/** Whether someone of this role may do this; an order that is being made is a manager's to call off. */
export function mayDo(role: Role, name: CommandName, order?: FakeOrder): boolean {
  if (role === 'kitchen') return KITCHEN.some((action) => action === name);
  if (role === 'manager') return true;
  if (name === 'cancel') return !order || !within(order, 'started', 'handed_over');
  return !['reinstate', 'close_exception', 'refund', 'import_menu', 'check_menu', 'add_person', 'change_person', 'change_shop', 'set_device', 'enrol', 'rebuild', 'verify', 'export', 'import_part', 'import_log', 'cancel_work'].includes(name);
}

/** What may be done now, by whom it may be done. */
export function actions(order: FakeOrder, role: Role | null): Action[] {
  const work: Partial<Record<Action, boolean>> = {
    create: false, change_line: within(order, 'new'), split_line: within(order, 'new', 'ready'), void_line: within(order, 'new', 'ready'),
    place: live(order).length > 0, confirm: within(order, 'new'), send: within(order, 'new') || (!order.placed && live(order).length > 0),
    start: within(order, 'fired'), ready: within(order, 'fired', 'started'), bump_line: within(order, 'fired', 'started'),
    recall: within(order, 'ready'), hand_over: within(order, 'ready'), acknowledge_changes: order.changes.length > 0,
    cancel: cents(order.captured) === cents(order.refunded) && !within(order, 'handed_over'), reinstate: order.cancelled, close_exception: false,
    pay_cash: cents(order.balance) > 0 && live(order).length > 0, refund: order.refundable.length > 0, complete: cents(order.balance) <= 0 && within(order, 'new', 'ready'),
  };
  const names = Object.keys(FROM) as Action[];
  return names.filter((action) => FROM[action].includes(order.status) && (work[action] ?? true)
    && (role === null || action === 'create' || mayDo(role, action, order)));
}

/** What the kitchen may do with it. */
export const kitchenActions = (order: FakeOrder): Action[] => actions(order, null).filter((action) => KITCHEN.includes(action));

export function open({ order_id, order_type, table = null, lines = [] }: CommandInput<'create_order'>, label: string, opened_by: string): FakeOrder {
  const zero = eur('0.00');
  const order: FakeOrder = {
    order_id, label, status: 'draft', served_unpaid: false, version: '0', order_type, table: null, covers: null, rush: false, note: null, customer: null,
    lines: lines.map((line, index) => toView(line, `lines[${String(index)}].`)), charges: [],
    totals: { subtotal: zero, net: zero, tax: zero, taxes: [], total: zero, rounding: null }, due: zero, captured: zero, refunded: zero,
    balance: zero, payments: [], refunds: [], refundable: [], cash_suggestions: [], exceptions: [], actions: [], opened_at_ms: Date.now(), business_day: 20260919,
    opened_by, update_needed: false, set_aside: 0, archived: false, placed: false, cancelled: false, fired: [], changes: [], credited: 0, facts: [],
  };
  tell(order, 'opened', { label, order_type });
  setTable(order, table);
  for (const line of lines) tell(order, 'line_added', line);
  return order;
}

const tell = (order: FakeOrder, name: string, payload: unknown = {}) => order.facts.push({ event_type: `order.${name}`, payload: JSON.stringify(payload), author: null });

/** Money that a command moved. */
export type Moved = { payment: PaymentOutcome } | { refund: RefundOutcome };

/** Does a command to an order that is open; nothing is told where it was done before. */
export function act(order: FakeOrder, name: Action, input: unknown, receipt: string): Moved | null {
  if (name === 'pay_cash' && repeated(order, input as CommandInput<'pay_cash'>)) return null;
  if (name === 'refund' && refundedAlready(order, input as CommandInput<'refund'>)) return null;
  if (QUIET[name]?.includes(order.status)) return null;
  if (name === 'cancel' && order.status === 'completed') refuse('order_completed', 'status', 'a completed order is refunded, not cancelled');
  if (!FROM[name].includes(order.status)) refuse('status_forbids', 'status', `${name} is not possible while the order is ${order.status}`, [], { status: order.status });
  if (name === 'pay_cash') return { payment: pay(order, input as CommandInput<'pay_cash'>, receipt) };
  if (name === 'refund') return { refund: refund(order, input as CommandInput<'refund'>) };
  if (name !== 'create') ACTS[name](order, input as never);
  return null;
}

type Act = Exclude<Action, 'create' | 'pay_cash' | 'refund'>;
const ACTS: { [N in Act]: (order: FakeOrder, input: CommandInput<N>) => void } = {
  add_line(order, { line }) {
    const next = toView(line, 'line.');
    if (order.lines.some(({ line_id }) => line_id === next.line_id)) lineExists();
    order.lines.push(next);
    tell(order, 'line_added', line);
  },
  change_line(order, { line }) {
    const next = toView(line, 'line.');
    const old = lineOf(order, next.line_id);
    if (old.state === 'handed_over') guestHasIt();
    if (old.state !== 'new') refuse('line_in_kitchen', 'line_id', 'the kitchen has this line; void it with a reason instead of changing it');
    order.lines = order.lines.map((row) => (row === old ? next : row));
    tell(order, 'line_replaced', line);
  },
  split_line(order, { line_id, new_line_id, quantity }) {
    const line = lineOf(order, line_id);
    if (line.state === 'handed_over') guestHasIt();
    if (order.lines.some((row) => row.line_id === new_line_id)) lineExists();
    const [all, moved] = [Number(line.quantity), Number(quantity)];
    if (moved <= 0) refuse('quantity_not_positive', 'quantity', 'must be greater than zero');
    if (moved >= all) refuse('split_quantity', 'quantity', 'must be less than the quantity of the line');
    const unit = cents(line.amount) / all;
    const part = (share: number) => ({ quantity: String(Number(share.toFixed(3))), amount: fromCents(Math.round(unit * share)) });
    order.lines.splice(order.lines.indexOf(line) + 1, 0, { ...line, ...part(moved), line_id: new_line_id, version_id: newId() });
    Object.assign(line, part(all - moved), { version_id: newId() });
    if (order.fired.includes(line_id)) order.fired.push(new_line_id);
    for (const change of order.changes) if (change.kind === 'added' && change.lines.includes(line_id)) change.lines.push(new_line_id);
    tell(order, 'line_split', { line_id });
    tell(order, 'line_split_off', { line_id: new_line_id });
  },
  void_line(order, { line_id, reason }) {
    const line = order.lines.find((row) => row.line_id === line_id) ?? noLine();
    if (line.state === 'voided') return;
    const why = reasonOf(reason);
    if (line.state === 'handed_over') guestHasIt();
    if (line.state !== 'new') {
      if (why === null) noReason();
      order.changes.push({ fact_id: newId(), kind: 'voided', line: `${line.quantity} × ${line.name}`, reason: why, lines: [line_id] });
    }
    Object.assign(line, { state: 'voided', void_reason: why });
    tell(order, 'line_voided', { line_id, reason: why });
  },
  set_type(order, { order_type }) {
    if (order.order_type === order_type) return;
    order.order_type = order_type;
    tell(order, 'type_set', { order_type });
  },
  set_table: (order, { table }) => setTable(order, table ?? null),
  set_note(order, { note }) {
    const text = trimmed(note);
    if ((text?.length ?? 0) > 500) refuse('text_too_long', 'note', 'note has at most 500 characters');
    if (order.note === text) return;
    order.note = text;
    tell(order, 'note_set');
  },
  set_customer(order, { name, phone, address = null }) {
    const given = { name: trimmed(name), phone: trimmed(phone), address, erased: false };
    order.customer = given.name === null && given.phone === null && address === null ? null : given;
    tell(order, 'customer_set');
  },
  set_covers(order, { covers = null }) {
    if (covers !== null && (covers < 1 || covers > 999)) refuse('covers_out_of_range', 'covers', 'must be between 1 and 999');
    if (order.covers === covers) return;
    order.covers = covers;
    tell(order, 'covers_set', { covers });
  },
  set_rush(order, { rush }) {
    if (order.rush === rush) return;
    order.rush = rush;
    tell(order, 'rush_set', { rush });
  },
  place: (order) => place(order),
  confirm: (order) => {
    notEmpty(order);
    fire(order);
  },
  send: (order) => {
    place(order);
    fire(order);
  },
  start: (order, { lines = [] }) => cook(order, lines, 'start', ['fired'], 'started'),
  ready: (order, { lines = [] }) => cook(order, lines, 'ready', ['fired', 'started'], 'ready'),
  bump_line: (order, { line_id }) => cook(order, [line_id], 'ready', ['fired', 'started'], 'ready'),
  recall: (order, { lines = [] }) => cook(order, lines, 'recall', ['ready'], 'started'),
  hand_over: (order, { lines = [] }) => cook(order, lines, 'hand_over', ['ready'], 'handed_over'),
  acknowledge_changes(order, { facts = [] }) {
    if (facts.length === 0 && order.changes.length === 0) nothingTo('acknowledge_changes');
    if (facts.some((fact) => !order.changes.some(({ fact_id }) => fact_id === fact))) {
      refuse('change_not_found', 'facts', 'the order has no change with this id for the kitchen');
    }
    order.changes = order.changes.filter(({ fact_id }) => facts.length > 0 && !facts.includes(fact_id));
    tell(order, 'changes_acknowledged', { facts });
  },
  cancel(order, { reason }) {
    if (within(order, 'handed_over')) refuse('part_handed_over', 'order', 'part of the order was handed over; void the rest instead of cancelling');
    if (cents(order.captured) > cents(order.refunded)) refuse('payment_captured', 'order', 'money was taken for this order; refund it before you cancel');
    const why = reasonOf(reason) ?? noReason();
    const had = live(order).filter(({ state }) => state !== 'new');
    if (had.length > 0) {
      const words = had.map(({ quantity, name }) => `${quantity} × ${name}`).join(', ');
      order.changes.push({ fact_id: newId(), kind: 'cancelled', line: words, reason: why, lines: had.map(({ line_id }) => line_id) });
    }
    order.cancelled = true;
    tell(order, 'cancelled', { reason: why });
  },
  reinstate(order, { reason }) {
    if (!order.cancelled) nothingTo('reinstate');
    order.cancelled = false;
    order.changes = order.changes.filter(({ kind }) => kind !== 'cancelled');
    tell(order, 'reinstated', { reason: reasonOf(reason) });
  },
  close_exception: () => refuse('exception_not_found', 'exception_id', 'the order has no exception with this id'),
  complete(order) {
    notEmpty(order);
    const open = cents(order.balance);
    if (open > 0) refuse('balance_open', 'balance', `${String(open)} minor units are still open`, [], { amount: fromCents(open) });
    fire(order);
    for (const line of live(order)) line.state = 'handed_over';
    tell(order, 'lines_handed_over');
  },
};

const lineExists = () => refuse('line_exists', 'line_id', 'the order has a line with this id already');
const guestHasIt = () => refuse('line_handed_over', 'line_id', 'the guest has this line');
const noLine = () => refuse('line_not_found', 'line_id', 'the order has no line with this id');
const noReason = () => refuse('reason_required', 'reason', 'a reason is required');
const nothingTo = (name: Action) => refuse('nothing_to_do', 'lines', `there is nothing to ${name} in this order`);

function lineOf(order: FakeOrder, line_id: string): LineView {
  const line = order.lines.find((row) => row.line_id === line_id) ?? noLine();
  return line.state === 'voided' ? refuse('line_voided', 'line_id', 'the line was voided') : line;
}

function textWithin(field: string, text: string | null, max: number): string | null {
  return (text?.length ?? 0) > max ? refuse('text_too_long', field, `must have at most ${String(max)} characters`) : text;
}

const reasonOf = (reason: string | null | undefined) => textWithin('reason', trimmed(reason), 200);

function setTable(order: FakeOrder, given: string | null): void {
  const table = textWithin('table', trimmed(given), 40);
  if (order.table === table) return;
  order.table = table;
  tell(order, 'table_set', { table });
}

function notEmpty(order: FakeOrder): void {
  if (live(order).length === 0) refuse('order_empty', 'lines', 'the order has no lines');
}

function place(order: FakeOrder): void {
  notEmpty(order);
  if (!order.placed) tell(order, 'placed');
  order.placed = true;
}

function fire(order: FakeOrder): void {
  const fresh = live(order).filter(({ state }) => state === 'new');
  if (fresh.length > 0 && order.fired.length > 0) {
    const words = fresh.map(({ quantity, name }) => `${quantity} × ${name}`).join(', ');
    order.changes.push({ fact_id: newId(), kind: 'added', line: words, reason: null, lines: fresh.map(({ line_id }) => line_id) });
  }
  for (const line of fresh) line.state = 'fired';
  order.fired.push(...fresh.map(({ line_id }) => line_id));
  if (fresh.length > 0) tell(order, 'lines_fired');
}

/** Lines that are named have to fit or be done; without names all that fit are taken. */
function cook(order: FakeOrder, named: readonly string[], name: Action, from: readonly LineState[], to: LineState): void {
  const done = (state: LineState) => name !== 'recall' && STEPS.indexOf(state) >= STEPS.indexOf(to);
  const lines = named.length > 0 ? named.map((id) => lineOf(order, id)) : live(order).filter(({ state }) => from.includes(state) || done(state));
  if (lines.length === 0) nothingTo(name);
  const taken = lines.filter(({ state }) => !done(state));
  for (const { state } of taken) {
    if (from.includes(state)) continue;
    if (state === 'new') refuse('line_not_fired', 'line_id', 'the line was not sent to the kitchen');
    if (state === 'handed_over') guestHasIt();
    refuse('line_not_ready', 'line_id', 'the line is not ready');
  }
  for (const line of taken) Object.assign(line, { state: to, round: line.round + (name === 'recall' ? 1 : 0) });
  const facts: Partial<Record<Action, string>> = { start: 'preparation_started', ready: 'lines_ready', recall: 'lines_recalled', hand_over: 'lines_handed_over' };
  if (taken.length > 0) tell(order, facts[name] ?? name, { lines: taken.map(({ line_id }) => line_id) });
}

function repeated(order: FakeOrder, { payment_id, tendered, amount }: CommandInput<'pay_cash'>): boolean {
  const known = order.payments.find((payment) => payment.payment_id === payment_id);
  if (!known) return false;
  const is = (money: Money, text: string | null | undefined) => text == null || cents(money) === cents(eur(text));
  if (is(known.tendered, tendered ?? order.balance.amount) && is(known.amount, amount)) return true;
  return refuse('payment_exists', 'payment_id', 'a different payment with this id exists already');
}

function pay(order: FakeOrder, input: CommandInput<'pay_cash'>, receipt: string): PaymentOutcome {
  const { currency } = order.due;
  if (input.currency != null && input.currency !== currency) refuse('currency_mismatch', 'currency', `the order is in ${currency}, not in ${input.currency}`);
  const owed = cents(order.balance);
  const asked = input.amount == null ? null : amountOf('amount', input.amount);
  const tendered = input.tendered == null ? (asked ?? owed) : amountOf('tendered', input.tendered);
  notEmpty(order);
  if (owed <= 0) refuse('nothing_to_pay', 'balance', 'nothing is open to pay');
  const fits = (field: string, amount: number, max: number) => {
    if (amount < 1 || amount > max) refuse('payment_amount', field, `must be greater than zero and at most ${String(max)} minor units`);
  };
  fits('tendered', tendered, 999_999_999_999);
  if (asked !== null) fits('amount', asked, owed);
  if (asked !== null && asked > tendered) refuse('tendered_too_small', 'tendered', 'must be at least the amount to be paid');
  const amount = asked ?? Math.min(tendered, owed);
  place(order);
  fire(order);
  const payment = { payment_id: input.payment_id, amount: fromCents(amount), tendered: fromCents(tendered), change: fromCents(tendered - amount), receipt };
  order.payments.push({ ...payment, tender: 'cash', at_ms: Date.now() });
  tell(order, 'cash_paid', { payment_id: input.payment_id });
  return payment;
}

function refundedAlready(order: FakeOrder, { refund_id, payment_id, amount }: CommandInput<'refund'>): boolean {
  const known = order.refunds.find((row) => row.refund_id === refund_id);
  if (known && known.payment_id === payment_id && (amount == null || cents(known.amount) === cents(eur(amount)))) return true;
  const taken = known !== undefined || order.payments.some((row) => row.payment_id === refund_id);
  return taken ? refuse('refund_exists', 'refund_id', 'a payment or a different refund with this id exists already') : false;
}

const owedTo = (order: FakeOrder) => Math.max(0, -cents(order.balance));
const leftOf = (order: FakeOrder, payment_id: string, amount: Money) =>
  cents(amount) - order.refunds.filter((row) => row.payment_id === payment_id).reduce((sum, row) => sum + cents(row.amount), 0);

function refund(order: FakeOrder, { payment_id, refund_id, amount: asked, currency, reason }: CommandInput<'refund'>): RefundOutcome {
  if (currency != null && currency !== order.due.currency) refuse('currency_mismatch', 'currency', `the order is in ${order.due.currency}, not in ${currency}`);
  const given = asked == null ? null : amountOf('amount', asked);
  const payment = order.payments.find((row) => row.payment_id === payment_id) ?? refuse('payment_not_found', 'payment_id', 'the order has no payment with this id');
  const left = leftOf(order, payment_id, payment.amount);
  if (left <= 0) refuse('payment_refunded', 'payment_id', 'nothing is left of this payment to give back');
  const amount = given ?? left;
  if (amount < 1 || amount > left) {
    const rule = `must be greater than zero and at most ${String(left)} minor units, which is what is left of the payment`;
    refuse('refund_amount', 'amount', rule, [], { amount: fromCents(left) });
  }
  const why = reasonOf(reason) ?? noReason();
  if (cents(order.balance) <= 0) order.credited += Math.max(0, amount - owedTo(order));
  order.refunds.push({ refund_id, payment_id, receipt: payment.receipt, tender: 'cash', amount: fromCents(amount), reason: why, at_ms: Date.now() });
  tell(order, 'refunded', { refund_id, payment_id, payout_minor: amount, reason: why });
  return { refund_id, payment_id, amount: fromCents(amount) };
}

/** What can go back: of the later payments first, which is also where something is owed. */
function refundable(order: FakeOrder): OrderView['refundable'] {
  let owed = owedTo(order);
  return [...order.payments].reverse().flatMap(({ payment_id, receipt, at_ms, amount }) => {
    const left = leftOf(order, payment_id, amount);
    const share = Math.min(left, owed);
    owed -= share;
    return left > 0 ? [{ payment_id, receipt, at_ms, most: fromCents(left), suggested: fromCents(share || left), owed: share > 0 }] : [];
  });
}

/** Sums, status and version after an act. */
export function settle(order: FakeOrder): void {
  // An addition is told while a line of it waits, and a cancel takes its place.
  const waits = (line_id: string) => order.lines.some((line) => line.line_id === line_id && line.state === 'fired');
  order.changes = order.changes.filter(({ kind, lines: told }) => kind !== 'added' || (!order.cancelled && told.some(waits)));
  const lines = live(order);
  const add = (amounts: readonly Money[]) => amounts.reduce((sum, amount) => sum + cents(amount), 0);
  const [total, captured] = [add(lines.map(({ amount }) => amount)), add(order.payments.map(({ amount }) => amount))];
  const refunded = add(order.refunds.map(({ amount }) => amount));
  const due = order.cancelled ? 0 : Math.max(0, total - order.credited);
  const tax = Math.round(total - total / 1.1);
  const balance = due - captured + refunded;
  order.totals = {
    subtotal: fromCents(total), net: fromCents(total - tax), tax: fromCents(tax), total: fromCents(total), rounding: null,
    taxes: [{ id: 'vat', name: 'VAT', percent: '10', included: true, amount: fromCents(tax) }],
  };
  Object.assign(order, { due: fromCents(due), captured: fromCents(captured), refunded: fromCents(refunded), balance: fromCents(balance), version: String(order.facts.length) });
  order.refundable = refundable(order);
  const notes = [500, 1000, 2000, 5000].filter((note) => note > balance).slice(0, 3);
  order.cash_suggestions = balance > 0 ? [balance, ...notes].map(fromCents) : [];
  const served = lines.length > 0 && lines.every(({ state }) => state === 'handed_over');
  order.status = status(order, served && captured >= due);
  order.served_unpaid = served && captured < due && !order.cancelled;
  for (const line of order.lines) line.editable = line.state === 'new' && FROM.change_line.includes(order.status);
}

function status(order: FakeOrder, over: boolean): OrderStatus {
  if (order.cancelled) return 'cancelled';
  if (!order.placed) return 'draft';
  if (over) return 'completed';
  if (!within(order, 'fired', 'handed_over')) return 'pending';
  if (!within(order, 'fired', 'started')) return 'ready';
  return within(order, 'started', 'handed_over') ? 'preparing' : 'confirmed';
}
