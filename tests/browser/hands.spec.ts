// The cashier's keys and quick ways, on the real till.

import { Api, expect, test } from './support';

test('a sale is made by keys alone: scan, three times, undo, send, exact cash, next', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  const { keyboard } = screen.page;
  await expect(screen.tile('Espresso')).toBeVisible();
  await keyboard.type('Double espresso');
  await keyboard.press('Enter');
  await expect(screen.line('Double espresso')).toBeVisible();
  await keyboard.type('3xcheesecake');
  await keyboard.press('Enter');
  await expect(screen.line('Cheesecake').locator('.quantity')).toHaveText('3');
  await keyboard.press('+');
  await expect(screen.line('Cheesecake').locator('.quantity')).toHaveText('4');
  await keyboard.press('Alt+z');
  await expect(screen.line('Cheesecake').locator('.quantity')).toHaveText('3');
  await keyboard.press('ArrowUp');
  await keyboard.press('Delete');
  await expect(screen.line('Double espresso')).toHaveAttribute('data-state', 'voided');
  await keyboard.press('F8');
  await expect(screen.line('Cheesecake')).toHaveAttribute('data-state', 'fired');
  await expect(screen.id('exact-cash')).not.toHaveAttribute('aria-disabled');
  await keyboard.press('F9');
  await expect(screen.id('paid')).toContainText('€14.40 paid in cash');
  await keyboard.press('Alt+r');
  await expect(screen.id('receipt')).toContainText('3 × Cheesecake');
  await keyboard.press('Escape');
  await keyboard.press('Alt+Enter');
  await expect(screen.lines).toHaveCount(0);
});

test('a question mark shows every key, and the palette finds what can be done now', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  const { keyboard } = screen.page;
  await expect(screen.tile('Cheesecake')).toBeVisible();
  await keyboard.press('?');
  await expect(screen.id('key-sheet')).toContainText('Take the exact amount in cash');
  await keyboard.press('Escape');
  await expect(screen.id('key-sheet')).toBeHidden();
  await screen.tile('Cheesecake').click();
  await expect(screen.line('Cheesecake')).toBeVisible();
  await keyboard.press('Control+k');
  await keyboard.type('note…');
  await expect(screen.id('palette-act')).toHaveCount(1);
  await keyboard.press('Enter');
  await expect(screen.id('note-sheet')).toBeVisible();
  await screen.id('note-preset').filter({ hasText: 'guest is in a hurry' }).click();
  await screen.id('note-submit').click();
  await expect(screen.id('cart')).toContainText('guest is in a hurry');
  await keyboard.press('Alt+2');
  await expect(screen.id('order-row')).toHaveCount(1);
  await keyboard.press('Alt+1');
  await expect(screen.line('Cheesecake')).toBeVisible();
});

test('an order is held, its tab brings it back, and the tabs keep their places', async ({ demo, signedIn }) => {
  const screen = await signedIn('cashier');
  const { keyboard } = screen.page;
  await screen.tile('Cheesecake').click();
  await expect(screen.id('order-tab')).toHaveCount(1);
  await keyboard.press('F4');
  await expect(screen.lines).toHaveCount(0);
  const api = await Api.signIn(demo, 'manager');
  await api.order({ lines: ['Apple cake'], type: 'dine_in' });
  await expect(screen.id('order-tab')).toHaveCount(2);
  await expect(screen.id('order-tab').first()).toContainText('A-001');
  await expect(screen.id('order-tab').first()).toContainText('€4.80');
  const place = await screen.id('order-tab').nth(1).boundingBox();
  await screen.id('order-tab').first().click();
  await expect(screen.line('Cheesecake')).toBeVisible();
  await screen.id('exact-cash').click();
  await screen.id('complete').click();
  await expect(screen.id('order-tab')).toHaveCount(1);
  expect(await screen.id('order-tab').boundingBox()).toEqual(place);
  await keyboard.press('F3');
  await screen.id('open-search').fill('apple');
  await expect(screen.id('open-order')).toHaveCount(1);
  await keyboard.press('Enter');
  await expect(screen.id('order-label')).toHaveText('A-002');
});

test('favourites are chosen by a tap and are there after a restart of the page', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  await screen.id('favourites-mark').click();
  await screen.tile('Cheesecake').click();
  await expect(screen.tile('Cheesecake')).toHaveAttribute('aria-pressed', 'true');
  await screen.page.reload();
  await screen.id('category-favourites').click();
  await expect(screen.id('tile')).toHaveCount(1);
  await screen.tile('Cheesecake').click();
  await expect(screen.line('Cheesecake')).toBeVisible();
});

test('an answer that is lost on the way is asked for again, and one payment is taken', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  await screen.tile('Cheesecake').click();
  await expect(screen.id('exact-cash')).toHaveText('Exact €4.80');
  const bodies: string[] = [];
  await screen.page.route('**/api/commands/pay_cash', async (route) => {
    bodies.push(route.request().postData() ?? '');
    const answer = await route.fetch();
    if (bodies.length === 1) await route.abort('connectionreset');
    else await route.fulfill({ response: answer });
  });
  await screen.id('exact-cash').click();
  await expect(screen.id('paid')).toContainText('€4.80 paid in cash');
  expect(bodies).toHaveLength(2);
  expect(bodies[1]).toBe(bodies[0]);
  await expect(screen.id('receipt-number')).toContainText('000001');
});

test('the status line says where the sales are, and more on a tap', async ({ demo, signedIn }) => {
  const screen = await signedIn('manager');
  const { events } = await (await Api.signIn(demo, 'manager')).query('status', {});
  await expect(screen.id('status-events')).toHaveText(`Stored here: ${String(events)} events`);
  await expect(screen.id('status-copied')).toHaveText('On no other device');
  await expect(screen.id('status-outbox')).toContainText('oldest waits');
  await screen.page.keyboard.press('Alt+i');
  await expect(screen.id('status-sheet')).toContainText('Every tap is stored on this machine');
  await screen.page.keyboard.press('Escape');
  await screen.goto('#/store');
  await screen.id('verify').click();
  await expect(screen.id('last-verify')).toContainText('every hash, signature and head holds');
});

test('an upright tablet shows three products in a row, and the categories above them', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  await screen.page.setViewportSize({ width: 768, height: 1024 });
  const tops = async () => {
    const boxes = await Promise.all((await screen.id('tile').all()).slice(0, 6).map((tile) => tile.boundingBox()));
    return boxes.map((box) => Math.round(box?.y ?? 0));
  };
  await expect.poll(async () => new Set((await tops()).slice(0, 3)).size, 'three beside each other').toBe(1);
  const category = await screen.id('category').last().boundingBox();
  expect((category?.y ?? 0) + (category?.height ?? 0)).toBeLessThanOrEqual(Math.min(...(await tops())) + 1);
});
