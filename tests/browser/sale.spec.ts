// The cashier's hands: few taps, no lost ones, and what can be done with a line.

import { expect, figure, test } from './support';

test('a coffee paid in exact cash takes at most three taps from the idle screen', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  await expect(screen.tile('Espresso')).toBeVisible();
  await screen.page.evaluate(() => {
    const counter = window as unknown as { taps: number };
    counter.taps = 0;
    addEventListener('click', () => (counter.taps += 1), true);
  });
  await screen.tile('Espresso').click();
  await screen.id('exact-cash').click();
  await expect(screen.id('paid')).toContainText('€2.40 paid in cash');
  expect(await screen.page.evaluate(() => (window as unknown as { taps: number }).taps)).toBeLessThanOrEqual(3);
  // The next guest needs no tap in between: the next product begins the next order.
  await screen.tile('Espresso').click();
  await expect(screen.id('order-label')).toHaveText('A-002');
});

test('ten quick taps on a product are ten of it', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  await expect(screen.tile('Espresso')).toBeVisible();
  await screen.tile('Espresso').evaluate((tile: HTMLElement) => {
    for (let tap = 0; tap < 10; tap += 1) tile.click();
  });
  await expect(screen.line('Espresso').locator('.quantity')).toHaveText('10');
  await expect(screen.lines).toHaveCount(1);
  await expect(screen.id('total')).toHaveText('€24.00');
});

test('a line is made more, edited, noted, split and taken out', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  await screen.sell('Latte', { choices: [['Milk', 'Oat drink'], ['Cup', 'Large']] });
  await expect(screen.line('Latte')).toContainText('Oat drink, Large');
  await expect(screen.id('total')).toHaveText('€5.10');
  await screen.id('line-plus').click();
  await expect(screen.line('Latte').locator('.quantity')).toHaveText('2');
  await screen.edit({ choices: [['Milk', 'Soy drink']], note: 'very hot' });
  await expect(screen.line('Latte')).toContainText('“very hot”');
  await expect(screen.id('total')).toHaveText('€10.00');
  await screen.id('line-split').click();
  await screen.id('split-submit').click();
  await expect(screen.lines).toHaveCount(2);
  await expect(screen.id('total')).toHaveText('€10.00');
  await screen.lines.first().click();
  await screen.id('line-void').click();
  await expect(screen.lines.first()).toHaveAttribute('data-state', 'voided');
  await expect(screen.id('total')).toHaveText('€5.00');
});

test('a forced choice is asked for and named until it is made', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  await screen.tile('Latte').click();
  await expect(screen.id('modifier-hint')).toHaveText('Choose 1 more: Milk');
  await expect(screen.id('modifier-submit')).toBeDisabled();
  await screen.option('Milk', 'Whole milk').click();
  await expect(screen.id('modifier-hint')).toHaveText('Choose 1 more: Cup');
  await screen.option('Cup', 'Regular').click();
  await screen.id('modifier-submit').click();
  await expect(screen.line('Latte')).toContainText('Whole milk, Regular');
});

test('the tax follows the order type', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  await screen.tile('Cheesecake').click();
  await expect(screen.id('cart')).toContainText('VAT eat-in 19 % included');
  await screen.id('type-take_away').click();
  await expect(screen.id('cart')).toContainText('VAT take-away 7 % included');
  await expect(screen.id('total')).toHaveText('€4.80');
});

test('products are found by category and by search', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  await screen.button('Bakery').click();
  await expect(screen.tile('Espresso')).toBeHidden();
  await expect(screen.tile('Croissant')).toBeVisible();
  await screen.id('search').fill('espr');
  await expect(screen.id('tile')).toHaveCount(2);
  await screen.id('search').fill('Double espresso');
  await screen.id('search').press('Enter');
  await expect(screen.line('Double espresso')).toBeVisible();
});

test('an amount typed on the keypad gives its change', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  await screen.tile('Cheesecake').click();
  await screen.id('pay').click();
  for (const key of ['5', '0']) await screen.id(`key-${key}`).click();
  await expect(screen.id('cash-amount')).toContainText('50');
  await screen.id('cash-submit').click();
  await expect(screen.id('change')).toHaveText('€45.20');
});

test('the exact amount and the next notes are chips, and the change stays named until the next order begins', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  await screen.tile('Cheesecake').click();
  await screen.id('pay').click();
  await expect(screen.id('cash-chip').first()).toHaveText('Exact €4.80');
  await screen.id('cash-chip').filter({ hasText: '€10.00' }).click();
  await expect(screen.id('cash-amount')).toContainText('10.00');
  await expect(screen.id('cash-chip').filter({ hasText: '€10.00' })).toHaveAttribute('aria-pressed', 'true');
  await screen.id('cash-submit').click();
  await expect(screen.id('paid')).toContainText('Change');
  await expect(screen.id('change')).toHaveText('€5.20');
  await screen.goto('#/orders');
  await screen.goto('#/');
  await expect(screen.id('change')).toHaveText('€5.20');
  await screen.tile('Espresso').click();
  await expect(screen.id('change')).toBeHidden();
});

test('a part that is paid is taken, and the rest stays to pay', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  await screen.tile('Cheesecake').click();
  await screen.id('pay').click();
  await screen.id('key-2').click();
  await screen.id('cash-submit').click();
  await expect(screen.id('partly')).toContainText('€2.00 taken, change €0.00. The rest is still to pay.');
  await expect(screen.id('balance')).toHaveText('€2.80');
  await screen.id('exact-cash').click();
  await expect(screen.id('paid')).toContainText('€2.80 paid in cash');
});

test('an order waits among the open ones and is taken up again', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  await screen.dineIn('7');
  await screen.tile('Cheesecake').click();
  await screen.send();
  await screen.id('new-order').click();
  await expect(screen.lines).toHaveCount(0);
  await screen.id('open-orders').click();
  await screen.id('open-order').filter({ hasText: 'A-001' }).click();
  await expect(screen.id('order-label')).toHaveText('A-001');
  await expect(screen.id('table')).toHaveText('Table 7');
  await screen.tile('Espresso').click();
  await expect(screen.lines).toHaveCount(2);
  await expect(screen.id('cart-states').locator('[data-state]')).toHaveText(['1 New', '1 Sent']);
  await screen.id('exact-cash').click();
  await expect(screen.id('paid')).toContainText(figure('7.20'));
});
