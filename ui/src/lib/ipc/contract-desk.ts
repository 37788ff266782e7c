// The hands of the contract: whoever acts, what is sold, and how an answer is held against what was promised.
// No test runner is known here, so that any of them can run the contract.

import { Failure, type Backend, type CommandInput, type CommandName, type CommandOptions, type FailureCode } from './backend';
import type {
  Action, Change, CommandOutcome, LineInput, LineView, Money, OrderView, ProductDetail, ProductView, Role, SessionOutcome, TicketView, Topic,
} from './bindings';
import { newId } from './ids';

const WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 10;

/** JSON with the fields in the order of their names, which also knows the integers that sums are. */
function write(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return `${String(inner)} minor units`;
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

export function same(what: string, actual: unknown, expected: unknown): void {
  const [is, should] = [write(actual), write(expected)];
  if (is !== should) throw new Error(`${what}: is ${is}, should be ${should}`);
}

export function holds(what: string, condition: boolean): void {
  if (!condition) throw new Error(what);
}

export function given<T>(what: string, value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error(`there is no ${what}`);
  return value;
}

/** The minor units of an amount, which has to be a plain decimal string at the scale of its currency. */
export function minor({ amount }: Money, decimals = 2): bigint {
  const scale = decimals === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${String(decimals)}}$`);
  holds(`${amount} has ${String(decimals)} decimals`, scale.test(amount));
  return BigInt(amount.replace('.', ''));
}

export const sum = (amounts: readonly Money[]): bigint => amounts.reduce((total, amount) => total + minor(amount), 0n);

/** A positive number of minor units as the decimal string that a command carries. */
export function decimal(units: bigint): string {
  const digits = String(units).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

export interface Refusal {
  code: FailureCode;
  field: string;
  /** The sentence that a person reads, where it is the same for every product. */
  rule?: string;
}

/** The till refuses, and says exactly this. */
export async function refused(expected: Refusal, act: Promise<unknown>): Promise<Failure> {
  const thrown = await act.then(
    (answer) => new Error(`${expected.code} was expected, but it was answered ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  );
  if (!(thrown instanceof Failure)) throw thrown;
  same('the code', thrown.code, expected.code);
  same(`the field of ${thrown.code}`, thrown.field, expected.field);
  if (expected.rule !== undefined) same(`the rule of ${thrown.code}`, thrown.rule, expected.rule);
  holds(`${thrown.code} says its rule`, thrown.rule.length > 0);
  return thrown;
}

/** A window of a till that is set up in a currency of two decimals, and everyone's PIN. */
export class Desk {
  private readonly sessions = new Map<Role, SessionOutcome>();

  constructor(readonly backend: Backend, private readonly pins: Readonly<Record<Role, string>>) {}

  pinOf(role: Role): string {
    return this.pins[role];
  }

  async personOf(role: Role): Promise<string> {
    const { people } = await this.backend.query('shop', {});
    return given(role, people.find(({ person }) => person.role === role)).person.person_id;
  }

  /** Signs in anew. */
  async signIn(role: Role, station = 'till'): Promise<SessionOutcome> {
    this.backend.session = null;
    const outcome = await this.backend.command('sign_in', { person_id: await this.personOf(role), pin: this.pinOf(role), station });
    return given('session', outcome.session);
  }

  /** From here on this person acts. */
  async as(role: Role): Promise<SessionOutcome> {
    const session = this.sessions.get(role) ?? (await this.signIn(role));
    this.sessions.set(role, session);
    this.backend.session = session.session_id;
    return session;
  }

  command<N extends CommandName>(name: N, input: CommandInput<N>, options?: CommandOptions): Promise<CommandOutcome> {
    return this.backend.command(name, input, options);
  }

  order(order_id: string): Promise<OrderView> {
    return this.backend.query('order', { order_id });
  }

  async products(): Promise<ProductView[]> {
    if (this.backend.session === null) await this.as('cashier');
    return (await this.backend.query('products', { category_id: null, text: null, after: null, limit: null })).rows;
  }

