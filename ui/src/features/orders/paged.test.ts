import { expect, test, vi } from 'vitest';

import type { OrderRow } from '../../lib/ipc';
import { FakeBackend } from '../../lib/ipc/fake';
import { PagedOrders } from './paged.svelte';

/** A list of 120 orders, each answer of which waits until it is let go. */
function slowList() {
  const backend = new FakeBackend();
  const waiting: (() => void)[] = [];
  const all = Array.from({ length: 120 }, (_, index) => ({ order_id: `o-${String(index)}` }) as OrderRow);
  vi.spyOn(backend, 'query').mockImplementation((async (_: string, input: { after: string | null; limit: number }) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    const start = Number(input.after ?? 0);
    const end = start + input.limit;
    return { rows: all.slice(start, end), next: end < all.length ? String(end) : null };
  }) as typeof backend.query);
  const letGo = async () => {
    await vi.waitFor(() => expect(waiting.length).toBeGreaterThan(0));
    waiting.shift()?.();
    await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return { list: new PagedOrders(backend), letGo };
}

const NONE = { status: null, open: null, order_type: null, from_day: null, to_day: null, person_id: null, text: null };

test('orders_that_change_while_a_page_is_fetched_do_not_lose_the_page', async () => {
  const { list, letGo } = slowList();
  list.follow(NONE);
  await letGo();
  expect(list.rows).toHaveLength(50);
  void list.more();
  void list.refresh();
  for (let answer = 0; answer < 4 && list.rows.length < 100; answer += 1) await letGo();
  expect(list.rows).toHaveLength(100);
  expect(list.next).toBe('100');
});

test('a_page_that_is_asked_for_while_the_list_is_read_anew_comes_behind_it', async () => {
  const { list, letGo } = slowList();
  list.follow(NONE);
  await letGo();
  void list.refresh();
  void list.more();
  for (let answer = 0; answer < 4 && list.rows.length < 100; answer += 1) await letGo();
  expect(list.rows).toHaveLength(100);
});

test('the_next_page_comes_once_however_often_it_is_asked_for', async () => {
  const { list, letGo } = slowList();
  list.follow(NONE);
  await letGo();
  for (let ask = 0; ask < 5; ask += 1) void list.more();
  await letGo();
  expect(new Set(list.rows.map((row) => row.order_id)).size).toBe(100);
  expect(list.next).toBe('100');
  void list.more();
  await letGo();
  expect(new Set(list.rows.map((row) => row.order_id)).size).toBe(120);
  expect(list.next).toBeNull();
});
