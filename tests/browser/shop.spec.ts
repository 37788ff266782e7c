// What was said of the shop on its first day, changed later: the name at any time, the currency until the first order.

import { Api, expect, MENUS, test } from './support';

test('a new name stands at once in every window and on the next receipt', async ({ demo, signedIn, open }) => {
  const screen = await signedIn('manager');
  const other = await open();
  await screen.goto('#/manage');
  await screen.id('shop-name').fill('Café am Eck');
  await screen.page.keyboard.press('Enter');
  await expect(screen.id('shop-saved')).toBeVisible();
  await expect(other.page.getByText('Café am Eck')).toBeVisible();

  await screen.goto('#/');
  await screen.tile('Espresso').click();
  await screen.id('exact-cash').click();
  await screen.id('show-receipt').click();
  await expect(screen.id('receipt')).toContainText('Café am Eck');
  await screen.page.keyboard.press('Escape');

  // Something was sold, so the currency stays; the sentence says what to do instead.
  await screen.goto('#/manage');
  await expect(screen.id('shop-name')).toHaveValue('Café am Eck');
  await screen.id('shop-currency').fill('usd');
  await screen.id('shop-menu-open').click();
  await screen.id('shop-save').click();
  await expect(screen.failure('currency_in_use')).toContainText('a folder of its own');
  expect((await (await Api.signIn(demo, 'manager')).query('shop', {})).currency).toBe('EUR');
});

test('before the first order the currency changes together with the menu, by a file or without one', async ({ till, open }) => {
  await till.serve();
  const stranger = Api.stranger(till);
  await stranger.command('set_up_shop', { shop_name: 'Corner', currency: 'EUR', sample_menu: 'corner-cafe', manager_name: 'Ada', pin: '4711' });
  const screen = await open();
  await screen.signIn({ name: 'Ada', pin: '4711' });
  await screen.goto('#/manage');
  await screen.id('shop-currency').fill('usd');
  await expect(screen.id('shop-menu')).toContainText('USD');
  await screen.id('shop-save').click();
  await expect(screen.failure('menu_needed')).toContainText('Bring a menu in the new one');

  await screen.id('menu-file').setInputFiles(MENUS);
  await screen.id('menu-choice').filter({ hasText: 'Pizza' }).click();
  await screen.id('menu-preview').waitFor();
  await screen.id('shop-save').click();
  await expect(screen.id('shop-saved')).toBeVisible();
  await expect(screen.id('shop-menu'), 'nothing differs any more').toHaveCount(0);

  await screen.id('shop-currency').fill('JPY');
  await screen.id('shop-menu-open').click();
  await screen.id('shop-save').click();
  await expect(screen.id('shop-saved')).toBeVisible();
  await screen.goto('#/');
  await screen.id('tile').first().click();
  await screen.id('open-price').fill('350');
  await screen.id('modifier-submit').click();
  await expect(screen.id('total')).toContainText('¥350');
});
