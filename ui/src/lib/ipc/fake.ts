// A till in memory, for component tests only. It stands behind the same contract as the served till; the rules live in
// the Rust domain, and no production module imports this file.

import { Failure, type Backend, type CommandInput, type CommandName, type CommandOptions, type FeedListener, type QueryInput, type QueryName, type QueryOutput } from './backend';
import type { Action, Change, CommandOutcome, DeviceView, HeadOfficeView, OrderRow, OrderView, ProductView, SessionOutcome, StaffMemberView, TicketView, Topic } from './bindings';
import { checked } from './fake-check';
import { cents, refuse } from './fake-line';
import { allergensOf, CASHIER, CATEGORIES, groupsOf, PEOPLE, PIN, PRODUCTS } from './fake-menu';
import { act, actions, kitchenActions, mayDo, open, settle, type FakeOrder } from './fake-order';
import { newId } from './ids';

export interface Call {
  name: CommandName;
  input: unknown;
  options: CommandOptions;
}

const NEEDS_NO_SESSION: readonly string[] = ['sign_in', 'set_up_shop', 'check_menu', 'first_pin', 'shop', 'ready_board'];
const NOT_FOR_THE_KITCHEN: readonly QueryName[] = ['orders', 'history', 'exceptions', 'receipt', 'price_document'];

