// Every key works: a sale without touching the screen, and Escape out of every dialog.

import type { Page } from '@playwright/test';

import { Api, atDialog, DIALOGS, expect, prepareOrder, test } from './support';

/** More stops than a screen has between any two of its buttons. */
const STOPS_MAX = 90;

/** Tabs on until a button has the focus. */
async function tabTo(page: Page, testid: string): Promise<void> {
  const here = () => page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
  for (let stop = 0; stop < STOPS_MAX && (await here()) !== testid; stop += 1) await page.keyboard.press('Tab');
  expect(await here()).toBe(testid);
}

test('a whole sale is made by keys alone', async ({ demo, open }) => {
  const screen = await open();
  const { keyboard } = screen.page;
  const { pin } = demo.pinOf('manager');
  await expect(screen.id('person').first()).toBeVisible();
  await tabTo(screen.page, 'person');
  await keyboard.press('Enter');
  await keyboard.type(pin);
  await keyboard.press('Enter');
  await expect(screen.id('person-name')).toBeVisible();

  // What no field takes goes to the search, as a scanner needs it.
  await expect(screen.tile('Espresso')).toBeVisible();
  await keyboard.type('Double espresso');
  await keyboard.press('Enter');
  await expect(screen.line('Double espresso')).toBeVisible();
  await tabTo(screen.page, 'exact-cash');
  await keyboard.press('Enter');
  await expect(screen.id('paid')).toContainText('€3.20 paid in cash');
  await tabTo(screen.page, 'show-receipt');
  await keyboard.press('Enter');
  await expect(screen.id('receipt')).toContainText('Double espresso');
  await keyboard.press('Escape');
  await tabTo(screen.page, 'next-order');
  await keyboard.press('Enter');
  await expect(screen.lines).toHaveCount(0);
});

test('a choice is made by keys alone', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  const { keyboard } = screen.page;
  await screen.tile('Latte').focus();
  await keyboard.press('Enter');
  await expect(screen.id('modifier-hint')).toHaveText('Choose 1 more: Milk');
  for (const [group, option] of [['Milk', 'Soy drink'], ['Cup', 'Large']] as const) {
    await screen.option(group, option).focus();
    await keyboard.press('Space');
  }
  await tabTo(screen.page, 'modifier-submit');
  await keyboard.press('Enter');
  await expect(screen.line('Latte')).toContainText('Soy drink, Large');
});

test('the order type moves by arrow keys, and a table is named by keys', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  const { keyboard } = screen.page;
  await screen.id('type-counter').focus();
  await keyboard.press('ArrowRight');
  await expect(screen.id('table-sheet')).toBeVisible();
  await screen.id('table-name').focus();
  await keyboard.type('12');
  await keyboard.press('Enter');
  await expect(screen.id('table')).toHaveText('Table 12');
});

test('cash is typed on the keyboard', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  const { keyboard } = screen.page;
  await screen.tile('Cheesecake').click();
  await screen.id('pay').click();
  await expect(screen.id('cash-sheet')).toBeVisible();
  await keyboard.type('50');
  await expect(screen.id('cash-amount')).toContainText('50 EUR');
  await tabTo(screen.page, 'cash-submit');
  await keyboard.press('Enter');
  await expect(screen.id('change')).toHaveText('€45.20');
});

test('Escape closes every dialog and changes nothing', async ({ demo, signedIn }) => {
  const screen = await signedIn('manager');
  await prepareOrder(screen);
  // The line of the status follows the feed, which may lag behind the cart: the till itself says what is stored.
  const { events } = await (await Api.signIn(demo, 'manager')).query('status', {});
  const stored = `Stored here: ${String(events)} events`;
  await expect(screen.id('status-events')).toHaveText(stored);
  for (const dialog of DIALOGS) await test.step(dialog.name, () => atDialog(screen, dialog, async () => {}));
  await expect(screen.id('status-events')).toHaveText(stored);
});
