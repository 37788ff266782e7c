// No tap is lost and none counts twice, whatever sets it off and however late or lost the till's answer is.

import { beforeEach, expect, test, vi } from 'vitest';
import { userEvent } from 'vitest/browser';

import { Failure, type CommandName } from '../lib/ipc';
import { openTill, openWindow, signIn, tile, type Window } from '../lib/testing/window';

beforeEach(() => localStorage.clear());

/** Holds every answer back until it is let go. */
function hold({ backend }: Window): () => void {
  let letGo: () => void = () => undefined;
  backend.gate = new Promise<void>((resolve) => (letGo = resolve));
  return () => letGo();
}

/** The till does the next command of this name, and its answer is lost on the way. */
function loseAnswer({ backend }: Window, name: CommandName): void {
  const command = backend.command.bind(backend);
  let lost = false;
  vi.spyOn(backend, 'command').mockImplementation((async (...call: Parameters<typeof backend.command>) => {
    const outcome = await command(...call);
    if (call[0] !== name || lost) return outcome;
    lost = true;
    throw new Failure('no_answer', '', 'the line broke', true);
  }) as typeof backend.command);
}

const ids = ({ backend }: Window, name: CommandName) => backend.called(name).map(({ options }) => options.commandId);
const press = (testid: string, { screen }: Window) => (screen.getByTestId(testid).first().element() as HTMLElement).click();

async function withLatte(): Promise<Window> {
  const till = await openTill();
  await tile(till, 'Latte').click();
  await expect.element(till.screen.getByTestId('cart-line')).toHaveTextContent('Latte');
  await expect.element(till.screen.getByTestId('exact-cash')).not.toHaveAttribute('aria-disabled');
  return till;
}

// Each act that must happen once: its button, its key, its command.
const ONCE = [
  ['send', '{F8}', 'send'],
  ['exact-cash', '{F9}', 'pay_cash'],
  ['note-cash', '{Alt>}7{/Alt}', 'pay_cash'],
  ['line-void', '{Delete}', 'void_line'],
] as const;

for (const [testid, key, command] of ONCE) {
  test(`${testid}: a busy button and its key together do it once, and it looks pressed at once`, async () => {
    const till = await withLatte();
    const letGo = hold(till);
    press(testid, till);
    press(testid, till);
    await userEvent.keyboard(key);
    await userEvent.keyboard(key);
    await expect.element(till.screen.getByTestId(testid).first()).toHaveAttribute('aria-busy', 'true');
    letGo();
    await expect.element(till.screen.getByTestId('cart')).toBeVisible();
    await vi.waitFor(() => expect(till.backend.called(command).length).toBeGreaterThan(0));
    await expect.poll(() => document.querySelector('[aria-busy="true"]:is(button)')).toBeNull();
    expect(till.backend.called(command)).toHaveLength(1);
  });

  test(`${testid}: after a lost answer the same act goes out under the same id and happens once`, async () => {
    const till = await withLatte();
    loseAnswer(till, command);
    const order = () => [...till.backend.orders.values()][0];
    press(testid, till);
    await expect.element(till.screen.getByTestId('notice')).toBeVisible();
    const facts = order()?.facts.length;
    // The screen may know by now that it was done; a hand that was faster does it again.
    await till.screen.getByTestId('notice-dismiss').click();
    if (!(till.screen.getByTestId(testid).first().element() as HTMLButtonElement).disabled) {
      press(testid, till);
      await vi.waitFor(() => expect(till.backend.called(command)).toHaveLength(2));
      expect(new Set(ids(till, command)).size).toBe(1);
    }
    expect(order()?.facts.length).toBe(facts);
    expect(order()?.payments.length ?? 0).toBeLessThanOrEqual(1);
  });
}

test('enter_twice_in_the_cash_dialog_takes_the_money_once', async () => {
  const till = await withLatte();
  await till.screen.getByTestId('pay').click();
  await expect.element(till.screen.getByTestId('cash-sheet')).toBeVisible();
  (document.activeElement as HTMLElement).blur();
  const letGo = hold(till);
  await userEvent.keyboard('2');
  await userEvent.keyboard('{Enter}{Enter}{Enter}');
  letGo();
  await expect.element(till.screen.getByTestId('balance')).toHaveTextContent('€1.80');
  expect(till.backend.called('pay_cash')).toHaveLength(1);
});