  /** A product that is sold by one tap; each index is another one. */
  async plain(index = 0): Promise<ProductView> {
    return given('plain product', (await this.products()).filter(({ asks, price }) => !asks && price !== null)[index]);
  }

  async openPriced(): Promise<ProductView> {
    return given('product with an open price', (await this.products()).find(({ price }) => price === null));
  }

  /** A product with a forced group. */
  async forced(): Promise<ProductDetail> {
    const product = given('product that asks', (await this.products()).find(({ asks, price }) => asks && price !== null));
    return this.backend.query('product', { product_id: product.product_id });
  }

  /** The cashier opens an order with one of each of these products, and of the first one so many. */
  async opened(products: readonly ProductView[], quantity = '1'): Promise<OrderView> {
    const order_id = newId();
    const lines = products.map(({ product_id }, index) => line(product_id, index === 0 ? { quantity } : {}));
    await this.as('cashier');
    await this.command('create_order', { order_id, order_type: 'counter', table: null, lines });
    return this.order(order_id);
  }

  /** As `opened`, and sent to the kitchen. */
  async sent(products: readonly ProductView[], quantity?: string): Promise<OrderView> {
    const { order_id } = await this.opened(products, quantity);
    await this.command('send', { order_id });
    return this.order(order_id);
  }

  async ticket(lane: 'cooking' | 'ready', order_id: string): Promise<TicketView | undefined> {
    return (await this.backend.query('kitchen_board', {}))[lane].find((ticket) => ticket.order_id === order_id);
  }

  async watch(): Promise<Watch> {
    const watch = new Watch(this.backend);
    await until('the feed opens', () => watch.opened);
    return watch;
  }
}

/** What the feed has told since it was opened. */
export class Watch {
  opened = false;
  readonly changes: Extract<Change, { kind: 'changed' }>[] = [];
  readonly stop: () => void;

  constructor(backend: Backend) {
    this.stop = backend.changes({
      onOpen: () => (this.opened = true),
      onChange: (change) => {
        if (change.kind === 'changed') this.changes.push(change);
      },
    });
  }

  /** Waits for the next change of an order and takes what was told before it away. */
  async next(order_id: string): Promise<readonly Topic[]> {
    await until('a change of the order', () => this.changes.some((change) => change.order_id === order_id));
    return given('change', this.changes.splice(0).find((change) => change.order_id === order_id)).topics;
  }
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let waited = 0; waited < WITHIN_MS; waited += LOOK_EVERY_MS) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  throw new Error(`it never came that ${what}`);
}

export const line = (product_id: string, more: Partial<LineInput> = {}): LineInput =>
  ({ line_id: newId(), product_id, quantity: '1', modifiers: [], open_price: null, note: null, ...more });

export const at = (order: OrderView, index: number): LineView => given(`line ${String(index)}`, order.lines[index]);

/** Exactly these of the actions named are offered. */
export function offers(order: { actions: readonly Action[] }, wanted: readonly Action[], not: readonly Action[]): void {
  same('actions that are missing', wanted.filter((action) => !order.actions.includes(action)), []);
  same('actions that are too many', not.filter((action) => order.actions.includes(action)), []);
}

/** The sums of an order fit together: lines to subtotal, net and tax to total, captured to balance. */
export function addsUp(order: OrderView): void {
  const { subtotal, net, tax, taxes, total } = order.totals;
  same('the sum of the lines', sum(order.lines.filter(({ state }) => state !== 'voided').map(({ amount }) => amount)), minor(subtotal));
  same('net and tax', minor(net) + minor(tax), minor(total));
  same('the sum of the taxes', sum(taxes.map(({ amount }) => amount)), minor(tax));
  same('due', order.due, total);
  same('the balance', minor(order.balance), minor(order.due) - minor(order.captured) + minor(order.refunded));
  same('captured', minor(order.captured), sum(order.payments.map(({ amount }) => amount)));
}
