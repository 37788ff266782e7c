import { expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';

import { FakeBackend } from '../lib/ipc/fake';
import { openWindow, signIn } from '../lib/testing/window';

const order = { order_type: 'counter', table: null } as const;
const line = (line_id: string, name: string) =>
  ({ line_id, product_id: `product-${name}`, quantity: '1', modifiers: [], open_price: null, note: null });

async function kitchen(sent: readonly string[] = ['Latte']) {
  const backend = new FakeBackend();
  const lines = sent.map((name, index) => line(`line-${String(index)}`, name));
  await backend.elsewhere('p-chen', async () => {
    await backend.command('create_order', { ...order, order_id: 'one', lines });
    await backend.command('send', { order_id: 'one' });
  });
  const window = await openWindow('#/kitchen', backend);
  await signIn(window, 'Kofi');
  await expect.element(window.screen.getByTestId('ticket')).toBeInTheDocument();
  return window;
}

test('a_ticket_goes_from_waiting_to_handed_over_and_back_by_recall', async () => {
  const { screen } = await kitchen();
  await screen.getByTestId('start').click();
  await expect.element(screen.getByTestId('ticket-line')).toHaveTextContent('cooking');
  await screen.getByTestId('ready').click();
  await expect.element(screen.getByTestId('ready-ticket')).toHaveTextContent('A-001');
  await screen.getByTestId('recall').click();
  await expect.element(screen.getByTestId('ticket')).toBeVisible();
  await screen.getByTestId('ready').click();
  await screen.getByTestId('hand-over').click();
  await expect.element(screen.getByTestId('ready-ticket')).not.toBeInTheDocument();
});

test('a_tap_on_a_line_says_that_it_is_done', async () => {
  const { screen, backend } = await kitchen(['Latte', 'Croissant']);
  await screen.getByTestId('ticket-line').first().click();
  await expect.element(screen.getByTestId('ticket-line').first()).toHaveTextContent('done');
  expect(backend.called('bump_line')).toHaveLength(1);
});

test('the_kitchen_says_when_it_last_heard_from_the_till_and_large_when_that_is_too_long_ago', async () => {
  const { screen, backend } = await kitchen();
  backend.heartbeat(Date.UTC(2026, 8, 19, 12, 3, 41));
  await expect.element(screen.getByTestId('feed-heard')).toHaveTextContent('12:03:41');
  await expect.element(screen.getByTestId('feed-stale')).not.toBeInTheDocument();
  await expect.element(screen.getByTestId('feed-stale'), { timeout: 6_000 }).toHaveTextContent('No word from the till since 12:03:41');
  await expect.element(screen.getByTestId('feed-health')).toHaveAttribute('data-stale', 'true');
  backend.heartbeat(Date.UTC(2026, 8, 19, 12, 3, 50));
  await expect.element(screen.getByTestId('feed-stale')).not.toBeInTheDocument();
});

test('a_pushed_change_shows_without_a_tap', async () => {
  const { screen, backend } = await kitchen();
  await backend.elsewhere('p-chen', async () => {
    await backend.command('create_order', { ...order, order_id: 'two', lines: [line('other', 'Water')] });
    await backend.command('send', { order_id: 'two' });
  });
  await expect.element(screen.getByTestId('ticket').nth(1)).toHaveTextContent('Water');
});

test('age_shows_in_words_and_minutes', async () => {
  const window = await kitchen();
  const first = window.backend.orders.get('one');
  if (first) first.opened_at_ms -= 11 * 60_000;
  window.backend.touch(['kitchen']);
  await expect.element(window.screen.getByTestId('age')).toHaveTextContent(/^11:0\d$/);
  await expect.element(window.screen.getByTestId('ticket')).toHaveTextContent('late');
});

test('the_board_works_from_the_keyboard', async () => {
  const { screen } = await kitchen(['Latte', 'Croissant']);
  await userEvent.keyboard('{ArrowRight}');
  await userEvent.keyboard('{Enter}');
  await expect.element(screen.getByTestId('ticket-line').first()).toHaveTextContent('cooking');
  await userEvent.keyboard('2');
  await expect.element(screen.getByTestId('ticket-line').nth(1)).toHaveTextContent('done');
  await userEvent.keyboard('d');
  await expect.element(screen.getByTestId('ready-ticket')).toBeVisible();
  await userEvent.keyboard('r');
  await expect.element(screen.getByTestId('ticket')).toBeVisible();
});
