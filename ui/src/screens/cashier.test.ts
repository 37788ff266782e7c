import { expect, test } from 'vitest';
import { userEvent } from 'vitest/browser';

import { Failure } from '../lib/ipc';
import { openTill, tile } from '../lib/testing/window';

test('a_coffee_in_exact_cash_is_two_taps_and_the_change_stays_until_the_next_order', async () => {
  const till = await openTill();
  const { screen, backend } = till;
  await tile(till, 'Latte').click();
  await screen.getByTestId('exact-cash').click();
  await expect.element(screen.getByTestId('change')).toHaveTextContent('€0.00');
  await expect.element(screen.getByTestId('paid')).toHaveTextContent('€3.80 paid in cash');
  expect(backend.called('pay_cash')).toHaveLength(1);

  await tile(till, 'Espresso').click();
  await expect.element(screen.getByTestId('paid')).not.toBeInTheDocument();
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('Espresso');
  expect(backend.called('create_order')).toHaveLength(2);
});

test('a_tap_right_behind_a_payment_is_for_the_next_guest', async () => {
  const till = await openTill();
  const { screen, backend } = till;
  await tile(till, 'Latte').click();
  await expect.element(screen.getByTestId('exact-cash')).toHaveTextContent('€3.80');
  let answer: () => void = () => undefined;
  backend.gate = new Promise<void>((resolve) => (answer = resolve));
  await screen.getByTestId('exact-cash').click();
  (tile(till, 'Water').element() as HTMLElement).click();
  answer();
  await expect.element(screen.getByTestId('order-label')).toHaveTextContent('A-002');
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('Water');
  expect(backend.called('create_order')).toHaveLength(2);
});

test('quick_taps_are_all_kept_in_their_order_and_the_same_product_is_counted_up', async () => {
  const till = await openTill();
  const { screen, backend } = till;
  for (const name of ['Latte', 'Latte', 'Water', 'Latte']) (tile(till, name).element() as HTMLElement).click();
  await expect.element(screen.getByTestId('cart-line').nth(1)).toHaveTextContent('Water');
  await expect.element(screen.getByTestId('cart-line').first()).toHaveTextContent('3 Latte');
  expect(backend.calls.map(({ name }) => name).slice(-4)).toEqual(['create_order', 'change_line', 'add_line', 'change_line']);
});

test('a_tap_shows_at_once_while_the_till_has_not_answered_and_the_money_waits', async () => {
  const till = await openTill();
  const { screen, backend } = till;
  let answer: () => void = () => undefined;
  backend.gate = new Promise<void>((resolve) => (answer = resolve));
  await tile(till, 'Latte').click();
  await expect.element(screen.getByTestId('cart')).toHaveTextContent('Adding Latte…');
  answer();
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('Latte');

  backend.gate = new Promise<void>((resolve) => (answer = resolve));
  (tile(till, 'Water').element() as HTMLElement).click();
  await expect.element(screen.getByTestId('exact-cash')).toHaveAttribute('aria-disabled', 'true');
  (screen.getByTestId('exact-cash').element() as HTMLElement).click();
  answer();
  await expect.element(screen.getByTestId('total')).toHaveTextContent('€5.80');
  expect(backend.called('pay_cash')).toHaveLength(0);
});

test('the_cart_says_which_lines_are_new_sent_and_voided', async () => {
  const till = await openTill();
  const { screen, backend } = till;
  await tile(till, 'Latte').click();
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('New');
  await screen.getByTestId('send').click();
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('Sent');
  await tile(till, 'Croissant').click();
  await expect.element(screen.getByTestId('cart-line').nth(1)).toHaveTextContent('New');

  await screen.getByTestId('cart-line').first().click();
  await expect.element(screen.getByTestId('line-edit')).toBeDisabled();
  await screen.getByTestId('line-void').click();
  expect(backend.called('void_line')).toHaveLength(0);
  await screen.getByTestId('reason-preset').first().click();
  await screen.getByTestId('reason-submit').click();
  await expect.element(screen.getByTestId('cart-line').first()).toHaveTextContent('Voided');
  await expect.element(screen.getByTestId('cart-line').first()).toHaveTextContent('Guest changed their mind');
});

test('a_line_that_the_kitchen_does_not_have_is_voided_without_a_reason', async () => {
  const till = await openTill();
  await tile(till, 'Latte').click();
  await till.screen.getByTestId('line-void').click();
  await expect.element(till.screen.getByTestId('cart-line')).toHaveAttribute('data-state', 'voided');
});

test('a_forced_modifier_cannot_be_skipped', async () => {
  const till = await openTill();
  const { screen, backend } = till;
  await tile(till, 'Bacon Burger').click();
  await expect.element(screen.getByTestId('modifier-hint')).toHaveTextContent('Choose 1 more: Side dish');
  await expect.element(screen.getByTestId('modifier-submit')).toBeDisabled();
  await screen.getByRole('button', { name: 'Bacon', exact: true }).click();
  await expect.element(screen.getByTestId('modifier-submit')).toBeDisabled();
  await screen.getByRole('button', { name: 'Fries', exact: true }).click();
  await screen.getByTestId('modifier-submit').click();
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('Fries');
  const [call] = backend.called('create_order');
  expect(call?.input).toMatchObject({ lines: [{ modifiers: [
    { group_id: 'extra', option_id: 'Bacon', count: 1 }, { group_id: 'side', option_id: 'Fries', count: 1 },
  ] }] });
});

