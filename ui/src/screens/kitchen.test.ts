import { expect, test, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';

import { FakeBackend } from '../lib/ipc/fake';
import { openWindow, signIn } from '../lib/testing/window';

const order = { order_type: 'counter', table: null } as const;
const line = (line_id: string, name: string) =>
  ({ line_id, product_id: `product-${name}`, quantity: '1', modifiers: [], open_price: null, note: null });

async function send(backend: FakeBackend, order_id: string, names: readonly string[], ageMs = 0): Promise<void> {
  const lines = names.map((name, index) => line(`${order_id}-${String(index)}`, name));
  await backend.elsewhere('p-chen', async () => {
    await backend.command('create_order', { ...order, order_id, lines });
    const made = backend.orders.get(order_id);
    if (made) made.opened_at_ms -= ageMs;
    await backend.command('send', { order_id });
  });
}

async function kitchen(orders: readonly (readonly string[])[] = [['Latte']], hash = '#/kitchen') {
  localStorage.clear();
  const backend = new FakeBackend();
  for (const [index, names] of orders.entries()) await send(backend, `order-${String(index + 1)}`, names, (orders.length - index) * 1_000);
  const window = await openWindow(hash, backend);
  // What #app is to the real page.
  window.screen.container.style.height = '100vh';
  await signIn(window, 'Kofi');
  await expect.element(window.screen.getByTestId('key-map-open')).toBeInTheDocument();
  return window;
}

const visible = () => [...document.querySelectorAll<HTMLElement>('[data-testid="ticket"]')]
  .filter((card) => getComputedStyle(card).visibility === 'visible').map((card) => card.dataset['label']);

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
  const { screen, backend } = await kitchen([['Latte', 'Croissant']]);
  await screen.getByTestId('ticket-line').first().click();
  await expect.element(screen.getByTestId('ticket-line').first()).toHaveTextContent('done');
  expect(backend.called('bump_line')).toHaveLength(1);
});

test('a_recalled_ticket_comes_back_to_its_old_place', async () => {
  const { screen } = await kitchen([['Latte'], ['Water'], ['Croissant']]);
  await expect.poll(visible).toEqual(['A-001', 'A-002', 'A-003']);
  await screen.getByTestId('ticket').nth(1).getByTestId('ready').click();
  await expect.poll(visible).toEqual(['A-001', 'A-003']);
  await screen.getByTestId('ticket').first().getByTestId('ready').click();
  await userEvent.keyboard('r');
  await expect.poll(visible).toEqual(['A-001', 'A-003']);
  await userEvent.keyboard('r');
  await expect.poll(visible).toEqual(['A-001', 'A-002', 'A-003']);
});

test('the_kitchen_says_when_it_last_heard_from_the_till_and_large_when_that_is_too_long_ago', async () => {
  const { screen, backend } = await kitchen();
  backend.heartbeat(Date.UTC(2026, 8, 19, 12, 3, 41));
  await expect.element(screen.getByTestId('feed-heard')).toHaveTextContent('12:03:41');
  await expect.element(screen.getByTestId('feed-stale')).not.toBeInTheDocument();
  const place = () => screen.getByTestId('ticket').element().getBoundingClientRect().top;
  const before = place();
  await expect.element(screen.getByTestId('feed-stale'), { timeout: 6_000 }).toHaveTextContent('No word from the till since 12:03:41');
  await expect.element(screen.getByTestId('feed-health')).toHaveAttribute('data-stale', 'true');
  expect(place(), 'the tickets keep their place').toBe(before);
  backend.heartbeat(Date.UTC(2026, 8, 19, 12, 3, 50));
  await expect.element(screen.getByTestId('feed-stale')).not.toBeInTheDocument();
});

test('a_pushed_ticket_shows_and_rings_without_a_tap', async () => {
  const { screen, backend } = await kitchen();
  await expect.element(screen.getByTestId('sound-asleep')).not.toBeInTheDocument();
  await expect.element(screen.getByTestId('sound')).toHaveAttribute('data-rung', '0');
  await send(backend, 'two', ['Water']);
  await expect.element(screen.getByTestId('ticket').nth(1)).toHaveTextContent('Water');
  await expect.element(screen.getByTestId('sound')).toHaveAttribute('data-last', 'ticket');
  await userEvent.keyboard('m');
  await expect.element(screen.getByTestId('sound')).toHaveTextContent('Off');
  const rung = screen.getByTestId('sound').element().getAttribute('data-rung');
  await send(backend, 'three', ['Water']);
  await expect.element(screen.getByTestId('ticket').nth(2)).toBeInTheDocument();
  await expect.element(screen.getByTestId('sound')).toHaveAttribute('data-rung', rung ?? '');
});