export class FakeBackend implements Backend {
  session: string | null = null;
  readonly calls: Call[] = [];
  readonly orders = new Map<string, FakeOrder>();
  setUp = true;
  comesDown = false;
  firstPinDue = false;
  named = 'Corner café';
  staff: StaffMemberView[] = PEOPLE.map((person) => ({ person, active: true }));
  device: DeviceView = { name: null, lock_after_minutes: 0 };
  /** Each command waits so long; a test that holds a command back sets a promise. */
  gate: Promise<unknown> = Promise.resolve();
  private readonly listeners = new Set<FeedListener>();
  private readonly failures: Failure[] = [];
  private readonly sessions = new Map<string, SessionOutcome>();
  private readonly outcomes = new Map<string, { request: string; outcome: CommandOutcome }>();
  private opened = 0;
  private office: HeadOfficeView = {
    state: 'provisional', url: null, connected: false, recorded: 1204, accepted: 0, waiting: 1204, oldest_waiting_ms: null, outage: null, aside: [], clock_ahead_ms: null,
  };
  private receipts = 0;

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
    this.admit(name);
    const request = JSON.stringify([name, input]);
    const known = options.commandId === undefined ? undefined : this.outcomes.get(options.commandId);
    if (known && known.request !== request) {
      refuse('command_id_reused', 'command_id', 'this command id was used with other content; a new act needs a new id');
    }
    if (known) return structuredClone(known.outcome);
    const outcome = this.apply(name, input, options.expectedVersion);
    if (options.commandId !== undefined && outcome.applied) this.outcomes.set(options.commandId, { request, outcome });
    return structuredClone(outcome);
  }

  async query<N extends QueryName>(name: N, input: QueryInput<N>): Promise<QueryOutput<N>> {
    await Promise.resolve();
    this.admit(name);
    if (NOT_FOR_THE_KITCHEN.includes(name) && this.role === 'kitchen') this.notAllowed();
    if (name === 'staff' && this.role !== 'manager') this.notAllowed();
    return structuredClone(this.answer(name, input)) as QueryOutput<N>;
  }

  /** Acts as someone at another window of the house. */
  async elsewhere(person_id: string, act: () => Promise<unknown>): Promise<void> {
    const here = this.session;
    this.session = this.signIn({ person_id, pin: PIN, station: 'elsewhere' }).session?.session_id ?? null;
    try {
      await act();
    } finally {
      this.session = here;
    }
  }

  called(name: CommandName): Call[] {
    return this.calls.filter((call) => call.name === name);
  }

  private get signedIn(): SessionOutcome | undefined {
    return this.sessions.get(this.session ?? '');
  }

  private get author(): SessionOutcome {
    return this.signedIn ?? { session_id: '', person: CASHIER, station: 'till' };
  }

  private get role() {
    return this.signedIn?.person.role ?? null;
  }

  private admit(name: CommandName | QueryName): void {
    const beforeFirstStart = !this.setUp && name === 'enrol';
    if (NEEDS_NO_SESSION.includes(name) || beforeFirstStart || this.signedIn) return;
    refuse('session_required', 'session', 'sign in first: this session is unknown or has ended');
  }

  private notAllowed(): never {
    return refuse('role_not_allowed', '', `a ${this.role ?? 'stranger'} may not do this; ask someone who may`);
  }

  private apply(name: CommandName, input: unknown, expected: string | undefined): CommandOutcome {
    if (name === 'sign_in') return this.signIn(input as CommandInput<'sign_in'>);
    if (name === 'sign_out') this.sessions.delete(this.session ?? '');
    if (name === 'sign_out') return { applied: true };
    const orderId = (input as { order_id?: string }).order_id;
    const before = this.orders.get(orderId ?? '');
    if (this.role !== null && name !== 'set_up_shop' && !mayDo(this.role, name, before)) this.notAllowed();
    if (orderId === undefined) return this.applyToShop(name, input);
    if (expected !== undefined && before && expected !== before.version) {
      refuse('stale_version', 'expected_version', 'the order has moved since you looked; look again and repeat', [before.version]);
    }
    return name === 'create_order' ? this.create(input as CommandInput<'create_order'>) : this.change(name as Action, orderId, input);
  }

  private applyToShop(name: CommandName, input: unknown): CommandOutcome {
    if (name === 'set_up_shop') this.setUp = true;
    if (name === 'check_menu') return { applied: false, menu: checked(input as CommandInput<'check_menu'>) };
    if (name === 'add_person') {
      const { person_id, name: called, role } = input as CommandInput<'add_person'>;
      this.staff.push({ person: { person_id, name: called, role }, active: true });
    }
    if (name === 'change_person') {
      const change = input as CommandInput<'change_person'>;
      this.staff = this.staff.map((row) => row.person.person_id !== change.person_id ? row : {
        person: { ...row.person, name: change.name ?? row.person.name, role: change.role ?? row.person.role }, active: change.active ?? row.active,
      });
    }
    if (name === 'change_shop') this.named = (input as CommandInput<'change_shop'>).name ?? this.named;
    if (name === 'first_pin') return this.firstPin();
    if (name === 'enrol' && !this.setUp) this.comesDown = true;
    if (name === 'enrol') this.office = { ...this.office, state: 'enrolled', url: (input as CommandInput<'enrol'>).url, connected: true };
    if (name === 'set_device') {
      const change = input as CommandInput<'set_device'>;
      this.device = { name: change.name ?? this.device.name, lock_after_minutes: change.lock_after_minutes ?? this.device.lock_after_minutes };
    }
    if (['add_person', 'change_person', 'change_shop', 'set_device'].includes(name)) {
      this.touch(['shop']);
      return { applied: true };
    }
    this.touch(name === 'enrol' ? ['shop', 'status'] : name === 'set_up_shop' ? ['shop', 'catalogue', 'status'] : name === 'import_menu' ? ['catalogue', 'status'] : ['status']);
    return { applied: true };
  }

  /** The shop of a joined store has come down; nobody of it has a PIN here. */
  comeDown(): void {
    [this.setUp, this.comesDown, this.firstPinDue] = [true, false, true];
    this.touch(['shop']);
  }

  private firstPin(): CommandOutcome {
    const manager = this.staff.find(({ person }) => person.role === 'manager')?.person;
    if (!this.firstPinDue || manager === undefined) return { applied: false };
    this.firstPinDue = false;
    this.touch(['shop']);
    return { applied: true, first_pin: { name: manager.name, pin: PIN } };
  }

  private signIn({ person_id, pin, station }: CommandInput<'sign_in'>): CommandOutcome {
    const person = this.staff.find((row) => row.person.person_id === person_id && row.active)?.person ?? refuse('unknown_person', 'person_id', 'nobody on the staff has this id');
    if (pin !== PIN) refuse('wrong_pin', 'pin', 'this PIN is wrong');
    const before = this.signedIn;
    if (before?.station === station && before.person.person_id === person_id) return { applied: true, session: before };
    if (before?.station === station) this.sessions.delete(before.session_id);
    const session = { session_id: newId(), person, station };
    this.sessions.set(session.session_id, session);
    return { applied: true, session };
  }

  private create(input: CommandInput<'create_order'>): CommandOutcome {
    if (this.orders.has(input.order_id)) refuse('order_exists', 'order_id', 'an order with this id exists already');
    const order = open(input, `A-${String(this.opened + 1).padStart(3, '0')}`, this.author.person.name);
    this.opened += 1;
    this.keep(order);
    this.touch(['orders', 'status', 'kitchen', 'exceptions'], order.order_id);
    return outcomeOf(order, true);
  }

  private change(name: Action, orderId: string, input: unknown): CommandOutcome {
    const missing = name === 'pay_cash' || name === 'refund' ? 'there is no order with this id' : 'no order has this id';
    const before = this.orders.get(orderId) ?? refuse('order_not_found', 'order_id', missing);
    // On a copy, because a refusal half-way leaves nothing behind.
    const order = structuredClone(before);
    const moved = act(order, name, input, `A1-${String(this.receipts + 1)}`);
    if (order.facts.length === before.facts.length) return outcomeOf(before, false);
    if (moved && 'payment' in moved) this.receipts += 1;
    this.keep(order);
    const onBoard = JSON.stringify(ticketOf(before)) !== JSON.stringify(ticketOf(order));
    this.touch(onBoard ? ['orders', 'status', 'kitchen'] : ['orders', 'status'], orderId);
    return { ...outcomeOf(order, true), ...moved };
  }

  private keep(order: FakeOrder): void {
    for (const fact of order.facts) fact.author ??= this.author;
    settle(order);
    this.orders.set(order.order_id, order);
  }

  private answer(name: QueryName, input: unknown): unknown {
    const orderId = (input as { order_id?: string }).order_id ?? '';
    switch (name) {
      case 'shop': return this.shop();
      case 'session': return this.author;
      case 'staff': return { people: this.staff, roles: ['manager', 'cashier', 'kitchen'] };
      case 'catalogue': return { version: 1, name: 'Test menu', currency: 'EUR', categories: CATEGORIES, products: PRODUCTS.length };
      case 'products': return this.products(input as QueryInput<'products'>);
      case 'product': {
        const { product_id } = input as QueryInput<'product'>;
        const product = PRODUCTS.find((row) => row.product_id === product_id)
          ?? refuse('unknown_product', 'product_id', 'the catalogue has no product with this id');
        return { product, groups: groupsOf(product) };
      }
      case 'order': return this.view(this.order(orderId));
      case 'orders': return this.list(input as QueryInput<'orders'>);
      case 'history': return this.history(this.order(orderId));
      case 'kitchen_board': return this.board();
      case 'ready_board': return this.guestBoard();
      case 'exceptions': return [];
      case 'receipt': return this.receipt(input as QueryInput<'receipt'>);
      case 'price_document': return {};
      case 'status': return {
        log: '0123456789abcdef0123456789abcdef', head_seq: 128, events: 1204, copied_events: 0, central_events: 0, outbox_waiting: 1204, oldest_waiting_ms: Date.now() - 3_600_000,
        enrolled: false, head_office: this.office, letter: 'A', read_only: false, progress: null, ended: null, download: null, last_verify: null, verified: null, last_verify_ms: null, fold_version: 1, incidents: [],
      };
    }
  }

  private shop() {
    return {
      set_up: this.setUp, comes_down: this.comesDown, first_pin_due: this.firstPinDue, name: this.setUp ? this.named : null, currency: 'EUR', currency_decimals: 2, time_zone: 'UTC', demo: true,
      people: this.staff.filter(({ active }) => active).map(({ person }) => ({ person, locked_until_ms: null })),
      device: this.device,
      verified: null,
      samples: [
        { id: 'restaurant', name: 'Casual restaurant', currency: 'EUR', products: 26 },
        { id: 'bar', name: 'Cocktail bar', currency: 'EUR', products: 10 },
        { id: 'japan', name: 'Family restaurant', currency: 'JPY', products: 121 },
      ],
    };
  }

  private products({ category_id = null, text = null, after = null, limit = null }: QueryInput<'products'>) {
    const wanted: (product: ProductView) => boolean = ({ category_id: category, name }) =>
      (category_id === null || category === category_id) && (text === null || name.toLowerCase().includes(text.toLowerCase()));
    return page(PRODUCTS.filter(wanted), after, limit, { usual: 100, most: 500 });
  }

  private order(id: string): FakeOrder {
    return this.orders.get(id) ?? refuse('order_not_found', 'order_id', 'there is no order with this id');
  }

  private view(order: FakeOrder): OrderView {
    const { placed: _placed, cancelled: _cancelled, fired: _fired, changes: _changes, credited: _credited, facts: _facts, ...view } = order;
    return { ...view, actions: actions(order, this.role) };
  }

  private list({ status, open: wanted, order_type, text, after = null, limit = null }: QueryInput<'orders'>) {
    const rows = [...this.orders.values()].reverse().filter((order) =>
      (status == null || order.status === status) && (order_type == null || order.order_type === order_type)
      && (wanted == null || wanted === !['completed', 'cancelled'].includes(order.status))
      && (text == null || [order.label, order.table ?? '', ...order.lines.map(({ name }) => name)].join(' ').toLowerCase().includes(text.toLowerCase())));
    return page(rows.map(rowOf), after, limit, { usual: 50, most: 200 });
  }

  private board() {
    const tickets = [...this.orders.values()].flatMap((order) => ticketOf(order) ?? []);
    const lane = (name: 'cooking' | 'ready') => tickets.filter((row) => row.lane === name).map(({ ticket }) => ticket);
    const cooking = lane('cooking').sort((a, b) => a.fired_at_ms - b.fired_at_ms);
    const sums = new Map<string, number>();
    for (const line of cooking.filter(({ cancelled }) => !cancelled).flatMap(({ lines }) => lines)) {
      if (line.state === 'fired' || line.state === 'started') sums.set(line.name, (sums.get(line.name) ?? 0) + Number(line.quantity));
    }
    const all_day = [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).sort(([, a], [, b]) => b - a).map(([name, sum]) => ({ name, quantity: String(sum) }));
    return { cooking, waiting: cooking.length, all_day, ready: lane('ready').reverse(), as_of_ms: Date.now() };
  }

  private guestBoard() {
    const { cooking, ready } = this.board();
    const labels = (tickets: readonly TicketView[]) => tickets.filter(({ table, cancelled }) => table === null && !cancelled).map(({ label }) => label);
    return { preparing: labels(cooking), ready: labels(ready) };
  }

  private history(order: FakeOrder) {
    return order.facts.map(({ author, ...fact }, index) => ({
      ...fact, event_id: `event-${String(index)}`, log: '0123456789abcdef0123456789abcdef', seq: index + 1,
      person: author?.person.name ?? null, role: author?.person.role ?? null, station: author?.station ?? null, device: 'a1b2c3d4', at_ms: Date.now(), level: 'L', hash: '00',
    }));
  }

  private receipt({ order_id, payment_id }: QueryInput<'receipt'>) {
    const order = this.order(order_id);
    const payment = payment_id == null ? order.payments.at(-1) : order.payments.find((row) => row.payment_id === payment_id);
    if (payment_id != null && !payment) refuse('payment_not_found', 'payment_id', 'the order has no payment with this id');
    const taken = order.facts.find(({ event_type, payload }) => event_type === 'order.cash_paid' && payload.includes(payment?.payment_id ?? '-'));
    return {
      shop: 'Corner café', number: payment?.receipt ?? null, label: order.label, order_type: order.order_type, table: order.table,
      at_ms: Date.now(), cashier: taken?.author?.person.name ?? order.opened_by, totals: order.totals, payments: order.payments, refunds: order.refunds, balance: order.balance,
      lines: order.lines.filter(({ state }) => state !== 'voided').map((line) => ({
        text: `${line.quantity} × ${line.name}`, amount: line.amount,
        details: line.modifiers.map(({ name, count, price }) => `${times(count)}${name}${cents(price) === 0 ? '' : ` +${price.amount}`}`),
      })),
    };
  }
}

