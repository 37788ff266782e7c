// What the list is narrowed to, as it stands in the address: a link or the way back shows the same list.

import type { OrderStatus, OrderType } from '../../lib/ipc';
import type { Filter } from './paged.svelte';

export type Part = 'text' | 'which' | 'status' | 'type' | 'from' | 'to';

const STATUSES: readonly string[] = ['draft', 'pending', 'confirmed', 'preparing', 'ready', 'completed', 'cancelled'] satisfies OrderStatus[];
const TYPES: readonly string[] = ['counter', 'dine_in', 'take_away'] satisfies OrderType[];

/** Reads an address. What this program does not know in it narrows nothing. */
export function filterOf(query: URLSearchParams): Filter {
  const status = query.get('status') ?? '';
  const type = query.get('type') ?? '';
  const which = query.get('which');
  const text = (query.get('text') ?? '').trim();
  return {
    status: STATUSES.includes(status) ? (status as OrderStatus) : null,
    open: which === 'open' ? true : which === 'closed' ? false : null,
    order_type: TYPES.includes(type) ? (type as OrderType) : null,
    from_day: dayOf(query.get('from')),
    to_day: dayOf(query.get('to')),
    person_id: null,
    text: text === '' ? null : text,
  };
}

/** The query with one part changed; an empty part leaves it. */
export function withPart(query: URLSearchParams, part: Part, value: string): URLSearchParams {
  const next = new URLSearchParams(query);
  if (value === '') next.delete(part);
  else next.set(part, value);
  return next;
}

/** A business day as the till counts it, yyyymmdd. */
function dayOf(date: string | null): number | null {
  return date !== null && /^\d{4}-\d{2}-\d{2}$/.test(date) ? Number(date.replaceAll('-', '')) : null;
}
