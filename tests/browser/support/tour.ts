// A walk past every screen and dialog, for whoever wants to look at them all. Each stop is left as it was found.

import { expect, type Page } from '@playwright/test';

import type { Screen } from './screen';
import { MENUS, type Till } from './till';

/** What is done at a stop; its name is that of the screen or dialog. */
export type Look = (stop: string, page: Page) => Promise<void>;

export interface Walk {
  readonly till: Till;
  readonly open: () => Promise<Screen>;
  readonly look: Look;
}

/** A menu with two faults. */
const BAD_MENU = { name: 'bad.json', mimeType: 'application/json', buffer: Buffer.from('{"id": "m", "name": "M", "currency": "EUR", "items": 7, "taxes": 8}') };

/** A dialog of the till, and the taps that open it on an order with a sent line and a selected new one of two units. */
interface Dialog {
  readonly name: string;
  readonly testid: string;
  readonly taps: readonly ((screen: Screen) => Promise<void>)[];
}

const tap = (testid: string) => (screen: Screen) => screen.id(testid).click();
const tile = (name: string) => (screen: Screen) => screen.tile(name).click();
const line = (name: string) => (screen: Screen) => screen.line(name).click();

export const DIALOGS: readonly Dialog[] = [
  { name: 'modifiers', testid: 'modifier-sheet', taps: [tile('Latte')] },
  { name: 'open-price', testid: 'modifier-sheet', taps: [tile('Gift voucher')] },
  { name: 'edit-line', testid: 'modifier-sheet', taps: [line('Espresso'), tap('line-edit')] },
  { name: 'split', testid: 'split-sheet', taps: [line('Espresso'), tap('line-split')] },
  { name: 'void', testid: 'reason-sheet', taps: [line('Cheesecake'), tap('line-void')] },
  { name: 'table', testid: 'table-sheet', taps: [tap('table')] },
  { name: 'open-orders', testid: 'open-orders-sheet', taps: [tap('open-orders')] },
  { name: 'cash', testid: 'cash-sheet', taps: [tap('pay')] },
  { name: 'order', testid: 'order-sheet', taps: [tap('order-menu')] },
  { name: 'order-note', testid: 'note-sheet', taps: [tap('order-menu'), tap('act-set_note')] },
  { name: 'guest', testid: 'guest-sheet', taps: [tap('order-menu'), tap('act-set_customer')] },
  { name: 'cancel', testid: 'reason-sheet', taps: [tap('order-menu'), tap('act-cancel')] },
  { name: 'receipt-unpaid', testid: 'receipt-sheet', taps: [tap('order-menu'), tap('act-receipt')] },
  { name: 'quantity', testid: 'quantity-sheet', taps: [tap('quantity-next')] },
  { name: 'settings', testid: 'settings-sheet', taps: [tap('settings-open')] },
  { name: 'keys', testid: 'key-sheet', taps: [tap('keys-open')] },
  { name: 'palette', testid: 'palette', taps: [(screen) => screen.page.keyboard.press('Control+k')] },
  { name: 'status', testid: 'status-sheet', taps: [tap('status-open')] },
];

/** An order at a table with a cake that the kitchen has, and two coffees that it has not. */
export async function prepareOrder(screen: Screen): Promise<void> {
  await screen.dineIn('Window 4');
  await screen.tile('Cheesecake').click();
  await screen.send();
  await screen.tile('Espresso').click();
  await screen.tile('Espresso').click();
  await expect(screen.line('Espresso').locator('.quantity')).toHaveText('2');
}

/** Opens a dialog, does something, and closes it and what lies under it with Escape. */
export async function atDialog(screen: Screen, dialog: Dialog, act: () => Promise<void>): Promise<void> {
  for (const step of dialog.taps) await step(screen);
  await expect(screen.id(dialog.testid)).toBeVisible();
  await act();
  const open = screen.page.getByRole('dialog');
  for (let left = await open.count(); left > 0; left -= 1) {
    await expect(open).toHaveCount(left);
    await screen.page.keyboard.press('Escape');
    await expect(open).toHaveCount(left - 1);
  }
}