const times = (count: number) => (count === 1 ? '' : `${String(count)} × `);

function page<T>(rows: readonly T[], after: string | null, limit: number | null, { usual, most }: { usual: number; most: number }) {
  const [from, size] = [Number(after ?? 0), limit ?? usual];
  if (size < 1 || size > most) refuse('limit_out_of_range', 'limit', `limit lies between 1 and ${String(most)}`);
  return { rows: rows.slice(from, from + size), next: rows.length > from + size ? String(from + size) : null };
}

function outcomeOf({ order_id, label, status, version }: FakeOrder, applied: boolean): CommandOutcome {
  return { applied, order: { order_id, label, status, version } };
}

function rowOf(order: FakeOrder): OrderRow {
  return {
    order_id: order.order_id, label: order.label, status: order.status, order_type: order.order_type, table: order.table,
    summary: order.lines.filter(({ state }) => state !== 'voided').map(({ quantity, name }) => `${quantity} × ${name}`).join(', '),
    total: order.totals.total, balance: order.balance, exceptions: order.exceptions.length, opened_by: order.opened_by,
    opened_at_ms: order.opened_at_ms, business_day: order.business_day,
  };
}

/** What the kitchen has of an order and the guest does not, with the changes that it has not seen. */
function ticketOf(order: FakeOrder): { lane: 'cooking' | 'ready'; ticket: TicketView } | null {
  const told = (line_id: string) => order.changes.some(({ lines }) => lines.includes(line_id));
  const shown = order.lines.filter(({ line_id, state }) => order.fired.includes(line_id) && state !== 'handed_over');
  const waiting = order.cancelled ? [] : shown.filter(({ state }) => state !== 'voided');
  if (waiting.length === 0 && order.changes.length === 0) return null;
  const cooking = order.changes.length > 0 || waiting.some(({ state }) => state !== 'ready');
  const ticket: TicketView = {
    order_id: order.order_id, label: order.label, order_type: order.order_type, table: order.table, covers: order.covers, rush: order.rush, note: order.note, version: order.version,
    fired_at_ms: order.opened_at_ms, actions: kitchenActions(order), cancelled: order.cancelled,
    changes: order.changes.map(({ lines: _lines, ...change }) => change),
    lines: shown.filter(({ line_id, state }) => state !== 'voided' || told(line_id)).map((line) => ({
      line_id: line.line_id, name: line.name, quantity: line.quantity, modifiers: line.modifiers.map(({ name, count }) => times(count) + name),
      note: line.note, state: line.state, round: line.round, allergens: allergensOf(line.product_id, line.modifiers),
    })),
  };
  return { lane: cooking ? 'cooking' : 'ready', ticket };
}
