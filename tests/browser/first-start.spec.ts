// The first start of all: an empty folder, and at the end a shop that sells.

import { expect, figure, test } from './support';

test('an empty till asks for the shop, opens it with a sample menu, and sells', async ({ till, open }) => {
  await till.serve();
  const screen = await open();
  await screen.id('setup-shop-name').fill('Café am Eck');
  await screen.id('currency-EUR').click();
  await expect(screen.id('setup-menu').locator('option:checked')).toContainText('products');
  await screen.id('setup-manager').fill('Ada');
  await screen.id('setup-pin').fill('4711');
  await screen.id('setup-pin-again').fill('4712');
  await screen.id('setup-submit').click();
  await expect(screen.id('pins-differ')).toBeVisible();
  await screen.id('setup-pin-again').fill('4711');
  await screen.id('setup-submit').click();

  await screen.signIn({ name: 'Ada', pin: '4711' });
  await screen.id('tile').first().click();
  await expect(screen.lines).toHaveCount(1);
  const total = figure(await screen.id('total').innerText());
  await screen.id('exact-cash').click();
  await expect(screen.id('paid')).toContainText(total);
  await screen.id('show-receipt').click();
  await expect(screen.id('receipt')).toContainText('Café am Eck');
  await expect(screen.id('receipt').getByTestId('total')).toContainText(total);
});