export async function walkFirstStart({ till, open, look }: Walk): Promise<void> {
  await till.serve();
  const screen = await open();
  const { page } = screen;
  await expect(screen.id('setup-shop-name')).toBeVisible();
  await look('first-start', page);
  await screen.id('setup-next').click();
  await screen.id('menu-file').setInputFiles(BAD_MENU);
  await expect(screen.id('menu-faults')).toBeVisible();
  await look('first-start-menu-faults', page);
  await screen.id('menu-file').setInputFiles(MENUS);
  await screen.id('menu-choice').first().click();
  await expect(screen.id('menu-preview')).toBeVisible();
  await look('first-start-menu', page);
  await screen.id('setup-next').click();
  await look('first-start-pin', page);
  await screen.id('setup-skip').click();
  await expect(screen.id('setup-made-pin')).toBeVisible();
  await look('first-start-made-pin', page);
  await screen.id('setup-own-pin').click();
  await screen.id('setup-submit').click();
  await expect(screen.id('failure')).toBeVisible();
  await look('first-start-refused', page);
}

export async function walkSignIn({ till, open, look }: Walk): Promise<void> {
  await till.serve({ demo: true });
  const screen = await open();
  const { page } = screen;
  await look('sign-in', page);
  await screen.person(till.pinOf('cashier').name).click();
  await screen.id('key-1').click();
  await look('sign-in-pin', page);
  await screen.id('pin-enter').click();
  await expect(screen.id('failure')).toBeVisible();
  await look('sign-in-refused', page);
}

export async function walkTill({ till, open, look }: Walk): Promise<void> {
  await till.serve({ demo: true });
  const screen = await open();
  const { page } = screen;
  await screen.signIn(till.pinOf('manager'));
  await expect(screen.id('tile').first()).toBeVisible();
  await look('till-idle', page);
  await prepareOrder(screen);
  await look('till-cart', page);
  for (const dialog of DIALOGS) await atDialog(screen, dialog, () => look(`dialog-${dialog.name}`, page));
  await screen.tile('Latte').click();
  await screen.option('Milk', 'Oat drink').click();
  await screen.option('Cup', 'Large').click();
  await screen.id('quantity').fill('0');
  await screen.id('modifier-submit').click();
  await expect(screen.failure('quantity_not_positive')).toBeVisible();
  await look('dialog-refused', page);
  await page.keyboard.press('Escape');
  await screen.id('exact-cash').click();
  await expect(screen.id('paid')).toBeVisible();
  await look('till-paid', page);
  await screen.id('show-receipt').click();
  await expect(screen.id('receipt').getByTestId('total')).toBeVisible();
  await look('dialog-receipt', page);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Alt+Shift+P');
  await expect(screen.id('refund-amount')).toBeVisible();
  await look('dialog-refund', page);
  await screen.id('refund-reason-preset').first().click();
  await screen.id('refund-submit').click();
  await expect(screen.id('refund-given')).toBeVisible();
  await look('dialog-refund-given', page);
}

