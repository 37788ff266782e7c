// A list of orders that grows page by page, and is fetched anew, as far as it was unrolled, when orders change.

import { asFailure, type Backend, type Failure, type ListOrders, type OrderRow } from '../../lib/ipc';

const PAGE = 50;
/** Beyond this the first pages stay live and the rest is fetched on demand again. */
const MAX_LIVE_PAGES = 6;

export type Filter = Omit<ListOrders, 'after' | 'limit'>;

export class PagedOrders {
  rows = $state.raw<readonly OrderRow[]>([]);
  next = $state<string | null>(null);
  loaded = $state(false);
  failure = $state.raw<Failure | null>(null);
  private filter: Filter | null = null;
  private pages = 1;
  private run = 0;

  constructor(private readonly backend: Backend) {}

  follow(filter: Filter): void {
    this.filter = filter;
    this.pages = 1;
    void this.refresh();
  }

  async refresh(): Promise<void> {
    const run = ++this.run;
    const wanted = Math.min(this.pages, MAX_LIVE_PAGES);
    let rows: OrderRow[] = [];
    let after: string | null = null;
    try {
      for (let page = 0; page < wanted; page += 1) {
        const answer: { rows: OrderRow[]; next: string | null } = await this.page(after);
        rows = rows.concat(answer.rows);
        after = answer.next;
        if (after === null) break;
      }
      if (run !== this.run) return;
      this.pages = wanted;
      this.show(rows, after);
    } catch (thrown) {
      if (run === this.run) this.failure = asFailure(thrown);
    }
  }

  /** One page more. It counts as wanted at once, so that orders that change meanwhile can't make the tap a lost one. */
  async more(): Promise<void> {
    if (this.next === null) return;
    this.pages += 1;
    if (this.pages <= MAX_LIVE_PAGES) return this.refresh();
    const run = ++this.run;
    try {
      const answer = await this.page(this.next);
      if (run === this.run) this.show([...this.rows, ...answer.rows], answer.next);
    } catch (thrown) {
      if (run === this.run) this.failure = asFailure(thrown);
    }
  }

  private show(rows: readonly OrderRow[], next: string | null): void {
    this.rows = rows;
    this.next = next;
    this.loaded = true;
    this.failure = null;
  }

  private page(after: string | null) {
    const none: Filter = { status: null, open: null, order_type: null, from_day: null, to_day: null, person_id: null, text: null };
    return this.backend.query('orders', { ...none, ...this.filter, after, limit: PAGE });
  }
}
