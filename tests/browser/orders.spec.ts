// The list of orders, one order with its history, and what can still be done with it.

import { Api, expect, test, type Screen } from './support';

const row = (screen: Screen, label: string) => screen.id('order-row').and(screen.page.locator(`[data-label="${label}"]`));

test('the list is narrowed by status, by type, by day and by text', async ({ demo, signedIn }) => {
  const screen = await signedIn('cashier');
  const api = await Api.signIn(demo, 'manager');
  await api.order({ lines: ['Cheesecake'], acts: ['pay_cash', 'complete'] });
  await api.order({ lines: ['Apple cake'], type: 'take_away', acts: ['send'] });
  await api.order({ lines: ['Carrot cake'], acts: ['cancel'] });
  await screen.goto('#/orders');
  await expect(screen.id('order-row')).toHaveCount(3);
  // Newest first.
  await expect(screen.id('order-row').first()).toHaveAttribute('data-label', 'A-003');

  await screen.id('filter-open').click();
  await expect(screen.id('order-row')).toHaveCount(1);
  await expect(row(screen, 'A-002')).toContainText('€8.40 to pay');
  await screen.id('filter-closed').click();
  await expect(screen.id('order-row')).toHaveCount(2);
  await screen.id('filter-all').click();

  await screen.id('filter-status').selectOption('cancelled');
  await expect(screen.id('order-row')).toHaveCount(1);
  await expect(row(screen, 'A-003')).toContainText('Cancelled');
  await screen.id('filter-status').selectOption('');
  await screen.id('filter-type').selectOption('take_away');
  await expect(screen.id('order-row')).toHaveCount(1);
  await screen.id('filter-type').selectOption('');

  await screen.id('filter-text').fill('cheese');
  await expect(screen.id('order-row')).toHaveCount(1);
  await expect(row(screen, 'A-001')).toContainText('2 × Cheesecake');
  await screen.id('filter-text').fill('');
  await screen.id('filter-to').fill('2001-01-01');
  await expect(screen.page.getByText('No order matches.')).toBeVisible();
  await screen.id('filter-to').fill('');
  await expect(screen.id('order-row')).toHaveCount(3);
});

test('a long list is read as far as one scrolls, and only what is in sight is drawn', async ({ till, open }) => {
  const played = await till.tool(['play', '--orders', '90', '--seed', '5']);
  expect(played.code, played.err).toBe(0);
  await till.serve({ demo: true });
  const screen = await open();
  await screen.signIn(till.pinOf('cashier'));
  await screen.goto('#/orders');
  await expect(screen.id('order-row').first()).toBeVisible();
  const list = screen.id('order-list');
  const seen = new Set<string>();
  await expect.poll(async () => {
    for (const label of await screen.id('order-row').evaluateAll((rows) => rows.map((found) => found.getAttribute('data-label')))) seen.add(label ?? '');
    await list.evaluate((box) => box.scrollBy(0, 200));
    return seen.size;
  }, { intervals: [100] }).toBe(90);
  expect(await list.locator('*').count()).toBeLessThan(500);
  // The way from row to row is the arrows'; End is the oldest order.
  await screen.id('order-row').last().focus();
  await screen.page.keyboard.press('Home');
  await expect(screen.id('order-row').first()).toBeFocused();
});

test('what the list is narrowed to stands in the address, and is still there on the way back', async ({ demo, signedIn }) => {
  const screen = await signedIn('cashier');
  const api = await Api.signIn(demo, 'manager');
  await api.order({ lines: ['Cheesecake'] });
  await api.order({ lines: ['Apple cake'], type: 'take_away', acts: ['send'] });
  await screen.goto('#/orders');
  await screen.page.keyboard.press('Alt+o');
  await screen.id('filter-type').selectOption('take_away');
  await screen.id('filter-text').fill('apple');
  await expect(screen.id('order-row')).toHaveCount(1);
  await expect.poll(() => screen.page.evaluate(() => location.hash)).toBe('#/orders?which=open&type=take_away&text=apple');
  await row(screen, 'A-002').click();
  await screen.id('back').click();
  await expect(screen.id('order-row')).toHaveCount(1);
  await expect(screen.id('filter-text')).toHaveValue('apple');
  await screen.page.reload();
  await expect(screen.id('order-row')).toHaveCount(1);
  await expect(screen.id('filter-type')).toHaveValue('take_away');
});

