// A till in memory, for component tests only. It knows just enough of an order for a screen to be true to it;
// the rules live in the Rust domain, and no production module imports this file.

import type {
  Action, Change, CommandOutcome, LineInput, LineState, LineView, Money, OrderView, TicketView, Topic,
} from './bindings';
import { Failure, type Backend, type CommandInput, type CommandName, type CommandOptions, type FeedListener, type QueryInput, type QueryName, type QueryOutput } from './backend';
import { CATEGORIES, eur, GROUPS, PEOPLE, PIN, PRODUCTS } from './fake-menu';
import { newId } from './ids';

const cents = (money: Money) => Math.round(Number(money.amount) * 100);
const fromCents = (value: number) => eur((value / 100).toFixed(2));

export interface Call {
  name: CommandName;
  input: unknown;
  options: CommandOptions;
}

export class FakeBackend implements Backend {
  session: string | null = null;
  readonly calls: Call[] = [];
  readonly orders = new Map<string, OrderView>();
  setUp = true;
  /** Each command waits so long; a test that holds a command back sets a promise. */
  gate: Promise<unknown> = Promise.resolve();
  private readonly listeners = new Set<FeedListener>();
  private readonly failures: Failure[] = [];
  private opened = 0;

  failNext(failure: Failure): void {
    this.failures.push(failure);
  }

  emit(change: Change): void {
    for (const listener of this.listeners) listener.onChange(change);
  }

  heartbeat(at_ms: number = Date.now()): void {
    this.emit({ kind: 'heartbeat', at_ms });
  }

  touch(topics: Topic[], order_id: string | null = null): void {
    this.emit({ kind: 'changed', position: 'fake-1', topics, order_id, at_ms: Date.now() });
  }

  changes(listener: FeedListener): () => void {
    this.listeners.add(listener);
    listener.onOpen();
    return () => this.listeners.delete(listener);
  }

  async command<N extends CommandName>(name: N, input: CommandInput<N>, options: CommandOptions = {}): Promise<CommandOutcome> {
    this.calls.push({ name, input, options });
    await this.gate;
    const failure = this.failures.shift();
    if (failure) throw failure;
    const outcome = this.apply(name, input);
    const orderId = outcome.order?.order_id ?? null;
    this.touch(['orders', 'kitchen', 'exceptions', 'status', 'shop'], orderId);
    return outcome;
  }

  async query<N extends QueryName>(name: N, input: QueryInput<N>): Promise<QueryOutput<N>> {
    await Promise.resolve();
    return structuredClone(this.answer(name, input)) as QueryOutput<N>;
  }

  called(name: CommandName): Call[] {
    return this.calls.filter((call) => call.name === name);
  }

  private answer(name: QueryName, input: unknown): unknown {
    const orderId = (input as { order_id?: string }).order_id ?? '';
    switch (name) {
      case 'shop': return this.shop();
      case 'session': return { session_id: this.session ?? '', person: PEOPLE[1], station: 'till' };
      case 'catalogue': return { version: 1, name: 'Test menu', currency: 'EUR', categories: CATEGORIES, products: PRODUCTS.length };
      case 'products': return { rows: this.products(input as QueryInput<'products'>), next: null };
      case 'product': {
        const { product_id } = input as QueryInput<'product'>;
        const product = PRODUCTS.find((row) => row.product_id === product_id);
        return { product, groups: product?.has_modifiers ? GROUPS : [] };
      }
      case 'order': return this.order(orderId);
      case 'orders': return { rows: this.rows(), next: null };
      case 'history': return this.history(orderId);
      case 'kitchen_board': return this.board();
      case 'exceptions': return [];
      case 'receipt': return this.receipt(orderId);
      case 'price_document': return {};
      case 'status': return {
        log: '0123456789abcdef0123456789abcdef', head_seq: 128, events: 1204, outbox_waiting: 1204, oldest_waiting_ms: Date.now() - 3_600_000,
        enrolled: false, letter: 'A', read_only: false, progress: null, last_verify: null, fold_version: 1, incidents: [],
      };
    }
  }

  private shop() {
    return {
      set_up: this.setUp, name: this.setUp ? 'Corner café' : null, currency: 'EUR', currency_decimals: 2, time_zone: 'UTC', demo: true,
      people: PEOPLE.map((person) => ({ person, locked_until_ms: null })),
      samples: [
        { id: 'restaurant', name: 'Casual restaurant', currency: 'EUR', products: 26 },
        { id: 'bar', name: 'Cocktail bar', currency: 'EUR', products: 10 },
        { id: 'japan', name: 'Family restaurant', currency: 'JPY', products: 121 },
      ],
    };
  }

  private products({ category_id = null, text = null }: QueryInput<'products'>) {
    return PRODUCTS.filter((product) =>
      (category_id === null || product.category_id === category_id)
      && (text === null || product.name.toLowerCase().includes(text.toLowerCase())));
  }

  private order(id: string): OrderView {
    const order = this.orders.get(id);
    if (!order) throw new Failure('bad_input', 'order_id', 'there is no such order', false);
    return order;
  }

