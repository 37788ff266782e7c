// The list of orders: newest first, page by page.

import type { Backend, ListOrders, OrderRow } from '../../lib/ipc';
import { Paged } from '../../lib/list/paged.svelte';

const PAGE = 50;

export type Filter = Omit<ListOrders, 'after' | 'limit'>;

const NONE: Filter = { status: null, open: null, order_type: null, from_day: null, to_day: null, person_id: null, text: null };

export class PagedOrders extends Paged<OrderRow> {
  constructor(private readonly backend: Backend) {
    super(({ order_id }) => order_id);
  }

  follow(filter: Filter): void {
    this.ask((after) => this.backend.query('orders', { ...NONE, ...filter, after, limit: PAGE }));
  }
}