test('age_shows_in_words_sign_and_minutes_by_the_limits_of_the_order_type', async () => {
  const { backend, screen } = await kitchen();
  const first = backend.orders.get('order-1');
  if (!first) throw new Error('there is no order');
  first.opened_at_ms = Date.now() - 11 * 60_000;
  backend.touch(['kitchen']);
  await expect.element(screen.getByTestId('age')).toHaveTextContent(/^11:0\d$/);
  await expect.element(screen.getByTestId('ticket')).toHaveTextContent('late');
  first.order_type = 'dine_in';
  backend.touch(['kitchen']);
  await expect.element(screen.getByTestId('ticket')).toHaveTextContent('due soon');
});

test('what_changed_pulses_until_it_is_seen', async () => {
  const { backend, screen } = await kitchen([['Latte']]);
  await backend.elsewhere('p-chen', async () => {
    await backend.command('add_line', { order_id: 'order-1', line: line('more', 'Water') });
    await backend.command('send', { order_id: 'order-1' });
    await backend.command('void_line', { order_id: 'order-1', line_id: 'order-1-0', reason: 'Sold out' });
  });
  const changes = screen.getByTestId('ticket-change');
  await expect.element(changes.nth(1)).toBeInTheDocument();
  expect(changes.elements().map((change) => change.dataset['kind']).sort()).toEqual(['added', 'voided']);
  expect(document.getAnimations().length, 'it pulses').toBeGreaterThan(0);
  await expect.element(screen.getByTestId('sound')).toHaveAttribute('data-last', 'change');
  await screen.getByTestId('acknowledge').click();
  await expect.element(changes).not.toBeInTheDocument();
  expect(document.getAnimations()).toHaveLength(0);
});

test('what_a_dish_contains_stands_on_its_line_and_is_marked_where_a_guest_has_an_allergy', async () => {
  const { screen, backend } = await kitchen([]);
  const burger = { ...line('a', 'Bacon Burger'), modifiers: [{ group_id: 'side', option_id: 'Fries', count: 1 }, { group_id: 'extra', option_id: 'Cheddar', count: 1 }] };
  await backend.elsewhere('p-chen', async () => {
    await backend.command('create_order', { ...order, order_id: 'one', lines: [burger, line('b', 'Water'), { ...line('c', 'Latte'), note: 'milk allergy' }] });
    await backend.command('send', { order_id: 'one' });
  });
  await expect.element(screen.getByTestId('ticket-line').nth(2)).toBeVisible();
  const contains = () => screen.getByTestId('ticket-line').elements().map((row) => {
    const found = row.querySelector<HTMLElement>('[data-testid="allergens"]');
    return found && [found.textContent.trim(), found.dataset['asked']];
  });
  expect(contains(), 'the product and what was chosen together; nothing where nothing is stated').toEqual([
    ['Contains: gluten, milk, sesame', 'false'], null, ['Contains: milk', 'true'],
  ]);
  await backend.elsewhere('p-chen', () => backend.command('set_note', { order_id: 'one', note: 'ALLERGY: ask the guest' }));
  await expect.poll(() => contains()[0]).toEqual(['Contains: gluten, milk, sesame', 'true']);
});

test('an_allergy_is_loud_on_the_line_and_on_the_order', async () => {
  const { backend, screen } = await kitchen([]);
  await backend.elsewhere('p-chen', async () => {
    await backend.command('create_order', { ...order, order_id: 'one', lines: [{ ...line('a', 'Latte'), note: 'milk allergy' }, { ...line('b', 'Water'), note: 'no ice' }] });
    await backend.command('set_note', { order_id: 'one', note: 'in a hurry' });
    await backend.command('send', { order_id: 'one' });
  });
  const notes = screen.getByTestId('ticket-note');
  await expect.element(notes.nth(2)).toBeInTheDocument();
  expect(notes.elements().map((note) => [note.dataset['allergy'], note.textContent?.trim()])).toEqual([
    ['false', '“in a hurry”'], ['true', 'ALLERGY: “milk allergy”'], ['false', '“no ice”'],
  ]);
});