test('an order reads as a story, and is copied as the facts that are stored', async ({ demo, signedIn, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const screen = await signedIn('manager');
  const api = await Api.signIn(demo, 'cashier');
  const { orderId } = await api.order({ lines: ['Cheesecake'], acts: ['send', 'start', 'ready', 'hand_over', 'pay_cash'] });
  const { name } = demo.pinOf('cashier');
  await screen.goto(`#/orders/${orderId}`);
  await expect(screen.id('sentence').last()).toContainText('in cash for €9.60');
  expect(await screen.id('sentence').allTextContents()).toEqual([
    `${name} opened order A-001, Counter`, `${name} added 2 Cheesecake`, `${name} placed the order`, `${name} sent 2 Cheesecake to the kitchen`,
    `${name} started 2 Cheesecake`, `${name} said ready: 2 Cheesecake`, `${name} handed over 2 Cheesecake`,
    expect.stringMatching(/^.+ took €9\.60 in cash for €9\.60, receipt A-\w+-000001$/),
  ]);
  await expect(screen.id('history-entry').first()).toContainText('till A');
  await screen.id('history-copy').click();
  await expect(screen.page.getByText('Copied.')).toBeVisible();
  const copied = JSON.parse(await screen.page.evaluate(() => navigator.clipboard.readText())) as { order_id: string; facts: { event_type: string }[] };
  expect(copied.order_id).toBe(orderId);
  expect(copied.facts.map(({ event_type }) => event_type).at(-1)).toBe('order.cash_paid');
});

test('an order shows who did what, when, at which device, and how safe it is', async ({ demo, signedIn }) => {
  const screen = await signedIn('manager');
  const api = await Api.signIn(demo, 'cashier');
  await api.order({ lines: ['Cheesecake'], acts: ['send', 'start'] });
  await screen.goto('#/orders');
  await row(screen, 'A-001').click();
  await expect(screen.id('order-label')).toHaveText('Order A-001');
  const types = () => screen.id('history-entry').evaluateAll((entries) => entries.map((entry) => entry.getAttribute('data-type')));
  await expect.poll(types).toEqual(
    ['order.opened', 'order.line_added', 'order.placed', 'order.lines_fired', 'order.preparation_started'],
  );
  const last = screen.id('history-entry').last();
  await expect(last).toContainText(demo.pinOf('cashier').name);
  await expect(last).toContainText(/\d\d:\d\d:\d\d/);
  await expect(last).toContainText('till A');
  await expect(last).toContainText('stored here');
  await last.locator('summary').click();
  await expect(last.locator('pre')).toContainText('"started"');
});

test('an order is served, paid and completed, and then offers nothing but its receipt', async ({ demo, signedIn }) => {
  const screen = await signedIn('manager');
  const api = await Api.signIn(demo, 'cashier');
  const { orderId } = await api.order({ lines: ['Cheesecake'], acts: ['send', 'start', 'ready'] });
  await screen.goto(`#/orders/${orderId}`);
  await screen.id('act-hand_over').click();
  await expect(screen.page.getByText('Served, not paid')).toBeVisible();
  await expect(screen.id('act-complete')).toBeHidden();
  await screen.id('continue').click();
  await screen.id('exact-cash').click();
  await expect(screen.id('paid')).toBeVisible();
  await screen.goto(`#/orders/${orderId}`);
  await expect(screen.id('state').first()).toHaveAttribute('data-state', 'completed');
  await expect(screen.id('act-cancel')).toBeHidden();
  await expect(screen.id('payment')).toContainText('€9.60');
  await screen.id('act-receipt').click();
  await expect(screen.id('receipt').getByTestId('total')).toHaveText('€9.60');
});

test('a paid order is handed over as a whole', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  await screen.tile('Espresso').click();
  await screen.id('exact-cash').click();
  await expect(screen.id('cart').getByTestId('state').first()).toHaveAttribute('data-state', 'confirmed');
  await screen.id('complete').click();
  await expect(screen.id('cart').getByTestId('state').first()).toHaveAttribute('data-state', 'completed');
});