  private apply(name: CommandName, input: unknown): CommandOutcome {
    if (name === 'sign_in') return this.signIn(input as CommandInput<'sign_in'>);
    if (name === 'set_up_shop') this.setUp = true;
    if (!(typeof input === 'object' && input !== null && 'order_id' in input)) return { applied: true };
    const order = name === 'create_order' ? this.create(input as CommandInput<'create_order'>) : this.order(String(input.order_id));
    const payment = this.change(order, name, input as never);
    this.settle(order);
    return {
      applied: true, order: { order_id: order.order_id, label: order.label, status: order.status, version: order.version },
      ...(payment ? { payment } : {}),
    };
  }

  private signIn({ person_id, pin, station }: CommandInput<'sign_in'>): CommandOutcome {
    const person = PEOPLE.find((row) => row.person_id === person_id);
    if (pin !== PIN || !person) throw new Failure('wrong_pin', 'pin', 'the PIN does not match', false);
    return { applied: true, session: { session_id: newId(), person, station } };
  }

  private create({ order_id, order_type, table = null, lines = [] }: CommandInput<'create_order'>): OrderView {
    this.opened += 1;
    const zero = eur('0.00');
    const order: OrderView = {
      order_id, label: `A-${String(this.opened).padStart(3, '0')}`, status: 'draft', served_unpaid: false, version: '1', order_type,
      table, note: null, customer: null, lines: lines.map((line) => toView(line)), charges: [],
      totals: { subtotal: zero, net: zero, tax: zero, taxes: [], total: zero, rounding: null }, due: zero, captured: zero,
      refunded: zero, balance: zero, payments: [], cash_suggestions: [], exceptions: [], actions: [], opened_at_ms: Date.now(),
      business_day: 20260919, opened_by: 'Chen', update_needed: false, set_aside: 0,
    };
    this.orders.set(order_id, order);
    return order;
  }

  private change(order: OrderView, name: CommandName, input: never) {
    const all = (from: LineState[], to: LineState) => {
      const ids = (input as { lines?: string[] }).lines ?? [];
      for (const line of order.lines) if (from.includes(line.state) && (ids.length === 0 || ids.includes(line.line_id))) line.state = to;
    };
    const line = order.lines.find(({ line_id }) => line_id === (input as { line_id?: string }).line_id);
    switch (name) {
      case 'add_line': order.lines.push(toView((input as CommandInput<'add_line'>).line)); break;
      case 'change_line': {
        const next = toView((input as CommandInput<'change_line'>).line);
        order.lines = order.lines.map((old) => (old.line_id === next.line_id ? next : old));
        break;
      }
      case 'void_line': if (line) Object.assign(line, { state: 'voided', editable: false, void_reason: (input as CommandInput<'void_line'>).reason }); break;
      case 'set_type': order.order_type = (input as CommandInput<'set_type'>).order_type; break;
      case 'set_table': order.table = (input as CommandInput<'set_table'>).table ?? null; break;
      case 'set_note': order.note = (input as CommandInput<'set_note'>).note ?? null; break;
      case 'send': case 'confirm': all(['new'], 'fired'); break;
      case 'start': all(['fired'], 'started'); break;
      case 'ready': all(['fired', 'started'], 'ready'); break;
      case 'recall': all(['ready'], 'started'); break;
      case 'hand_over': all(['ready'], 'handed_over'); break;
      case 'complete': all(['fired', 'started', 'ready'], 'handed_over'); break;
      case 'bump_line': if (line) line.state = 'ready'; break;
      case 'cancel': order.status = 'cancelled'; break;
      case 'reinstate': order.status = 'confirmed'; break;
      case 'pay_cash': return this.pay(order, input as CommandInput<'pay_cash'>, () => all(['new'], 'fired'));
      default: break;
    }
    return null;
  }

  private pay(order: OrderView, { payment_id, tendered = null }: CommandInput<'pay_cash'>, fire: () => void) {
    const given = tendered === null ? cents(order.balance) : cents(eur(tendered));
    const amount = Math.min(given, cents(order.balance));
    fire();
    const payment = {
      payment_id, amount: fromCents(amount), tendered: fromCents(given), change: fromCents(given - amount), receipt: `A1-${String(order.payments.length + 1)}`,
    };
    order.payments.push({ ...payment, tender: 'cash', at_ms: Date.now() });
    order.captured = fromCents(cents(order.captured) + amount);
    return payment;
  }

  private settle(order: OrderView): void {
    const live = order.lines.filter(({ state }) => state !== 'voided');
    const total = live.reduce((sum, line) => sum + cents(line.amount), 0);
    const balance = total - cents(order.captured);
    const tax = Math.round(total - total / 1.1);
    order.totals = {
      subtotal: fromCents(total), net: fromCents(total - tax), tax: fromCents(tax), total: fromCents(total), rounding: null,
      taxes: [{ id: 'vat', name: 'VAT', percent: '10', included: true, amount: fromCents(tax) }],
    };
    order.due = fromCents(total);
    order.balance = fromCents(balance);
    order.version = String(Number(order.version) + 1);
    const notes = [500, 1000, 2000, 5000].filter((note) => note > balance).slice(0, 3);
    order.cash_suggestions = balance > 0 ? [balance, ...notes].map(fromCents) : [];
    if (order.status !== 'cancelled') order.status = status(live, balance);
    order.actions = actions(order, live, balance);
  }