test('tickets_fill_the_columns_without_scroll_and_the_rest_is_counted_on_pages', async () => {
  await page.viewport(1024, 600);
  const many = Array.from({ length: 14 }, () => ['Latte', 'Croissant']);
  const { screen, backend } = await kitchen(many);
  await expect.element(screen.getByTestId('page')).toHaveTextContent(/Page 1 of [2-9]/);
  const first = visible();
  expect(first[0]).toBe('A-001');
  const rest = many.length - first.length;
  expect(rest).toBeGreaterThan(0);
  await expect.element(screen.getByTestId('page-after')).toHaveTextContent(`${String(rest)} more`);
  await expect.element(screen.getByTestId('page-before')).toBeDisabled();
  for (const scroller of document.querySelectorAll('main, main *')) {
    if (getComputedStyle(scroller).overflowY === 'auto') expect(scroller.scrollHeight).toBeLessThanOrEqual(scroller.clientHeight + 1);
  }
  const frame = document.querySelector('[data-pages]')?.getBoundingClientRect();
  for (const card of document.querySelectorAll<HTMLElement>('[data-testid="ticket"]')) {
    if (getComputedStyle(card).visibility !== 'visible') continue;
    const box = card.getBoundingClientRect();
    expect(box.right, card.dataset['label']).toBeLessThanOrEqual((frame?.right ?? 0) + 1);
    expect(box.bottom, card.dataset['label']).toBeLessThanOrEqual((frame?.bottom ?? 0) + 1);
  }
  await userEvent.keyboard('{PageDown}');
  await expect.element(screen.getByTestId('page')).toHaveTextContent('Page 2 of');
  expect(visible()[0]).toBe(`A-${String(first.length + 1).padStart(3, '0')}`);
  await expect.element(screen.getByTestId('page-before')).toHaveTextContent(`${String(first.length)} earlier`);

  await backend.elsewhere('p-chen', () => backend.command('void_line', { order_id: 'order-1', line_id: 'order-1-0', reason: 'Sold out' }));
  await expect.element(screen.getByTestId('page')).toHaveTextContent('1 changed');
  await screen.getByTestId('page-before').click();
  await expect.poll(visible).toContain('A-001');
  await page.viewport(1280, 800);
});

test('tickets_that_the_board_does_not_hold_are_said', async () => {
  const { screen, backend } = await kitchen([['Latte']]);
  const query = backend.query.bind(backend);
  vi.spyOn(backend, 'query').mockImplementation(async (name, input) => {
    const answer = await query(name, input);
    return name === 'kitchen_board' ? Object.assign(answer as object, { waiting: 8 }) as typeof answer : answer;
  });
  backend.touch(['kitchen']);
  await expect.element(screen.getByTestId('kitchen-hint')).toHaveTextContent('7 further tickets wait behind these; finish some first.');
  await expect.element(screen.getByTestId('tickets-waiting')).toHaveTextContent('8 on the board');
});

test('a_page_that_becomes_empty_is_left', async () => {
  await page.viewport(1024, 600);
  const { screen, backend } = await kitchen(Array.from({ length: 8 }, () => ['Latte', 'Croissant', 'Water']));
  await expect.element(screen.getByTestId('page')).toHaveTextContent(/Page 1 of [2-9]/);
  await userEvent.keyboard('{PageDown}{PageDown}{PageDown}{PageDown}{PageDown}{PageDown}{PageDown}{PageDown}');
  await expect.element(screen.getByTestId('page-after')).toBeDisabled();
  await backend.elsewhere('p-kofi', async () => {
    for (const order_id of backend.orders.keys()) if (order_id !== 'order-1') await backend.command('ready', { order_id, lines: [] });
  });
  await expect.element(screen.getByTestId('page')).toHaveTextContent('Page 1 of 1');
  await expect.poll(visible).toEqual(['A-001']);
  await page.viewport(1280, 800);
});

test('a_long_ticket_goes_on_in_the_next_column', async () => {
  const names = ['Espresso', 'Latte', 'Cappuccino', 'Flat white', 'Water', 'Coca-Cola', 'Schweppes', 'Croissant', 'Pasta Bolognese', 'Cake of the day'];
  const { screen } = await kitchen([names, ['Latte']]);
  const mark = { name: 'goes on in the next column' };
  await expect.element(screen.getByTestId('ticket').first().getByRole('img', mark)).toBeVisible();
  await expect.element(screen.getByTestId('ticket').nth(1).getByRole('img', mark)).not.toBeInTheDocument();
  await screen.getByTestId('ready').first().click();
  await expect.element(screen.getByTestId('ready-ticket')).toHaveTextContent('A-001');
});

test('a_key_that_gets_the_focus_behind_the_page_is_shown', async () => {
  await page.viewport(400, 800);
  const { screen } = await kitchen([['Espresso', 'Latte', 'Cappuccino', 'Flat white', 'Water', 'Coca-Cola', 'Schweppes', 'Croissant']]);
  await expect.element(screen.getByTestId('page')).toHaveTextContent('Page 1 of 2');
  screen.getByTestId('ready').element().focus();
  await expect.element(screen.getByTestId('page')).toHaveTextContent('Page 2 of 2');
  const box = screen.getByTestId('ready').element().getBoundingClientRect();
  expect([box.left >= 0, box.right <= innerWidth]).toEqual([true, true]);
  await page.viewport(1280, 800);
});