test('a cancelled order is put back on by the manager, and by nobody else', async ({ demo, signedIn, open }) => {
  const manager = await signedIn('manager');
  const api = await Api.signIn(demo, 'cashier');
  const { orderId } = await api.order({ lines: ['Cheesecake'], acts: ['send'] });
  await manager.goto(`#/orders/${orderId}`);
  await manager.id('act-cancel').click();
  await manager.id('reason-preset').filter({ hasText: 'Entered by mistake' }).click();
  await manager.id('reason-submit').click();
  await expect(manager.id('state').first()).toHaveAttribute('data-state', 'cancelled');

  const cashier = await open();
  await cashier.signIn(demo.pinOf('cashier'));
  await cashier.goto(`#/orders/${orderId}`);
  await expect(cashier.id('state').first()).toHaveAttribute('data-state', 'cancelled');
  await expect(cashier.id('act-reinstate')).toBeHidden();

  await manager.id('act-reinstate').click();
  await manager.id('reason-submit').click();
  // The other window hears of it by itself.
  await expect(cashier.id('state').first()).toHaveAttribute('data-state', 'confirmed');
  await expect(cashier.id('history-entry').last()).toContainText('put the order back on');
});

test('a guest and a note stand on the order and go again', async ({ demo, signedIn }) => {
  const screen = await signedIn('cashier');
  const api = await Api.signIn(demo, 'cashier');
  const { orderId } = await api.order({ lines: ['Cheesecake'] });
  await screen.goto(`#/orders/${orderId}`);
  await screen.id('act-set_customer').click();
  for (const [field, text] of [['name', 'Ada'], ['phone', '030 1234'], ['street', 'Eck 1'], ['city', 'Berlin']] as const) {
    await screen.id(`guest-${field}`).fill(text);
  }
  await screen.id('guest-submit').click();
  await expect(screen.id('guest')).toContainText('Ada · 030 1234 · Eck 1');
  await screen.id('act-set_note').click();
  await screen.id('order-note').fill('birthday');
  await screen.id('note-submit').click();
  await expect(screen.page.getByText('Note: birthday')).toBeVisible();
  // What is about a person stands in no row of the log.
  await expect(screen.id('history-entry').last()).toContainText('set the note');
  for (const entry of await screen.id('history-entry').all()) await expect(entry).not.toContainText(/Ada|030 1234|birthday/);
  await screen.id('act-set_customer').click();
  await screen.id('guest-clear').click();
  await expect(screen.id('guest')).toBeHidden();
});

test('guests are counted and an order is rushed, and the kitchen reads both', async ({ demo, signedIn, open }) => {
  const screen = await signedIn('cashier');
  const api = await Api.signIn(demo, 'cashier');
  const { orderId } = await api.order({ lines: ['Cheesecake'], acts: ['send'] });
  const kitchen = await open();
  await kitchen.goto('#/kitchen');
  await kitchen.signIn(demo.pinOf('kitchen'));
  await kitchen.id('ticket').waitFor();
  await expect(kitchen.id('rush')).toBeHidden();

  await screen.goto(`#/orders/${orderId}`);
  await screen.id('act-set_covers').click();
  await screen.id('covers').fill('4');
  await screen.id('covers-submit').click();
  await expect(screen.id('mark-covers')).toHaveText('Guests: 4');
  await screen.id('act-set_rush').click();
  await expect(screen.id('mark-rush')).toBeVisible();
  await expect(kitchen.id('rush')).toHaveText('RUSH');
  await expect(kitchen.id('ticket-covers')).toHaveText('Guests: 4');
  await expect(screen.id('history-entry').last()).toContainText('put it ahead of the others');

  await screen.id('act-set_rush').click();
  await expect(kitchen.id('rush')).toBeHidden();
  await screen.id('act-set_covers').click();
  await screen.id('covers-clear').click();
  await expect(screen.id('mark-covers')).toBeHidden();
});
