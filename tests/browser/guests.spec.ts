// The guests' board: a screen on the wall, where nobody signs in and nobody is named.

import AxeBuilder from '@axe-core/playwright';

import { Api, expect, test } from './support';

test('guests read their number without a sign-in, and never a name', async ({ demo, open }) => {
  const board = await open();
  await board.goto('#/board');
  await expect(board.page.getByText('No order is ready at the moment.')).toBeVisible();

  const api = await Api.signIn(demo, 'manager');
  const made = await api.order({ lines: ['Cheesecake'] });
  await api.command('set_customer', { order_id: made.orderId, name: 'Ada Lovelace', phone: null, address: null });
  await api.command('send', { order_id: made.orderId });
  await expect(board.id('guest-preparing')).toHaveText(made.label);
  await api.command('ready', { order_id: made.orderId, lines: [] });
  await expect(board.id('guest-ready')).toHaveText(made.label);
  await expect(board.page.getByRole('img', { name: 'just called' })).toBeVisible();
  await expect(board.page.getByText('Ada')).toHaveCount(0);
  for (const colorScheme of ['light', 'dark'] as const) {
    await board.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect((await new AxeBuilder({ page: board.page }).analyze()).violations).toEqual([]);
  }
  await api.command('hand_over', { order_id: made.orderId, lines: [] });
  await expect(board.page.getByText('No order is ready at the moment.')).toBeVisible();
});

test('a board that is cut off from the till says so', async ({ demo, open }) => {
  const board = await open();
  await board.goto('#/board');
  await expect(board.id('guest-ready')).toBeVisible();
  await demo.kill();
  await expect(board.id('feed-stale')).toContainText('Please ask at the counter.');
});
