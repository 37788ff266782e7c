// The order under the cashier's hands. Taps become commands, sent one after the other in the order of the taps,
// each against the order as the one before left it; so a fast hand loses nothing and overtakes nothing.

import type { Result, Till } from '../../lib/app/till.svelte';
import { Unanswered } from '../../lib/app/unanswered';
import { stepQuantity, t } from '../../lib/i18n';
import {
  newId, type CommandInput, type CommandName, type CommandOptions, type LineInput, type LineView, type OrderType,
  type OrderView, type PaymentOutcome, type ProductView, type SelectionInput,
} from '../../lib/ipc';
import type { Resource } from '../../lib/resource/resource.svelte';
import { Steps } from './steps.svelte';

export interface LineChoice {
  quantity: string;
  modifiers: SelectionInput[];
  open_price: string | null;
  note: string | null;
}

export interface Paid {
  orderId: string;
  label: string;
  payment: PaymentOutcome;
}

/** What one tap adds, under ids that stay the same when it is done once more after a lost answer. */
interface Tap {
  order_id: string;
  line: LineInput;
}

interface Payment {
  payment_id: string;
}

const PLAIN: LineChoice = { quantity: '1', modifiers: [], open_price: null, note: null };

export class Sale {
  orderId = $state<string | null>(null);
  /** How the next order is taken, before there is one. */
  nextType = $state<OrderType>('counter');
  nextTable = $state<string | null>(null);
  selectedId = $state<string | null>(null);
  /** Taps that the till has not answered yet. */
  pending = $state(0);
  /** Names of products on their way into the cart. */
  adding = $state.raw<readonly string[]>([]);
  /** The last payment that settled its order; stays until the next order begins. */
  paid = $state.raw<Paid | null>(null);
  /** A payment that did not settle the order. */
  partly = $state.raw<PaymentOutcome | null>(null);
  readonly order: Resource<'order'>;
  /** What can be undone before it is sent. */
  readonly steps = new Steps();
  private readonly lostTaps = new Unanswered<Tap>();
  private readonly lostPayments = new Unanswered<Payment>();
  private tail: Promise<unknown> = Promise.resolve();

  /** Made while a component is set up: the order's read model lives with it. */
  constructor(private readonly till: Till) {
    this.order = till.resource(
      'order',
      () => (this.orderId === null ? null : { order_id: this.orderId }),
      () => ({ topics: ['orders', 'exceptions'], order: this.orderId }),
      { keepValue: false },
    );
  }

  get view(): OrderView | null {
    return this.order.value;
  }

  get selected(): LineView | null {
    return this.view?.lines.find(({ line_id }) => line_id === this.selectedId) ?? null;
  }

  get busy(): boolean {
    return this.pending > 0 || (this.orderId !== null && this.view === null);
  }

  may(action: OrderView['actions'][number]): boolean {
    return this.view?.actions.includes(action) ?? false;
  }

  /** A tap on a product that asks nothing; how many, if that was said before the tap. */
  addPlain(product: ProductView, quantity: string | null = null): void {
    void this.add(product.product_id, product.name, quantity === null ? PLAIN : { ...PLAIN, quantity }, true);
  }

  /** Adds a line, to a new order where there is none. A second tap on the same plain product makes it two. */
  async add(productId: string, name: string, choice: LineChoice, tell = false): Promise<Result> {
    const what = JSON.stringify([this.orderId, productId, choice]);
    const lost = this.lostTaps.take(what);
    // Taken at the tap: what can be seen in the cart has arrived, so a further tap means a further one.
    const redo = lost !== null && !this.holds(lost.line.line_id) ? lost : null;
    const tap = redo ?? { order_id: newId(), line: { line_id: newId(), product_id: productId, ...choice } };
    this.adding = [...this.adding, name];
    return this.enqueue(async () => {
      // Asked when the tap's turn comes: a tap right behind a payment is for the next guest.
      if (this.paid) this.next();
      const twin = choice === PLAIN && redo === null ? this.plainTwin(productId) : null;
      const result = twin ? await this.setQuantity(twin, 1, tell) : await this.addLine(tap, name, tell);
      if (twin && result.ok) this.selectedId = twin.line_id;
      if (!twin && !result.ok && result.failure.code === 'no_answer') this.lostTaps.keep(what, tap);
      this.adding = this.adding.slice(1);
      return result;
    });
  }