test('part_of_the_money_is_taken_once_although_its_answer_was_lost', async () => {
  const till = await withLatte();
  const { screen, backend } = till;
  loseAnswer(till, 'pay_cash');
  await screen.getByTestId('pay').click();
  await screen.getByTestId('key-2').click();
  await screen.getByTestId('cash-submit').click();
  await expect.element(screen.getByTestId('cash-sheet').getByTestId('failure')).toBeVisible();
  await screen.getByTestId('cash-submit').click();
  await expect.element(screen.getByTestId('balance')).toHaveTextContent('€1.80');
  expect(new Set(ids(till, 'pay_cash')).size).toBe(1);
  expect([...backend.orders.values()][0]?.payments).toHaveLength(1);
});

test('a_first_tap_whose_answer_was_lost_opens_one_order_and_one_line', async () => {
  const till = await openTill();
  const { screen, backend } = till;
  loseAnswer(till, 'create_order');
  await tile(till, 'Latte').click();
  await expect.element(screen.getByTestId('notice')).toBeVisible();
  await tile(till, 'Latte').click();
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('1 Latte');
  expect(backend.orders.size).toBe(1);
  expect(new Set(ids(till, 'create_order')).size).toBe(1);
  // What can be seen has arrived: a further tap is one more.
  await tile(till, 'Latte').click();
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('2 Latte');
});

test('a_new_order_does_not_overtake_the_taps_before_it', async () => {
  const till = await withLatte();
  const letGo = hold(till);
  press('new-order', till);
  (tile(till, 'Water').element() as HTMLElement).click();
  letGo();
  await expect.element(till.screen.getByTestId('order-label')).toHaveTextContent('A-002');
  await expect.element(till.screen.getByTestId('cart-line')).toHaveTextContent('Water');
  expect([...till.backend.orders.values()][0]?.lines).toHaveLength(1);
});

test('the_last_steps_are_undone_one_by_one_until_they_are_sent', async () => {
  const till = await withLatte();
  const { screen } = till;
  await tile(till, 'Latte').click();
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('2 Latte');
  await screen.getByTestId('type-take_away').click();
  await expect.element(screen.getByTestId('undo')).toHaveAccessibleName('Undo: order type');
  await screen.getByTestId('undo').click();
  await expect.element(screen.getByTestId('type-counter')).toHaveAttribute('data-state', 'checked');
  await userEvent.keyboard('{Control>}z{/Control}');
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('1 Latte');
  await screen.getByTestId('line-void').click();
  await expect.element(screen.getByTestId('cart-line')).toHaveAttribute('data-state', 'voided');
  await screen.getByTestId('undo').click();
  await expect.element(screen.getByTestId('cart-line').nth(1)).toHaveAttribute('data-state', 'new');
  await screen.getByTestId('send').click();
  await expect.element(screen.getByTestId('undo')).toBeDisabled();
});

test('three_times_before_a_tap_is_three_and_is_used_up', async () => {
  const till = await openTill();
  const { screen } = till;
  await screen.getByTestId('search').fill('3 x');
  await expect.element(screen.getByTestId('times')).toHaveTextContent('3 ×');
  await tile(till, 'Water').click();
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('3 Water');
  await expect.element(screen.getByTestId('search')).toHaveValue('');
  await screen.getByTestId('search').click();
  await userEvent.keyboard('2*espresso{Enter}');
  await expect.element(screen.getByTestId('cart-line').nth(1)).toHaveTextContent('2 Espresso');
  await screen.getByTestId('quantity-next').click();
  await screen.getByTestId('key-4').click();
  await screen.getByTestId('quantity-submit').click();
  await tile(till, 'Bacon Burger').click();
  await expect.element(screen.getByTestId('quantity')).toHaveValue('4');
});

test('open_orders_stand_as_tabs_that_keep_their_places', async () => {
  const till = await openTill();
  const { screen } = till;
  for (const name of ['Latte', 'Water', 'Espresso']) {
    await tile(till, name).click();
    await expect.element(screen.getByTestId('cart-line')).toHaveTextContent(name);
    await screen.getByTestId('new-order').click();
    await expect.element(screen.getByTestId('cart-line')).not.toBeInTheDocument();
  }
  const tab = (index: number) => screen.getByTestId('order-tab').nth(index);
  await expect.element(tab(2)).toHaveTextContent('A-003');
  await expect.element(tab(0)).toHaveTextContent('€3.80');
  await expect.element(tab(0)).toHaveTextContent('0 min');
  const at = (tab(2).element() as HTMLElement).getBoundingClientRect().left;
  await tab(0).click();
  await expect.element(tab(0)).toHaveAttribute('aria-current', 'true');
  await screen.getByTestId('exact-cash').click();
  await screen.getByTestId('complete').click();
  await expect.element(screen.getByTestId('order-tab').nth(1)).toHaveTextContent('A-003');
  expect((tab(1).element() as HTMLElement).getBoundingClientRect().left).toBe(at);
  await userEvent.keyboard('{Alt>}{PageDown}{/Alt}');
  await expect.element(screen.getByTestId('order-label')).toHaveTextContent('A-002');
});

