// Money that goes back: how much is offered, that it goes out once, and that what is to be handed over stays to be read.

import axe from 'axe-core';
import { expect, test, vi } from 'vitest';
import { userEvent } from 'vitest/browser';

import { Failure } from '../lib/ipc';
import { openTill, openWindow, signIn, tile, type Window } from '../lib/testing/window';

const order = ({ backend }: Window) => [...backend.orders.values()][0];

/** A manager before the page of an order of a latte and an espresso that is paid and done. */
async function withDone(): Promise<Window> {
  const till = await openWindow();
  await signIn(till, 'Mara');
  const { screen } = till;
  await tile(till, 'Latte').click();
  await tile(till, 'Espresso').click();
  await expect.element(screen.getByTestId('exact-cash')).toHaveTextContent('6.00');
  await screen.getByTestId('exact-cash').click();
  await screen.getByTestId('complete').click();
  await vi.waitFor(() => expect(order(till)?.status).toBe('completed'));
  location.hash = `#/orders/${order(till)?.order_id ?? ''}`;
  await expect.element(screen.getByTestId('act-refund')).toBeVisible();
  return till;
}

test('all_of_the_payment_is_offered_and_what_goes_out_stays_until_it_was_read', async () => {
  const till = await withDone();
  const { screen, backend } = till;
  await screen.getByTestId('act-refund').click();
  await expect.element(screen.getByTestId('refund-amount')).toHaveTextContent('6.00 EUR');
  await expect.element(screen.getByTestId('refund-chip')).toHaveTextContent('All €6.00');
  expect((await axe.run(document)).violations.map(({ id }) => id)).toEqual([]);
  await screen.getByTestId('refund-submit').click();
  await expect.element(screen.getByTestId('failure')).toHaveTextContent('Give a reason');
  await screen.getByTestId('refund-reason-preset').first().click();
  await screen.getByTestId('refund-submit').click();
  await expect.element(screen.getByTestId('refund-given')).toHaveTextContent('Give back €6.00');
  await expect.element(screen.getByTestId('refund-done')).toHaveFocus();
  backend.touch(['orders'], order(till)?.order_id);
  expect((await axe.run(document)).violations.map(({ id }) => id)).toEqual([]);
  await expect.element(screen.getByTestId('refund-given')).toBeVisible();
  await userEvent.keyboard('{Enter}');
  await expect.element(screen.getByTestId('refund-sheet')).not.toBeInTheDocument();
  await expect.element(screen.getByTestId('refund')).toHaveTextContent('€6.00');
  await expect.element(screen.getByTestId('refunded')).toHaveTextContent('€6.00');
  await expect.element(screen.getByTestId('act-refund')).not.toBeInTheDocument();
});

test('a_part_is_typed_over_what_is_offered_and_the_key_opens_the_dialog', async () => {
  const till = await withDone();
  const { screen, backend } = till;
  await userEvent.keyboard('{Alt>}{Shift>}P{/Shift}{/Alt}');
  await expect.element(screen.getByTestId('refund-sheet')).toBeVisible();
  for (const key of ['2', 'point', '5']) await screen.getByTestId(`key-${key}`).click();
  await expect.element(screen.getByTestId('refund-amount')).toHaveTextContent('2.5 EUR');
  await screen.getByTestId('refund-reason').fill('cold');
  await userEvent.keyboard('{Enter}');
  await expect.element(screen.getByTestId('refund-given')).toHaveTextContent('€2.50');
  expect(backend.called('refund')[0]?.input).toMatchObject({ amount: '2.5', currency: 'EUR', reason: 'cold' });
  expect(backend.called('refund')[0]?.options.expectedVersion).toBeDefined();
  await screen.getByTestId('refund-done').click();
  await screen.getByTestId('act-refund').click();
  await expect.element(screen.getByTestId('refund-chip')).toHaveTextContent('All €3.50');
});

test('a_refund_whose_answer_was_lost_goes_out_once_however_often_it_is_pressed', async () => {
  const till = await withDone();
  const { screen, backend } = till;
  const command = backend.command.bind(backend);
  let lost = false;
  vi.spyOn(backend, 'command').mockImplementation((async (...call: Parameters<typeof backend.command>) => {
    const outcome = await command(...call);
    if (call[0] !== 'refund' || lost) return outcome;
    lost = true;
    throw new Failure('no_answer', '', 'the line broke', true);
  }) as typeof backend.command);
  await screen.getByTestId('act-refund').click();
  await screen.getByTestId('refund-reason').fill('cold');
  await screen.getByTestId('refund-submit').click();
  await expect.element(screen.getByTestId('failure')).toBeVisible();
  await screen.getByTestId('refund-submit').click();
  await expect.element(screen.getByTestId('refund-given')).toHaveTextContent('€6.00');
  expect(new Set(backend.called('refund').map(({ options }) => options.commandId)).size).toBe(1);
  expect(order(till)?.refunds).toHaveLength(1);
});

test('of_several_payments_one_is_chosen_and_what_is_owed_comes_first', async () => {
  const till = await openWindow();
  await signIn(till, 'Mara');
  const { screen, backend } = till;
  await tile(till, 'Latte').click();
  await expect.element(screen.getByTestId('exact-cash')).toHaveTextContent('3.80');
  await screen.getByTestId('exact-cash').click();
  await vi.waitFor(() => expect(order(till)?.payments).toHaveLength(1));
  const { order_id = '', lines = [] } = order(till) ?? {};
  await backend.elsewhere('p-mara', async () => {
    await backend.command('add_line', { order_id, line: { line_id: 'l-2', product_id: 'product-Espresso' } });
    await backend.command('pay_cash', { order_id, payment_id: 'p-2' });
    await backend.command('void_line', { order_id, line_id: lines[0]?.line_id ?? '', reason: 'sold out' });
  });
  location.hash = `#/orders/${order_id}`;
  await screen.getByTestId('act-refund').click();
  await expect.element(screen.getByTestId('refund-from').nth(1)).toBeVisible();
  await expect.element(screen.getByTestId('refund-from').first()).toHaveAttribute('aria-pressed', 'true');
  await expect.element(screen.getByTestId('refund-chip')).toHaveTextContent('Owed €2.20');
  await screen.getByTestId('refund-from').nth(1).click();
  await expect.element(screen.getByTestId('refund-chip').first()).toHaveTextContent('Owed €1.60');
  await expect.element(screen.getByTestId('refund-chip').nth(1)).toHaveTextContent('All €3.80');
  await expect.element(screen.getByTestId('refund-amount')).toHaveTextContent('1.60');
});

test('a_cashier_is_not_offered_to_give_money_back', async () => {
  const till = await openTill();
  await tile(till, 'Latte').click();
  await till.screen.getByTestId('exact-cash').click();
  await vi.waitFor(() => expect(order(till)?.payments).toHaveLength(1));
  location.hash = `#/orders/${order(till)?.order_id ?? ''}`;
  await expect.element(till.screen.getByTestId('act-complete')).toBeVisible();
  await expect.element(till.screen.getByTestId('act-refund')).not.toBeInTheDocument();
});
