import axe from 'axe-core';
import { expect, test } from 'vitest';

import { FakeBackend } from '../lib/ipc/fake';
import { openTill, openWindow, signIn, tile } from '../lib/testing/window';

/** The least side of anything that a finger taps. */
const LEAST_TOUCH = 48;

async function expectClean(where: string): Promise<void> {
  const { violations } = await axe.run(document);
  expect(violations.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual([]);
  const small = [...document.querySelectorAll<HTMLElement>('#app button, button, input, select, summary')]
    .filter((element) => element.offsetParent !== null)
    .map((element) => ({ element, box: element.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0 && Math.min(box.width, box.height) < LEAST_TOUCH - 0.5)
    .map(({ element, box }) => `${where}: ${element.dataset['testid'] ?? element.className}: ${String(box.width)} × ${String(box.height)}`);
  expect(small).toEqual([]);
}

test('sign_in_and_first_start_have_no_barrier', async () => {
  const window = await openWindow();
  await expect.element(window.screen.getByTestId('person').first()).toBeInTheDocument();
  await expectClean('sign-in');
  const backend = new FakeBackend();
  backend.setUp = false;
  await window.screen.unmount();
  const fresh = await openWindow('#/', backend);
  await expect.element(fresh.screen.getByTestId('setup-next')).toBeInTheDocument();
  await expectClean('first start');
  await fresh.screen.getByTestId('setup-next').click();
  await expect.element(fresh.screen.getByTestId('menu-drop')).toBeInTheDocument();
  await expectClean('first start, menu');
  await fresh.screen.getByTestId('setup-skip').click();
  await fresh.screen.getByTestId('setup-skip').click();
  await expect.element(fresh.screen.getByTestId('setup-made-pin')).toBeInTheDocument();
  await expectClean('first start, PIN');
});

test('the_cashiers_screen_and_its_dialogs_have_no_barrier', async () => {
  const till = await openTill();
  const { screen } = till;
  await tile(till, 'Latte').click();
  await expect.element(screen.getByTestId('cart-line')).toBeInTheDocument();
  await expectClean('cashier');
  for (const opener of ['order-menu', 'pay', 'open-orders', 'line-edit', 'line-split']) {
    await screen.getByTestId(opener).click();
    await expect.element(screen.getByTestId('dialog-close')).toBeInTheDocument();
    await expectClean(opener);
    await screen.getByTestId('dialog-close').click();
  }
  await screen.getByTestId('exact-cash').click();
  await expect.element(screen.getByTestId('paid')).toBeInTheDocument();
  await expectClean('paid');
  await screen.getByTestId('show-receipt').click();
  await expect.element(screen.getByTestId('receipt')).toBeInTheDocument();
  await expectClean('receipt');
});

test('orders_store_and_kitchen_have_no_barrier', async () => {
  const till = await openTill();
  const { screen } = till;
  await tile(till, 'Latte').click();
  await screen.getByTestId('send').click();
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('Sent');
  location.hash = '#/orders';
  await expect.element(screen.getByTestId('order-row')).toBeInTheDocument();
  await expectClean('orders');
  await screen.getByTestId('order-row').click();
  await expect.element(screen.getByTestId('history-entry').first()).toBeInTheDocument();
  await expectClean('order');
  location.hash = '#/store';
  await expect.element(screen.getByTestId('verify')).toBeInTheDocument();
  await expectClean('store');
  location.hash = '#/kitchen';
  await signIn(till, 'Kofi');
  await expect.element(screen.getByTestId('ticket')).toBeInTheDocument();
  await expectClean('kitchen');
});