test('the_board_works_from_the_keyboard', async () => {
  const { screen } = await kitchen([['Latte', 'Croissant'], ['Water']]);
  await userEvent.keyboard('2');
  await expect.element(screen.getByTestId('ticket').nth(1)).toHaveTextContent('cooking');
  await userEvent.keyboard('2');
  await expect.element(screen.getByTestId('ready-ticket')).toHaveTextContent('A-002');
  await userEvent.keyboard('{ArrowRight}');
  await expect.element(screen.getByTestId('ticket')).toHaveFocus();
  await userEvent.keyboard('{ArrowDown}{ArrowDown}{Enter}');
  await expect.element(screen.getByTestId('ticket-line').nth(1)).toHaveTextContent('done');
  await screen.getByTestId('ticket').element().focus();
  await userEvent.keyboard('s');
  await expect.element(screen.getByTestId('ticket-line').first()).toHaveTextContent('cooking');
  await userEvent.keyboard('t');
  await expect.element(screen.getByTestId('all-day-row')).toHaveTextContent('1Latte');
  await userEvent.keyboard('t');
  await expect.element(screen.getByTestId('all-day')).not.toBeInTheDocument();
  await userEvent.keyboard('d');
  await expect.element(screen.getByTestId('ready-count')).toHaveTextContent('Ready · 2');
  await userEvent.keyboard('?');
  await expect.element(screen.getByTestId('key-map')).toHaveTextContent('Recall the ticket that was finished last');
  await expect.element(screen.getByTestId('key-map')).toHaveTextContent('Dine in: due soon after 10 min, late after 20 min');
  await userEvent.keyboard('{Escape}');
  await expect.element(screen.getByTestId('key-map')).not.toBeInTheDocument();
  await userEvent.keyboard('v');
  await expect.element(screen.getByTestId('pass-ticket').first()).toBeVisible();
});

test('two_quick_presses_are_two_steps_and_a_held_key_is_one', async () => {
  const { screen, backend } = await kitchen([['Latte'], ['Water']]);
  await expect.element(screen.getByTestId('ticket').nth(1)).toBeVisible();
  await userEvent.keyboard('22');
  await expect.element(screen.getByTestId('ready-ticket')).toHaveTextContent('A-002');
  for (const repeat of [false, true, true]) dispatchEvent(new KeyboardEvent('keydown', { key: '1', repeat }));
  await expect.element(screen.getByTestId('ticket-line')).toHaveTextContent('cooking');
  expect([backend.called('start'), backend.called('ready')].map((calls) => calls.length)).toEqual([2, 1]);
});

test('what_is_ready_beyond_the_strip_lies_behind_a_key', async () => {
  const { screen, backend } = await kitchen(Array.from({ length: 6 }, () => ['Latte']));
  await backend.elsewhere('p-kofi', async () => {
    for (const order_id of backend.orders.keys()) await backend.command('ready', { order_id, lines: [] });
  });
  await expect.element(screen.getByTestId('ready-count')).toHaveTextContent('Ready · 6');
  const shown = screen.getByTestId('ready-ticket').elements().length;
  await expect.element(screen.getByTestId('ready-all')).toHaveTextContent(`Show ${String(6 - shown)} more`);
  await screen.getByTestId('ready-all').click();
  const sheet = screen.getByTestId('ready-sheet');
  expect(sheet.getByTestId('ready-ticket').elements()).toHaveLength(6);
  await sheet.getByTestId('recall').last().click();
  await expect.element(sheet.getByTestId('ready-ticket').nth(5)).not.toBeInTheDocument();
});

test('the_pass_shows_every_order_and_hands_over_what_is_ready', async () => {
  const { screen, backend } = await kitchen([['Latte', 'Croissant'], ['Water']], '#/kitchen/pass');
  await backend.elsewhere('p-kofi', () => backend.command('bump_line', { order_id: 'order-1', line_id: 'order-1-0' }));
  const first = screen.getByTestId('pass-ticket').first();
  await expect.element(first.getByTestId('progress')).toHaveTextContent('1 of 2 ready');
  await first.getByTestId('hand-over').click();
  await expect.element(first.getByTestId('progress')).toHaveTextContent('0 of 1 ready');
  await backend.elsewhere('p-kofi', () => backend.command('ready', { order_id: 'order-2', lines: [] }));
  await expect.element(screen.getByTestId('pass-ticket').nth(1)).toHaveTextContent('All ready');
  await userEvent.keyboard('2');
  await expect.element(screen.getByTestId('pass-ticket').nth(1)).not.toBeInTheDocument();
  expect(backend.orders.get('order-2')?.lines.map(({ state }) => state)).toEqual(['handed_over']);
});
