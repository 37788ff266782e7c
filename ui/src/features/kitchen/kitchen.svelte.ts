// The kitchen's hold on its board: what hangs there, and the acts on it, one after the other per ticket.

import { untrack } from 'svelte';

import type { Till } from '../../lib/app/till.svelte';
import type { TicketLineView, TicketView } from '../../lib/ipc';
import type { Resource } from '../../lib/resource/resource.svelte';
import { linesFor, NewsWatch, nextAct, type TicketAct } from './board';
import type { Chime } from './chime.svelte';

const RECALLS_KEPT = 50;

export class Kitchen {
  readonly board: Resource<'kitchen_board'>;
  readonly cooking = $derived.by(() => this.board.value?.cooking ?? []);
  readonly ready = $derived.by(() => this.board.value?.ready ?? []);
  /** In whole seconds, because every ticket looks at it. */
  readonly nowMs = $derived.by(() => Math.floor(this.till.feed.writerNowMs / 1_000) * 1_000);
  /** Tickets that this screen finished, last one last. */
  private finished: string[] = [];
  /** Acts under way on a ticket or line: a second press waits for the first, so that a quick cook loses none. */
  private readonly turns = new Map<string, Promise<unknown>>();
  private readonly news = new NewsWatch();

  constructor(readonly till: Till, chime: Chime) {
    this.board = till.resource('kitchen_board', () => ({}), () => ({ topics: ['kitchen', 'catalogue'] }));
    $effect(() => {
      const board = this.board.value;
      if (board !== null) untrack(() => chime.ring(this.news.look(board)));
    });
  }

  async act(ticket: TicketView, kind: TicketAct): Promise<void> {
    await this.inTurn(ticket.order_id, () => this.send(ticket, kind));
  }

  /** The next step of a ticket, decided when its turn has come: two quick presses are two steps. */
  async next({ order_id, changes }: TicketView): Promise<void> {
    await this.inTurn(order_id, async () => {
      const ticket = this.cooking.find((one) => one.order_id === order_id);
      const unseen = ticket?.changes.some(({ fact_id }) => !changes.some((seen) => seen.fact_id === fact_id));
      const kind = ticket && !unseen ? nextAct(ticket) : null;
      if (ticket && kind) await this.send(ticket, kind);
    });
  }

  async bump(ticket: TicketView, line: TicketLineView): Promise<void> {
    const { order_id } = ticket;
    await this.inTurn(line.line_id, async () => {
      const result = await this.till.act('bump_line', { order_id, line_id: line.line_id });
      if (result.ok && result.outcome.order?.status === 'ready') this.finish(order_id);
    });
  }

  /** The ticket that R brings back: the last one finished here that still is ready, else the newest that is. */
  get lastReady(): TicketView | null {
    const mine = this.finished.toReversed().map((id) => this.ready.find(({ order_id }) => order_id === id));
    const ticket = mine.find((found) => found !== undefined) ?? this.ready[0];
    return ticket?.actions.includes('recall') ? ticket : null;
  }

  /** Brings that ticket back, if there is one. */
  recall(): void {
    if (this.lastReady) void this.act(this.lastReady, 'recall');
  }

  private async send(ticket: TicketView, kind: TicketAct): Promise<void> {
    const { order_id } = ticket;
    if (kind === 'acknowledge_changes') {
      await this.till.act(kind, { order_id, facts: ticket.changes.map(({ fact_id }) => fact_id) });
      return;
    }
    const result = await this.till.act(kind, { order_id, lines: linesFor(ticket, kind) });
    if (result.ok && kind === 'ready') this.finish(order_id);
  }

  private finish(orderId: string): void {
    this.finished = [...this.finished.filter((id) => id !== orderId), orderId].slice(-RECALLS_KEPT);
  }

  private async inTurn(key: string, job: () => Promise<unknown>): Promise<void> {
    const before = this.turns.get(key) ?? Promise.resolve();
    const turn = before.then(job).then(() => this.board.refresh());
    this.turns.set(key, turn);
    await turn;
    if (this.turns.get(key) === turn) this.turns.delete(key);
  }
}