test('what_a_product_and_its_choices_contain_is_read_where_they_are_chosen', async () => {
  const till = await openTill();
  const { screen } = till;
  await tile(till, 'Bacon Burger').click();
  const sheet = screen.getByTestId('modifier-sheet');
  await expect.element(sheet.getByTestId('allergens').first()).toHaveTextContent('Contains: gluten, sesame');
  const choice = (name: string) => screen.getByRole('button', { name, exact: true });
  await expect.element(choice('Cheddar')).toHaveAccessibleDescription(/\+€1\.00.*Contains: milk/);
  await expect.element(choice('Cheddar').getByTestId('allergens')).toBeVisible();
  await expect.element(choice('Bacon').getByTestId('allergens')).not.toBeInTheDocument();
  await choice('Fries').click();
  await screen.getByTestId('modifier-submit').click();
  await screen.getByTestId('line-edit').click();
  await expect.element(sheet.getByTestId('allergens').first()).toHaveTextContent('Contains: gluten, sesame');
});

test('a_product_without_a_price_asks_for_it', async () => {
  const till = await openTill();
  const { screen, backend } = till;
  await tile(till, 'Special').click();
  await expect.element(screen.getByTestId('modifier-submit')).toBeDisabled();
  await screen.getByTestId('open-price').fill('7,25');
  await screen.getByTestId('modifier-submit').click();
  await expect.element(screen.getByTestId('total')).toHaveTextContent('€7.25');
  expect(backend.called('create_order')[0]?.input).toMatchObject({ lines: [{ open_price: '7.25' }] });
});

test('a_refusal_says_what_happened_in_our_words_and_stays_until_it_is_read', async () => {
  const till = await openTill();
  const { screen, backend } = till;
  await tile(till, 'Latte').click();
  await expect.element(screen.getByTestId('cart-line')).toBeVisible();
  backend.failNext(new Failure('store_read_only', 'order_id', 'the store takes no writes', false));
  await screen.getByTestId('send').click();
  await expect.element(screen.getByTestId('notice')).toHaveTextContent('The store can only be read.');
  await expect.element(screen.getByTestId('notice')).not.toHaveTextContent('the store takes no writes');
  await screen.getByTestId('send').click();
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('Sent');
  await expect.element(screen.getByTestId('notice')).toBeVisible();
  await screen.getByTestId('notice-dismiss').click();
  await expect.element(screen.getByTestId('notice')).not.toBeInTheDocument();
});

test('a_dialog_keeps_what_was_entered_when_the_till_refuses', async () => {
  const till = await openTill();
  const { screen, backend } = till;
  await tile(till, 'Bacon Burger').click();
  await screen.getByRole('button', { name: 'Fries', exact: true }).click();
  await screen.getByTestId('line-note').fill('no salt');
  backend.failNext(new Failure('stale_version', 'expected_version', 'the order has moved', false));
  await screen.getByTestId('modifier-submit').click();
  await expect.element(screen.getByTestId('modifier-sheet')).toHaveTextContent('The order has changed since you looked.');
  await expect.element(screen.getByTestId('line-note')).toHaveValue('no salt');
});

test('an_edit_names_the_version_that_the_person_saw', async () => {
  const till = await openTill();
  const { screen, backend } = till;
  await tile(till, 'Latte').click();
  await expect.element(screen.getByTestId('cart-line')).toBeVisible();
  const seen = [...backend.orders.values()][0]?.version;
  await screen.getByTestId('line-edit').click();
  await screen.getByTestId('quantity-plus').click();
  await screen.getByTestId('modifier-submit').click();
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('2 Latte');
  expect(backend.called('change_line')[0]?.options.expectedVersion).toBe(seen);
});

test('a_scan_adds_the_single_hit_and_a_second_quick_one_is_not_lost', async () => {
  const till = await openTill();
  await till.screen.getByTestId('search').click();
  await userEvent.keyboard('espresso{Enter}latte{Enter}');
  await expect.element(till.screen.getByTestId('cart-line').nth(1)).toHaveTextContent('Latte');
  await expect.element(till.screen.getByTestId('cart-line').first()).toHaveTextContent('Espresso');
});

test('part_of_the_money_leaves_the_rest_to_pay', async () => {
  const till = await openTill();
  const { screen } = till;
  await tile(till, 'Latte').click();
  await screen.getByTestId('pay').click();
  await screen.getByTestId('key-2').click();
  await screen.getByTestId('cash-submit').click();
  await expect.element(screen.getByTestId('balance')).toHaveTextContent('€1.80');
  await expect.element(screen.getByTestId('exact-cash')).toHaveTextContent('Exact €1.80');
  await expect.element(screen.getByTestId('paid')).not.toBeInTheDocument();
});

test('an_open_order_comes_back_into_the_cart', async () => {
  const till = await openTill();
  const { screen } = till;
  await tile(till, 'Latte').click();
  await expect.element(screen.getByTestId('order-label')).toHaveTextContent('A-001');
  await screen.getByTestId('new-order').click();
  await expect.element(screen.getByTestId('cart-line')).not.toBeInTheDocument();
  await screen.getByTestId('open-orders').click();
  await screen.getByTestId('open-order').click();
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('Latte');
});

test('the_receipt_shows_the_number_and_the_change', async () => {
  const till = await openTill();
  const { screen } = till;
  await tile(till, 'Latte').click();
  await screen.getByTestId('note-cash').first().click();
  await expect.element(screen.getByTestId('change')).toHaveTextContent('€1.20');
  await screen.getByTestId('show-receipt').click();
  await expect.element(screen.getByTestId('receipt-title')).toHaveTextContent('A1-1');
  await userEvent.keyboard('{Escape}');
  await expect.element(screen.getByTestId('receipt')).not.toBeInTheDocument();
});