  private rows() {
    return [...this.orders.values()].reverse().map((order) => ({
      order_id: order.order_id, label: order.label, status: order.status, order_type: order.order_type, table: order.table,
      summary: order.lines.map(({ quantity, name }) => `${quantity} × ${name}`).join(', '), total: order.totals.total, balance: order.balance,
      exceptions: order.exceptions.length, opened_by: order.opened_by, opened_at_ms: order.opened_at_ms, business_day: order.business_day,
    }));
  }

  private board() {
    const tickets = [...this.orders.values()].filter(({ lines }) => lines.some(({ state }) => state !== 'new')).map(ticket);
    const cooking = tickets.filter(({ lines }) => lines.some(({ state }) => state === 'fired' || state === 'started'));
    const ready = tickets.filter((row) => !cooking.includes(row) && row.lines.some(({ state }) => state === 'ready'));
    return { cooking, ready, as_of_ms: Date.now() };
  }

  private history(orderId: string) {
    return this.calls.filter(({ input }) => (input as { order_id?: string }).order_id === orderId).map(({ name, input }, index) => ({
      event_id: `event-${String(index)}`, log: '0123456789abcdef0123456789abcdef', seq: index + 1, event_type: `order.${name}`,
      payload: JSON.stringify(input), person: 'Chen', role: 'cashier', station: 'till', device: 'a1b2c3d4', at_ms: Date.now(), level: 'L', hash: '00',
    }));
  }

  private receipt(orderId: string) {
    const order = this.order(orderId);
    return {
      shop: 'Corner café', number: order.payments.at(-1)?.receipt ?? null, label: order.label, order_type: order.order_type, table: order.table,
      at_ms: Date.now(), cashier: 'Chen', totals: order.totals, payments: order.payments, balance: order.balance,
      lines: order.lines.map((line) => ({ text: `${line.quantity} × ${line.name}`, details: line.modifiers.map(({ name }) => name), amount: line.amount })),
    };
  }
}

function toView({ line_id, product_id, quantity = '1', modifiers: chosen = [], open_price = null, note = null }: LineInput): LineView {
  const product = PRODUCTS.find((row) => row.product_id === product_id);
  const modifiers = chosen.map(({ group_id, option_id, count = 1 }) => {
    const option = GROUPS.find(({ id }) => id === group_id)?.options.find(({ id }) => id === option_id);
    return { group_id, option_id, count, name: option?.name ?? '', price: option?.price ?? eur('0.00') };
  });
  const price = open_price === null ? (product?.price ?? eur('0.00')) : eur(open_price);
  const unit = cents(price) + modifiers.reduce((sum, modifier) => sum + cents(modifier.price) * modifier.count, 0);
  return {
    line_id, version_id: newId(), product_id, name: product?.name ?? '', quantity,
    unit_price: price, open_price: open_price !== null, modifiers, note, state: 'new', round: 0,
    amount: fromCents(unit * Number(quantity)), void_reason: null, editable: true, superseded: [],
  };
}

function status(live: readonly LineView[], balance: number): OrderView['status'] {
  const has = (...states: LineState[]) => live.some(({ state }) => states.includes(state));
  if (live.length === 0 || !live.some(({ state }) => state !== 'new')) return 'draft';
  if (!has('new', 'fired', 'started', 'ready')) return balance <= 0 ? 'completed' : 'ready';
  if (!has('new', 'fired', 'started')) return 'ready';
  return has('started', 'ready') ? 'preparing' : 'confirmed';
}

function actions(order: OrderView, live: readonly LineView[], balance: number): Action[] {
  if (order.status === 'cancelled') return ['reinstate'];
  const has = (...states: LineState[]) => live.some(({ state }) => states.includes(state));
  for (const line of order.lines) line.editable = line.state === 'new';
  const when: [boolean, Action[]][] = [
    [order.status !== 'completed', ['add_line', 'change_line', 'split_line', 'void_line', 'set_type', 'set_table', 'set_note', 'set_customer', 'cancel']],
    [has('new'), ['send']], [balance > 0, ['pay_cash']], [has('fired'), ['start']], [has('fired', 'started'), ['ready', 'bump_line']],
    [has('ready'), ['recall', 'hand_over']], [balance <= 0 && has('fired', 'started', 'ready'), ['complete']],
  ];
  return when.flatMap(([holds, allowed]) => (holds ? allowed : []));
}

function ticket(order: OrderView): TicketView {
  return {
    order_id: order.order_id, label: order.label, order_type: order.order_type, table: order.table, note: order.note, version: order.version,
    fired_at_ms: order.opened_at_ms, changes: [], actions: order.actions, cancelled: order.status === 'cancelled',
    lines: order.lines.filter(({ state }) => state !== 'new').map((line) => ({
      line_id: line.line_id, name: line.name, quantity: line.quantity, modifiers: line.modifiers.map(({ name }) => name), note: line.note,
      state: line.state, round: line.round,
    })),
  };
}
