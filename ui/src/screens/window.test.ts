import { expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';

import { Failure } from '../lib/ipc';
import { FakeBackend } from '../lib/ipc/fake';
import { openTill, openWindow, signIn, tile } from '../lib/testing/window';

test('a_wrong_pin_is_said_and_the_right_one_opens_the_till', async () => {
  const window = await openWindow();
  const { screen } = window;
  await screen.getByRole('button', { name: 'Chen', exact: true }).click();
  for (const digit of ['9', '9', '9', '9']) await screen.getByTestId(`key-${digit}`).click();
  await screen.getByTestId('pin-enter').click();
  await expect.element(screen.getByTestId('failure')).toHaveTextContent('Wrong PIN.');
  await signIn(window, 'Chen');
  await expect.element(screen.getByTestId('person-name')).toHaveTextContent('Chen');
});

test('each_station_of_a_window_has_its_own_session', async () => {
  const { screen } = await openTill();
  location.hash = '#/kitchen';
  await expect.element(screen.getByTestId('person').first()).toBeVisible();
  location.hash = '#/';
  await expect.element(screen.getByTestId('search')).toBeVisible();
});

test('a_session_that_ended_leads_back_to_sign_in', async () => {
  const till = await openTill();
  await tile(till, 'Latte').click();
  await expect.element(till.screen.getByTestId('cart-line')).toBeVisible();
  till.backend.failNext(new Failure('session_required', '', 'sign in', false));
  await till.screen.getByTestId('send').click();
  await expect.element(till.screen.getByTestId('person').first()).toBeVisible();
});

test('the_first_start_offers_only_menus_of_the_currency_and_wants_the_pin_twice', async () => {
  const backend = new FakeBackend();
  backend.setUp = false;
  const { screen } = await openWindow('#/', backend);
  await screen.getByTestId('currency-JPY').click();
  await screen.getByTestId('setup-shop-name').fill('Kaze');
  await screen.getByTestId('setup-next').click();
  await expect.element(screen.getByTestId('setup-menu')).toHaveTextContent('Family restaurant (121 products)');
  await expect.element(screen.getByTestId('setup-menu')).not.toHaveTextContent('Cocktail bar');
  await screen.getByTestId('setup-next').click();
  await screen.getByTestId('setup-manager').fill('Yui');
  await screen.getByTestId('setup-pin').fill('1234');
  await screen.getByTestId('setup-pin-again').fill('1235');
  await screen.getByTestId('setup-submit').click();
  await expect.element(screen.getByTestId('pins-differ')).toBeVisible();
  expect(backend.called('set_up_shop')).toHaveLength(0);
  await screen.getByTestId('setup-pin-again').fill('1234');
  await screen.getByTestId('setup-submit').click();
  await expect.element(screen.getByTestId('search')).toBeVisible();
  expect(backend.called('set_up_shop')[0]?.input).toMatchObject({ shop_name: 'Kaze', currency: 'JPY', sample_menu: 'japan', pin: '1234' });
});

test('an_order_shows_its_history_and_only_the_acts_that_the_till_allows', async () => {
  const till = await openWindow();
  await signIn(till, 'Mara');
  const { screen, backend } = till;
  await tile(till, 'Latte').click();
  await screen.getByTestId('send').click();
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('Sent');
  location.hash = '#/orders';
  await screen.getByTestId('order-row').click();
  await expect.element(screen.getByTestId('history-entry').nth(1)).toHaveTextContent('Mara');
  await expect.element(screen.getByTestId('act-start')).toBeVisible();
  await expect.element(screen.getByTestId('act-complete')).not.toBeInTheDocument();

  await screen.getByTestId('act-cancel').click();
  await screen.getByTestId('reason').fill('guest left');
  await screen.getByTestId('reason-submit').click();
  await expect.element(screen.getByTestId('act-reinstate')).toBeVisible();
  expect(backend.called('cancel')[0]?.input).toMatchObject({ reason: 'guest left' });
});

test('escape_closes_a_dialog', async () => {
  const till = await openTill();
  await tile(till, 'Bacon Burger').click();
  await expect.element(till.screen.getByTestId('modifier-sheet')).toBeVisible();
  await userEvent.keyboard('{Escape}');
  await expect.element(till.screen.getByTestId('modifier-sheet')).not.toBeInTheDocument();
});