export async function walkKitchen({ till, open, look }: Walk): Promise<void> {
  await till.serve({ demo: true });
  const screen = await open();
  await screen.signIn(till.pinOf('manager'));
  await screen.goto('#/kitchen');
  await screen.signIn(till.pinOf('kitchen'));
  await look('kitchen-empty', screen.page);
  const counter = await open();
  await counter.signIn(till.pinOf('manager'));
  await prepareOrder(counter);
  await counter.sell('Avocado toast', { choices: [['Bread', 'Rye']], note: 'no salt' });
  await counter.id('send').click();
  await expect(screen.id('ticket-line')).toHaveCount(3);
  await screen.id('start').click();
  await counter.line('Cheesecake').click();
  await counter.id('line-void').click();
  await counter.id('reason-preset').first().click();
  await counter.id('reason-submit').click();
  await counter.id('new-order').click();
  await counter.tile('Granola bowl').click();
  await counter.send();
  await counter.id('order-menu').click();
  await counter.id('act-cancel').click();
  await counter.id('reason-preset').first().click();
  await counter.id('reason-submit').click();
  await counter.id('new-order').click();
  await counter.tile('Apple cake').click();
  await counter.send();
  await expect(screen.id('ticket')).toHaveCount(3);
  // On a small screen the last ticket is on another page.
  while (await screen.id('page-after').isEnabled()) await screen.id('page-after').click();
  await screen.id('ticket').filter({ hasText: 'A-003' }).getByTestId('ready').click();
  await expect(screen.id('ready-ticket')).toBeVisible();
  await expect(screen.id('ticket-cancelled')).toHaveCount(1);
  await screen.page.keyboard.press('PageUp');
  await look('kitchen-board', screen.page);
  await screen.id('all-day-toggle').click();
  await look('kitchen-all-day', screen.page);
  await screen.id('all-day-toggle').click();
  await screen.id('key-map-open').click();
  await look('kitchen-keys', screen.page);
  await screen.page.keyboard.press('Escape');
  await screen.goto('#/kitchen/pass');
  await expect(screen.id('pass-ticket')).toHaveCount(3);
  await look('kitchen-pass', screen.page);
  await screen.goto('#/board');
  await expect(screen.id('guest-number')).toHaveText('A-003');
  await look('guests-board', screen.page);
  await screen.goto('#/kitchen');
  await expect(screen.id('ticket')).toHaveCount(2);
  await expect(screen.id('status-events')).not.toBeEmpty();
  await till.kill();
  await expect(screen.id('feed-stale')).toBeVisible();
  await look('kitchen-stale', screen.page);
}

export async function walkOrders({ till, open, look }: Walk): Promise<void> {
  const played = await till.tool(['play', '--orders', '30', '--seed', '3']);
  expect(played.code, played.err).toBe(0);
  await till.serve({ demo: true });
  const screen = await open();
  const { page } = screen;
  await screen.signIn(till.pinOf('manager'));
  await screen.tile('Cheesecake').click();
  await screen.send();
  await screen.goto('#/orders');
  await expect(screen.id('order-row').first()).toBeVisible();
  await look('orders', page);
  await screen.id('order-row').first().click();
  await expect(screen.id('history-entry').first()).toBeVisible();
  await screen.id('history-entry').first().locator('summary').click();
  await look('one-order', page);
  await screen.id('act-cancel').click();
  await screen.id('reason-preset').first().click();
  await look('one-order-cancel', page);
  await screen.id('reason-submit').click();
  await expect(screen.id('act-reinstate')).toBeVisible();
  await look('one-order-cancelled', page);
  await screen.goto('#/store');
  await screen.id('menu-text').fill('{"items": 7}');
  await screen.id('menu-check').click();
  await expect(screen.id('menu-faults')).toBeVisible();
  await look('store', page);
  await screen.goto('#/manage');
  await expect(screen.id('staff-member').first()).toBeVisible();
  await look('staff', page);
  await screen.id('staff-member').nth(1).click();
  await expect(screen.id('person-sheet')).toBeVisible();
  await look('staff-person', page);
  await page.keyboard.press('Escape');
  await screen.id('person-switch').click();
  await expect(screen.id('people-sheet')).toBeVisible();
  await look('switch-person', page);
  await screen.id('lock-now').click();
  await expect(screen.id('lock-cover')).toBeVisible();
  await look('locked', page);
}

export const WALKS = {
  'the first start': walkFirstStart,
  'sign-in': walkSignIn,
  'the till and its dialogs': walkTill,
  'the kitchen': walkKitchen,
  'orders and store': walkOrders,
} as const;
