// The till over HTTP, to bring orders into the state that a test begins with. What is tested is done by clicks.

import { randomUUID } from 'node:crypto';

import type { Commands, CommandOutcome, OrderType, Queries } from '../../../ui/src/lib/ipc/bindings';
import type { Role, Till } from './till';

/** What an order is made of: product names, and what is done with it, in this order. */
export interface Wanted {
  readonly lines: readonly string[];
  readonly type?: OrderType;
  readonly acts?: readonly ('send' | 'start' | 'ready' | 'hand_over' | 'pay_cash' | 'complete' | 'cancel')[];
}

export interface Made {
  readonly orderId: string;
  readonly label: string;
  /** Ids of the lines, in the order of the products. */
  readonly lineIds: readonly string[];
}

export class Api {
  private products: Map<string, string> | null = null;
  private kitchen: string | null = null;
  private readonly used = new Set<string>();

  private constructor(private readonly till: Till, readonly session: string) {}

  /** Someone who has not signed in. */
  static stranger(till: Till): Api {
    return new Api(till, '');
  }

  static async signIn(till: Till, role: Role): Promise<Api> {
    const stranger = Api.stranger(till);
    const { name, pin } = till.pinOf(role);
    const { people } = await stranger.query('shop', {});
    const found = people.find(({ person }) => person.name === name);
    const outcome = await stranger.command('sign_in', { person_id: found?.person.person_id ?? '', pin, station: 'test' });
    return new Api(till, outcome.session?.session_id ?? '');
  }

  async command<N extends keyof Commands>(name: N, input: Commands[N]['input']): Promise<CommandOutcome> {
    return this.fetch<CommandOutcome>(`commands/${name}`, JSON.stringify({ command_id: randomUUID(), input }));
  }

  async query<N extends keyof Queries>(name: N, input: Queries[N]['input']): Promise<Queries[N]['output']> {
    const fields = new URLSearchParams(Object.entries(input).map(([field, value]) => [field, String(value)]));
    return this.fetch<Queries[N]['output']>(`queries/${name}?${fields.toString()}`, null);
  }

  async productId(name: string): Promise<string> {
    if (this.products === null) {
      const { rows } = await this.query('products', { limit: 500 });
      this.products = new Map(rows.map((row) => [row.name, row.product_id]));
    }
    const id = this.products.get(name);
    if (id === undefined) throw new Error(`the catalogue has no ${name}`);
    return id;
  }

  /** The session of someone who cooks. */
  async asKitchen(): Promise<string> {
    this.kitchen ??= (await Api.signIn(this.till, 'kitchen')).session;
    return this.kitchen;
  }

  /** Uses a command id up. */
  async useUp(commandId: string): Promise<void> {
    if (this.used.has(commandId)) return;
    this.used.add(commandId);
    const input = { order_id: randomUUID(), order_type: 'counter' };
    await this.fetch('commands/create_order', JSON.stringify({ command_id: commandId, input }));
  }

  /** Opens an order of products that ask nothing, and takes it as far as wanted. */
  async order({ lines, type = 'counter', acts = [] }: Wanted): Promise<Made> {
    const orderId = randomUUID();
    const asked = await Promise.all(lines.map(async (name) => ({ line_id: randomUUID(), product_id: await this.productId(name), quantity: '2' })));
    const { order } = await this.command('create_order', { order_id: orderId, order_type: type, lines: asked });
    for (const act of acts) await this.act(orderId, act);
    return { orderId, label: order?.label ?? '', lineIds: asked.map(({ line_id }) => line_id) };
  }

  private async act(order_id: string, act: NonNullable<Wanted['acts']>[number]): Promise<void> {
    if (act === 'pay_cash') await this.command(act, { order_id, payment_id: randomUUID() });
    else if (act === 'cancel') await this.command(act, { order_id, reason: 'for a test' });
    else if (act === 'send' || act === 'complete') await this.command(act, { order_id });
    else await this.command(act, { order_id, lines: [] });
  }

  private async fetch<T>(path: string, body: string | null): Promise<T> {
    const { token, port } = this.till.ready;
    const response = await fetch(`http://127.0.0.1:${String(port)}/api/${path}`, {
      method: body === null ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === null ? {} : { 'content-type': 'application/json' }),
        ...(this.session === '' ? {} : { 'docket-session': this.session }),
      },
      body,
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${path} was refused: ${JSON.stringify(answer)}`);
    return answer as T;
  }
}