  /** Moves a line's quantity from what it is when the tap's turn comes. */
  step(lineId: string, by: 1 | -1): Promise<Result | null> {
    return this.enqueue(async () => {
      const line = this.view?.lines.find(({ line_id }) => line_id === lineId);
      return line ? this.setQuantity(line, by, true) : null;
    });
  }

  /** Replaces a line as a dialog left it; refused if the order moved since the dialog opened. */
  async change(line: LineView, choice: LineChoice, expectedVersion: string): Promise<Result> {
    const order_id = this.orderId ?? '';
    const input: LineInput = { line_id: line.line_id, product_id: line.product_id, ...choice };
    const result = await this.command('change_line', { order_id, line: input }, { expectedVersion });
    if (result.ok) this.remember(t('undo.change', { name: line.name }), 'change_line', { order_id, line: again(line, line.quantity) });
    return result;
  }

  /** Takes a line out; what the kitchen does not have yet can be put back. */
  async voidLine(line: LineView, reason: string | null, tell: boolean): Promise<Result> {
    const order_id = this.orderId ?? '';
    const result = await this.command('void_line', { order_id, line_id: line.line_id, reason }, { tell });
    const back = { ...again(line, line.quantity), line_id: newId() };
    if (result.ok && line.state === 'new') this.remember(t('undo.void', { name: line.name }), 'add_line', { order_id, line: back });
    return result;
  }

  /** Goes one step back, if the last one was only seen here. */
  undo(): Promise<Result | null> {
    return this.enqueue(async () => this.steps.take()?.back() ?? null);
  }

  /** Any other act on this order; dialogs show its failure themselves, `tell` puts it on the screen. */
  command<N extends CommandName>(
    name: N, input: CommandInput<N>, options?: CommandOptions & { tell?: boolean },
  ): Promise<Result> {
    return this.enqueue(async () => {
      const result = await this.run(name, input, options?.tell ?? false, options);
      if (result.ok && !UNDOABLE.includes(name)) this.steps.forget();
      return result;
    });
  }

  setType(order_type: OrderType): Promise<unknown> {
    if (this.paid) this.next();
    if (this.orderId === null) {
      this.nextType = order_type;
      if (order_type !== 'dine_in') this.nextTable = null;
      return Promise.resolve();
    }
    const order_id = this.orderId;
    const before = this.view?.order_type ?? order_type;
    return this.turn('set_type', t('undo.type'), { order_id, order_type }, { order_id, order_type: before }, true);
  }

  async setTable(table: string | null): Promise<Result | null> {
    if (this.paid) this.next();
    const order_id = this.orderId;
    if (order_id !== null) {
      return this.turn('set_table', t('undo.table'), { order_id, table }, { order_id, table: this.view?.table ?? null }, false);
    }
    this.nextTable = table;
    this.nextType = 'dine_in';
    return null;
  }

  pay(tendered: string | null, currency: string, tell: boolean): Promise<Result> {
    const what = JSON.stringify([this.orderId, tendered, currency]);
    const { payment_id } = this.lostPayments.take(what) ?? { payment_id: newId() };
    return this.enqueue(async () => {
      const order_id = this.orderId ?? '';
      const result = await this.run('pay_cash', { order_id, payment_id, tendered, amount: null, currency }, tell);
      if (result.ok) this.steps.forget();
      else if (result.failure.code === 'no_answer') this.lostPayments.keep(what, { payment_id });
      const payment = result.ok ? (result.outcome.payment ?? null) : null;
      if (payment) {
        this.partly = this.may('pay_cash') ? payment : null;
        this.paid = this.may('pay_cash') ? null : { orderId: order_id, label: this.view?.label ?? '', payment };
      }
      return result;
    });
  }

  /** Takes up another order once the taps before it are through. */
  open(orderId: string): Promise<void> {
    return this.enqueue(async () => {
      this.next();
      this.orderId = orderId;
    });
  }