test('favourites_are_chosen_by_a_tap_and_kept_on_this_device', async () => {
  const till = await openTill();
  const { screen, backend } = till;
  await screen.getByTestId('favourites-mark').click();
  await tile(till, 'Water').click();
  await expect.element(tile(till, 'Water')).toHaveAttribute('aria-pressed', 'true');
  expect(backend.called('create_order')).toHaveLength(0);
  await screen.getByTestId('favourites-mark').click();
  await screen.unmount();
  const again = await openWindow('#/', backend);
  await signIn(again, 'Chen');
  await userEvent.keyboard('{Alt>}f{/Alt}');
  await expect.element(again.screen.getByTestId('tile')).toHaveTextContent('Water');
});

test('usual_notes_are_a_tap_and_a_house_keeps_its_own', async () => {
  const till = await openTill();
  const { screen, backend } = till;
  await tile(till, 'Bacon Burger').click();
  await expect.element(screen.getByTestId('modifier-progress')).toHaveTextContent('0 of 1 choices made');
  await screen.getByTestId('line-note').fill('well done');
  await screen.getByTestId('note-keep').click();
  await screen.getByRole('button', { name: 'no onion' }).click();
  await expect.element(screen.getByTestId('line-note')).toHaveValue('well done; no onion');
  await screen.getByRole('button', { name: 'no onion' }).click();
  await expect.element(screen.getByTestId('line-note')).toHaveValue('well done');
  await expect.element(screen.getByRole('button', { name: 'well done', exact: true })).toHaveAttribute('aria-pressed', 'true');
  await userEvent.keyboard('{Escape}');
  await tile(till, 'Bacon Burger').click();
  await expect.element(screen.getByRole('button', { name: 'well done', exact: true })).toBeVisible();
  (document.activeElement as HTMLElement).blur();
  await userEvent.keyboard('1');
  await expect.element(screen.getByTestId('modifier-progress')).toHaveTextContent('1 of 1 choices made');
  await userEvent.keyboard('{Control>}{Enter}{/Control}');
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('Fries');
  expect(backend.called('create_order')).toHaveLength(1);
});

test('keys_are_shown_on_demand_and_the_palette_does_only_what_is_allowed', async () => {
  const till = await openTill();
  const { screen } = till;
  await userEvent.keyboard('?');
  const row = (act: string) => document.querySelector(`[data-testid="key-row"][data-act="${act}"]`)?.textContent ?? '';
  await expect.element(screen.getByTestId('key-sheet')).toBeVisible();
  expect(row('pay.exact')).toContain('not now');
  expect(row('catalogue.search')).not.toContain('not now');
  await userEvent.keyboard('{Escape}');
  await expect.element(screen.getByTestId('key-sheet')).not.toBeInTheDocument();

  await tile(till, 'Latte').click();
  await expect.element(screen.getByTestId('exact-cash')).not.toHaveAttribute('aria-disabled');
  await userEvent.keyboard('{Control>}k{/Control}');
  await expect.element(screen.getByTestId('palette-text')).toHaveFocus();
  expect(document.querySelector('[data-act="order.reinstate"]')).toBeNull();
  await userEvent.keyboard('exact{Enter}');
  await expect.element(screen.getByTestId('paid')).toBeVisible();
  await userEvent.keyboard('{Alt>}{Enter}{/Alt}');
  await expect.element(screen.getByTestId('paid')).not.toBeInTheDocument();
});

test('a_line_is_chosen_and_counted_by_keys_while_the_gun_keeps_the_search', async () => {
  const till = await withLatte();
  const { screen } = till;
  await tile(till, 'Water').click();
  await expect.element(screen.getByTestId('cart-line').nth(1)).toHaveAttribute('aria-pressed', 'true');
  await screen.getByTestId('search').click();
  await userEvent.keyboard('{ArrowUp}');
  await expect.element(screen.getByTestId('cart-line').first()).toHaveAttribute('aria-pressed', 'true');
  await userEvent.keyboard('++-');
  await expect.element(screen.getByTestId('cart-line').first()).toHaveTextContent('2 Latte');
  await userEvent.keyboard('espresso{Enter}');
  await expect.element(screen.getByTestId('cart-line').nth(2)).toHaveTextContent('Espresso');
});
