import { expect, test } from 'vitest';

import { FakeBackend } from '../lib/ipc/fake';
import { openWindow } from '../lib/testing/window';

async function sent(backend: FakeBackend, order_id: string, table: string | null = null): Promise<void> {
  const line = { line_id: `${order_id}-line`, product_id: 'product-Latte', quantity: '1', modifiers: [], open_price: null, note: null };
  await backend.elsewhere('p-chen', async () => {
    await backend.command('create_order', { order_id, order_type: table === null ? 'counter' : 'dine_in', table, lines: [line] });
    await backend.command('set_customer', { order_id, name: 'Ada', phone: null, address: null });
    await backend.command('send', { order_id });
  });
}

const bump = (backend: FakeBackend, order_id: string) => backend.elsewhere('p-kofi', () => backend.command('ready', { order_id, lines: [] }));

async function board(orders: number) {
  const backend = new FakeBackend();
  for (let number = 1; number <= orders; number += 1) await sent(backend, `order-${String(number)}`);
  const window = await openWindow('#/board', backend);
  // What #app is to the real page.
  window.screen.container.style.height = '100vh';
  await expect.element(window.screen.getByTestId('guest-ready')).toBeInTheDocument();
  return window;
}

test('guests_read_numbers_without_anyone_having_signed_in', async () => {
  const { screen, backend } = await board(2);
  await sent(backend, 'at-table', '7');
  const [preparing, ready] = [screen.getByTestId('guest-preparing'), screen.getByTestId('guest-ready')];
  await expect.element(preparing).toHaveTextContent('A-001A-002');
  await expect.element(ready).toHaveTextContent('No order is ready at the moment.');
  await bump(backend, 'order-1');
  await expect.element(ready).toHaveTextContent('A-001');
  await expect.element(ready.getByRole('img', { name: 'just called' })).toBeVisible();
  await expect.element(preparing).not.toHaveTextContent('A-001');
  await expect.element(preparing).not.toHaveTextContent('A-003');
  expect(document.body.textContent).not.toContain('Ada');
});

test('what_was_called_last_stands_first', async () => {
  const { screen, backend } = await board(3);
  await bump(backend, 'order-3');
  await expect.element(screen.getByTestId('guest-ready')).toHaveTextContent('A-003');
  await bump(backend, 'order-1');
  await expect.element(screen.getByTestId('guest-ready')).toHaveTextContent('A-001A-003');
});

test('numbers_without_room_are_counted', async () => {
  const { screen } = await board(60);
  await expect.element(screen.getByTestId('guest-more')).toHaveTextContent(/^and \d+ more$/);
  const list = screen.getByTestId('guest-preparing').element();
  const shown = list.querySelectorAll('[data-testid="guest-number"]').length;
  await expect.element(screen.getByTestId('guest-more')).toHaveTextContent(`and ${String(60 - shown)} more`);
  expect(list.getBoundingClientRect().bottom).toBeLessThanOrEqual(innerHeight);
});

test('a_board_that_is_not_renewed_says_so', async () => {
  const { screen, backend } = await board(1);
  backend.heartbeat(Date.UTC(2026, 8, 19, 12, 3, 41));
  await expect.element(screen.getByTestId('feed-stale'), { timeout: 6_000 }).toHaveTextContent('has not been renewed since 12:03:41');
});
