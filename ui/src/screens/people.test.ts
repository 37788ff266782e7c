// Who is at the window: the lock, the switch of person, the staff, and a menu file on its way in.

import axe from 'axe-core';
import { afterEach, expect, test, vi } from 'vitest';
import { userEvent } from 'vitest/browser';

import { Failure } from '../lib/ipc';
import { FakeBackend } from '../lib/ipc/fake';
import { openTill, openWindow, signIn, tile } from '../lib/testing/window';

afterEach(() => {
  vi.useRealTimers();
  sessionStorage.clear();
});

const barriers = async () => (await axe.run(document)).violations.map(({ id }) => id);

test('a_lock_covers_an_open_dialog_and_the_pin_gives_it_back', async () => {
  const backend = new FakeBackend();
  const till = await openTill(backend);
  const { screen } = till;
  await tile(till, 'Latte').click();
  await expect.element(screen.getByTestId('cart-line')).toBeVisible();
  await screen.getByTestId('pay').click();
  await userEvent.keyboard('5');
  const amount = screen.getByTestId('cash-amount').element().textContent;
  backend.device = { name: null, lock_after_minutes: 2 };
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  backend.touch(['shop']);
  // The window has heard of it when it has asked anew.
  await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
  await vi.advanceTimersByTimeAsync(120_000);
  vi.useRealTimers();
  await expect.element(screen.getByTestId('lock-cover')).toBeVisible();
  await userEvent.keyboard('{Escape}1234{Enter}');
  await expect.element(screen.getByTestId('lock-cover')).not.toBeInTheDocument();
  await expect.element(screen.getByTestId('cash-amount')).toHaveTextContent(amount);
});

test('the_lock_and_the_switch_have_no_barrier_and_a_wrong_pin_opens_neither', async () => {
  const till = await openTill();
  const { screen } = till;
  await screen.getByTestId('person-switch').click();
  expect(await barriers()).toEqual([]);
  await screen.getByTestId('lock-now').click();
  await expect.element(screen.getByTestId('lock-cover')).toBeVisible();
  expect(await barriers()).toEqual([]);
  await userEvent.keyboard('9999{Enter}');
  await expect.element(screen.getByTestId('failure')).toHaveTextContent('Wrong PIN.');
  await screen.getByRole('button', { name: 'Mara', exact: true }).click();
  await userEvent.keyboard('1234{Enter}');
  await expect.element(screen.getByTestId('lock-cover')).not.toBeInTheDocument();
  await expect.element(screen.getByTestId('person-name')).toHaveTextContent('Mara');
});

test('who_may_not_see_the_staff_is_not_shown_the_way', async () => {
  const till = await openTill();
  await expect.element(till.screen.getByRole('link', { name: 'Store' })).toBeVisible();
  await expect.element(till.screen.getByRole('link', { name: 'Staff' })).not.toBeInTheDocument();
});

test('a_person_whose_answer_was_lost_is_added_once', async () => {
  const window = await openWindow();
  const { screen, backend } = window;
  await signIn(window, 'Mara');
  await screen.getByRole('link', { name: 'Staff' }).click();
  await screen.getByTestId('person-add').click();
  await screen.getByTestId('person-edit-name').fill('Zoë');
  await screen.getByTestId('person-edit-pin').fill('8642');
  await screen.getByTestId('person-edit-pin-again').fill('8642');
  expect(await barriers()).toEqual([]);
  backend.failNext(new Failure('no_answer', '', '', true));
  await screen.getByTestId('person-submit').click();
  await expect.element(screen.getByTestId('failure')).toBeVisible();
  await screen.getByTestId('person-submit').click();
  await expect.element(screen.getByTestId('person-sheet')).not.toBeInTheDocument();
  await expect.element(screen.getByText('Zoë')).toBeVisible();
  const [first, second] = backend.called('add_person');
  expect(second).toEqual(first);
});

test('a_file_that_is_far_too_large_is_not_read', async () => {
  const backend = new FakeBackend();
  backend.setUp = false;
  const { screen } = await openWindow('#/', backend);
  await screen.getByTestId('setup-next').click();
  await screen.getByTestId('menu-file').upload(new File([new Uint8Array(5 * 1024 * 1024)], 'film.mp4'));
  await expect.element(screen.getByTestId('failure')).toHaveTextContent('That is too much at once.');
  expect(backend.called('check_menu')).toHaveLength(0);
  await screen.getByTestId('menu-file').upload(new File(['{"name":"Mine","currency":"EUR","items":[1,2]}'], 'mine.json'));
  await expect.element(screen.getByTestId('menu-products')).toHaveTextContent('2');
  expect(await barriers()).toEqual([]);
});

test('the_shop_is_named_anew_and_another_currency_asks_for_a_menu_in_it', async () => {
  const backend = new FakeBackend();
  const window = await openWindow('#/manage', backend);
  await signIn(window, 'Mara');
  const { screen } = window;
  const sent = () => backend.called('change_shop').at(-1)?.input as { menu: string | null };
  await screen.getByTestId('shop-name').fill('Ecke');
  await userEvent.keyboard('{Enter}');
  await expect.element(screen.getByTestId('shop-saved')).toBeVisible();
  expect(sent()).toEqual({ name: 'Ecke', currency: 'EUR', menu: null, menu_id: null });
  expect(screen.getByTestId('shop-menu').query()).toBeNull();
  expect(await barriers()).toEqual([]);

  await screen.getByTestId('shop-currency').fill('jpy');
  await expect.element(screen.getByTestId('shop-menu')).toHaveTextContent('JPY');
  expect(await barriers()).toEqual([]);
  backend.failNext(new Failure('menu_needed', 'menu', 'for programs', false, [], { name: 'EUR' }));
  await screen.getByTestId('shop-save').click();
  await expect.element(screen.getByTestId('failure')).toHaveTextContent('The menu is in another currency.');
  expect(sent().menu).toBeNull();
  await screen.getByTestId('shop-menu-open').click();
  await screen.getByTestId('shop-save').click();
  await expect.poll(() => (JSON.parse(sent().menu ?? '{}') as { currency?: string }).currency).toBe('JPY');
});
