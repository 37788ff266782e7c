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

test('a long list is read page by page', async ({ till, open }) => {
  const played = await till.tool(['play', '--orders', '60', '--seed', '5']);
  expect(played.code, played.err).toBe(0);
  await till.serve({ demo: true });
  const screen = await open();
  await screen.signIn(till.pinOf('cashier'));
  await screen.goto('#/orders');
  await expect(screen.id('order-row')).toHaveCount(50);
  await screen.id('orders-more').click();
  await expect(screen.id('order-row')).toHaveCount(60);
  await expect(screen.id('orders-more')).toBeHidden();
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
  await expect(last).toContainText('device');
  await expect(last).toContainText('L · stored here');
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
  await expect(cashier.id('history-entry').last()).toContainText('Order put back on');
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
  await expect(screen.id('history-entry').last()).toContainText('Note set');
  for (const entry of await screen.id('history-entry').all()) await expect(entry).not.toContainText(/Ada|030 1234|birthday/);
  await screen.id('act-set_customer').click();
  await screen.id('guest-clear').click();
  await expect(screen.id('guest')).toBeHidden();
});
