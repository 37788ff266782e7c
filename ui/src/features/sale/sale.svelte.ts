// The order under the cashier's hands. Taps become commands, sent one after the other in the order of the taps,
// each against the order as the one before left it; so a fast hand loses nothing and overtakes nothing.

import type { Result, Till } from '../../lib/app/till.svelte';
import { stepQuantity } from '../../lib/i18n';
import {
  newId, type CommandInput, type CommandName, type CommandOptions, type LineInput, type LineView, type OrderType,
  type OrderView, type PaymentOutcome, type ProductView, type SelectionInput,
} from '../../lib/ipc';
import type { Resource } from '../../lib/resource/resource.svelte';

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
  private tail: Promise<unknown> = Promise.resolve();

  /** Made while a component is set up: the order's read model lives with it. */
  constructor(private readonly till: Till) {
    this.order = till.resource(
      'order',
      () => (this.orderId === null ? null : { order_id: this.orderId }),
      () => ({ topics: ['orders', 'exceptions'], order: this.orderId }),
      false,
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

  addPlain(product: ProductView): void {
    void this.add(product.product_id, product.name, PLAIN, true);
  }

  /** Adds a line, to a new order where there is none. A second tap on the same plain product makes it two. */
  async add(productId: string, name: string, choice: LineChoice, tell = false): Promise<Result> {
    this.adding = [...this.adding, name];
    return this.enqueue(async () => {
      // Asked when the tap's turn comes: a tap right behind a payment is for the next guest.
      if (this.paid) this.next();
      const twin = choice === PLAIN ? this.plainTwin(productId) : null;
      const result = twin
        ? await this.run('change_line', { order_id: this.orderId ?? '', line: again(twin, stepQuantity(twin.quantity, 1)) }, tell)
        : await this.addLine({ line_id: newId(), product_id: productId, ...choice }, tell);
      if (twin && result.ok) this.selectedId = twin.line_id;
      this.adding = this.adding.slice(1);
      return result;
    });
  }

  /** Moves a line's quantity from what it is when the tap's turn comes. */
  step(lineId: string, by: 1 | -1): Promise<Result | null> {
    return this.enqueue(async () => {
      const line = this.view?.lines.find(({ line_id }) => line_id === lineId);
      if (!line) return null;
      return this.run('change_line', { order_id: this.orderId ?? '', line: again(line, stepQuantity(line.quantity, by)) }, true);
    });
  }

  /** Replaces a line as a dialog left it; refused if the order moved since the dialog opened. */
  change(line: LineView, choice: LineChoice, expectedVersion: string): Promise<Result> {
    const input: LineInput = { line_id: line.line_id, product_id: line.product_id, ...choice };
    return this.command('change_line', { order_id: this.orderId ?? '', line: input }, { expectedVersion });
  }

  /** Any other act on this order; dialogs show its failure themselves, `tell` puts it on the screen. */
  command<N extends CommandName>(
    name: N, input: CommandInput<N>, options?: CommandOptions & { tell?: boolean },
  ): Promise<Result> {
    return this.enqueue(() => this.run(name, input, options?.tell ?? false, options));
  }

  setType(order_type: OrderType): Promise<unknown> {
    if (this.paid) this.next();
    if (this.orderId === null) {
      this.nextType = order_type;
      if (order_type !== 'dine_in') this.nextTable = null;
      return Promise.resolve();
    }
    return this.command('set_type', { order_id: this.orderId, order_type }, { tell: true });
  }

  async setTable(table: string | null): Promise<Result | null> {
    if (this.paid) this.next();
    if (this.orderId !== null) return this.command('set_table', { order_id: this.orderId, table });
    this.nextTable = table;
    this.nextType = 'dine_in';
    return null;
  }

  pay(tendered: string | null, currency: string, tell: boolean): Promise<Result> {
    return this.enqueue(async () => {
      const order_id = this.orderId ?? '';
      const result = await this.run('pay_cash', { order_id, payment_id: newId(), tendered, amount: null, currency }, tell);
      const payment = result.ok ? (result.outcome.payment ?? null) : null;
      if (payment) {
        this.partly = this.may('pay_cash') ? payment : null;
        this.paid = this.may('pay_cash') ? null : { orderId: order_id, label: this.view?.label ?? '', payment };
      }
      return result;
    });
  }

  open(orderId: string): void {
    this.next();
    this.orderId = orderId;
  }

  /** Leaves this order as it is; it stays among the open ones. */
  next(): void {
    this.orderId = null;
    this.selectedId = null;
    this.paid = null;
    this.partly = null;
    this.nextType = 'counter';
    this.nextTable = null;
  }

  private async addLine(line: LineInput, tell: boolean): Promise<Result> {
    if (this.orderId !== null) {
      const result = await this.run('add_line', { order_id: this.orderId, line }, tell);
      if (result.ok) this.selectedId = line.line_id;
      return result;
    }
    const order_id = newId();
    const result = await this.run(
      'create_order', { order_id, order_type: this.nextType, table: this.nextTable, lines: [line] }, tell,
    );
    if (result.ok) {
      this.orderId = order_id;
      this.selectedId = line.line_id;
      this.order.follow({ order_id }, false);
      await this.order.refresh();
    }
    return result;
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
    // Also after a refusal: it often means that the order is not what the screen shows.
    await this.order.refresh();
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