  /** Leaves this order as it is, once the taps before it are through; it stays among the open ones. */
  leave(): Promise<void> {
    return this.enqueue(async () => this.next());
  }

  private next(): void {
    this.orderId = null;
    this.selectedId = null;
    this.paid = null;
    this.partly = null;
    this.steps.forget();
    this.nextType = 'counter';
    this.nextTable = null;
  }

  private async addLine({ order_id, line }: Tap, name: string, tell: boolean): Promise<Result> {
    const fresh = this.orderId === null;
    const id = this.orderId ?? order_id;
    const result = fresh
      ? await this.run('create_order', { order_id, order_type: this.nextType, table: this.nextTable, lines: [line] }, false)
      : await this.run('add_line', { order_id: id, line }, false);
    // The ids are ours: what has them already is this very tap, whose answer was lost.
    const arrived = !result.ok && result.failure.code === (fresh ? 'order_exists' : 'line_exists');
    if (!result.ok && !arrived) {
      if (tell) this.till.tell(result.failure);
      return result;
    }
    if (fresh) {
      this.orderId = id;
      this.order.follow({ order_id: id }, false);
      await this.order.reach(({ order_id }) => order_id === id);
    }
    this.selectedId = line.line_id;
    this.remember(t('undo.add', { name }), 'void_line', { order_id: id, line_id: line.line_id, reason: null });
    return result.ok ? result : { ok: true, outcome: { applied: false } };
  }

  private async setQuantity(line: LineView, by: 1 | -1, tell: boolean): Promise<Result> {
    const order_id = this.orderId ?? '';
    const result = await this.run('change_line', { order_id, line: again(line, stepQuantity(line.quantity, by)) }, tell);
    if (result.ok) this.remember(t('undo.quantity', { name: line.name }), 'change_line', { order_id, line: again(line, line.quantity) });
    return result;
  }

  /** Sets something of the order that was otherwise before. */
  private async turn<N extends 'set_type' | 'set_table'>(
    name: N, what: string, to: CommandInput<N>, from: CommandInput<N>, tell: boolean,
  ): Promise<Result> {
    const result = await this.command(name, to, { tell });
    if (result.ok) this.remember(what, name, from);
    return result;
  }

  private remember<N extends CommandName>(what: string, name: N, back: CommandInput<N> & { order_id: string }): void {
    if (back.order_id === this.orderId) this.steps.add({ what, back: () => this.run(name, back, true) });
  }

  private holds(lineId: string): boolean {
    return this.view?.lines.some(({ line_id }) => line_id === lineId) ?? false;
  }

  private plainTwin(productId: string): LineView | null {
    return this.view?.lines.find((line) =>
      line.product_id === productId && line.editable && line.state === 'new' && line.modifiers.length === 0
      && line.note === null && !line.open_price) ?? null;
  }

  private async run<N extends CommandName>(
    name: N, input: CommandInput<N>, tell: boolean, options?: CommandOptions,
  ): Promise<Result> {
    const result = await (tell ? this.till.act(name, input, options) : this.till.attempt(name, input, options));
    // A refusal often means that the order is not what the screen shows.
    const version = result.ok ? result.outcome.order?.version : undefined;
    await (version === undefined ? this.order.refresh() : this.order.reach((view) => view.version === version));
    return result;
  }

  private enqueue<T>(job: () => Promise<T>): Promise<T> {
    this.pending += 1;
    const turn = this.tail.then(job).finally(() => {
      this.pending -= 1;
    });
    this.tail = turn.catch(() => undefined);
    return turn;
  }
}

/** After these the way back is remembered; after any other act there is none. */
const UNDOABLE: readonly CommandName[] = ['change_line', 'void_line', 'set_type', 'set_table'];

function again(line: LineView, quantity: string): LineInput {
  return {
    line_id: line.line_id,
    product_id: line.product_id,
    quantity,
    modifiers: line.modifiers.map(({ group_id, option_id, count }) => ({ group_id, option_id, count })),
    open_price: line.open_price ? line.unit_price.amount : null,
    note: line.note,
  };
}
