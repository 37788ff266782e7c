import axe from 'axe-core';
import { afterEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';

import { FakeBackend } from '../lib/ipc/fake';
import { openWindow, signIn } from '../lib/testing/window';

const root = document.documentElement;

afterEach(async () => {
  localStorage.clear();
  delete root.dataset['theme'];
  root.style.fontSize = '';
  await page.viewport(1280, 800);
});

/** A board with something of everything: late, changed, cancelled, an allergy, and one that is ready. */
async function fullBoard(): Promise<FakeBackend> {
  const backend = new FakeBackend();
  const line = (line_id: string, note: string | null) =>
    ({ line_id, product_id: 'product-Latte', quantity: '1', modifiers: [], open_price: null, note });
  await backend.elsewhere('p-mara', async () => {
    for (const order_id of ['late', 'due', 'changed', 'cancelled', 'ready']) {
      const lines = [line(`${order_id}-1`, 'milk allergy'), line(`${order_id}-2`, 'no ice')];
      await backend.command('create_order', { order_id, order_type: 'counter', table: null, lines });
      const made = backend.orders.get(order_id);
      if (made) made.opened_at_ms -= (order_id === 'late' ? 20 : order_id === 'due' ? 6 : 0) * 60_000;
      await backend.command('send', { order_id });
    }
    await backend.command('void_line', { order_id: 'changed', line_id: 'changed-1', reason: 'Sold out' });
    await backend.command('cancel', { order_id: 'cancelled', reason: 'Guest left' });
    await backend.command('ready', { order_id: 'ready', lines: [] });
    await backend.command('bump_line', { order_id: 'due', line_id: 'due-1' });
  });
  return backend;
}

async function expectClean(where: string): Promise<void> {
  const { violations } = await axe.run(document);
  expect(violations.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join('\n')}`)).toEqual([]);
}

for (const theme of ['light', 'dark', 'contrast']) {
  test(`the_kitchens_screens_have_no_barrier_in_the_theme_${theme}`, async () => {
    root.dataset['theme'] = theme;
    // Tall, so that every state stands on the first page.
    await page.viewport(1280, 1_600);
    const window = await openWindow('#/kitchen', await fullBoard());
    window.screen.container.style.height = '100vh';
    await signIn(window, 'Kofi');
    const { screen } = window;
    await expect.element(screen.getByTestId('ticket').nth(3)).toBeVisible();
    expect([...document.querySelectorAll<HTMLElement>('[data-age]')].map(({ dataset }) => dataset['age'])).toEqual(['late', 'due', 'on_time', 'on_time']);
    await screen.getByTestId('all-day-toggle').click();
    await expect.element(screen.getByTestId('all-day')).toBeVisible();
    await expectClean('cook');
    await screen.getByTestId('all-day-toggle').click();
    await screen.getByTestId('key-map-open').click();
    await expect.element(screen.getByTestId('key-map')).toBeVisible();
    await expectClean('keys');
    await screen.getByTestId('dialog-close').click();
    location.hash = '#/kitchen/pass';
    await expect.element(screen.getByTestId('pass-ticket').nth(4)).toBeVisible();
    await expectClean('pass');
    location.hash = '#/board';
    await expect.element(screen.getByTestId('guest-ready')).toHaveTextContent('A-005');
    await expectClean('guests');
  });
}

test('text_at_twice_its_size_leaves_every_key_on_the_screen', async () => {
  root.style.fontSize = '32px';
  const window = await openWindow('#/kitchen', await fullBoard());
  window.screen.container.style.height = '100vh';
  await signIn(window, 'Kofi');
  await expect.element(window.screen.getByTestId('ticket').first()).toBeVisible();
  // What belongs to a ticket may go on on the next page.
  const outside = [...document.querySelectorAll<HTMLElement>('main button, main a')]
    .filter((key) => key.closest('article') === null)
    .map((key) => ({ name: key.dataset['testid'], box: key.getBoundingClientRect() }))
    .filter(({ box }) => box.left < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1);
  expect(outside).toEqual([]);
});
