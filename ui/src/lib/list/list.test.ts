import { createRawSnippet } from 'svelte';
import { expect, test, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';

import '../design/base.css';
import '../design/tokens.css';
import { Paged } from './paged.svelte';
import WindowedList from './WindowedList.svelte';

const item = createRawSnippet<[number]>((index) => ({
  render: () => `<button type="button" tabindex="-1">Item ${String(index())}</button>`,
}));

async function list(count: number, wide?: string) {
  const screen = await render(WindowedList, { count, label: 'Items', high: '40px', ...(wide ? { wide } : {}), item, onend: () => undefined });
  const box = screen.getByRole('group').element() as HTMLElement;
  box.style.height = '400px';
  box.style.width = '500px';
  await expect.element(screen.getByRole('button', { name: 'Item 9', exact: true })).toBeInTheDocument();
  return { screen, box };
}

test('a_hundred_thousand_items_are_a_few_elements', async () => {
  const { screen, box } = await list(100_000);
  await vi.waitFor(() => expect(box.querySelectorAll('*').length).toBeLessThan(100));
  box.scrollTop = 48 * 50_000;
  await expect.element(screen.getByRole('button', { name: 'Item 50004', exact: true })).toBeVisible();
  expect(box.querySelectorAll('*').length).toBeLessThan(100);
});

test('one_item_is_the_stop_of_the_tab_key_and_arrows_go_on_from_it', async () => {
  const { box } = await list(1_000, '90px');
  // By the place, because these simple items don't follow when the columns change.
  const focused = () => `Item ${document.activeElement?.closest<HTMLElement>('[data-item]')?.dataset['item'] ?? ''}`;
  // Five columns of 90 px and their gaps fit in 500 px.
  await expect.poll(() => box.querySelector('.row')?.children.length).toBe(5);
  await userEvent.keyboard('{Tab}');
  expect(focused()).toBe('Item 0');
  await userEvent.keyboard('{ArrowRight}');
  await expect.poll(focused).toBe('Item 1');
  await userEvent.keyboard('{ArrowDown}');
  await expect.poll(focused).toBe('Item 6');
  await userEvent.keyboard('{End}');
  await expect.poll(focused).toBe('Item 999');
  await userEvent.keyboard('{Home}');
  await expect.poll(focused).toBe('Item 0');
  expect(box.querySelectorAll('[tabindex="0"]')).toHaveLength(1);
  box.scrollTop = 4_000;
  // What scrolls away does not take the focus with it.
  await expect.poll(() => document.activeElement === box).toBe(true);
  await expect.poll(() => box.querySelector('[data-item="420"]')).not.toBeNull();
});

test('the_end_in_sight_asks_for_more', async () => {
  const onend = vi.fn();
  await render(WindowedList, { count: 3, label: 'Items', high: '40px', item, onend });
  await vi.waitFor(() => expect(onend).toHaveBeenCalled());
});

test('rows_read_far_down_stay_when_the_first_pages_are_fetched_anew', async () => {
  const all = Array.from({ length: 900 }, (_, index) => `row-${String(index)}`);
  const paged = new Paged<string>((row) => row);
  paged.ask(async (after) => {
    const start = Number(after ?? 0);
    return { rows: all.slice(start, start + 100), next: start + 100 < all.length ? String(start + 100) : null };
  });
  await vi.waitFor(() => expect(paged.rows).toHaveLength(100));
  for (let page = 2; page <= 9; page += 1) await paged.more();
  expect(paged.rows).toHaveLength(900);
  all.unshift('new');
  await paged.refresh();
  expect(paged.rows[0]).toBe('new');
  expect(paged.rows.at(-1)).toBe('row-899');
  expect(new Set(paged.rows).size).toBe(paged.rows.length);
});
