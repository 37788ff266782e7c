// Cash that goes back over the counter: sold, paid, done, and then the guest is back.

import { AxeBuilder } from '@axe-core/playwright';

import { expect, test } from './support';

test('a sale that is done is given back in part and then whole, and says so everywhere', async ({ signedIn }) => {
  const screen = await signedIn('manager');
  const { page } = screen;
  await screen.sell('Cheesecake');
  await screen.id('exact-cash').click();
  await expect(screen.id('paid')).toBeVisible();
  await screen.id('complete').click();
  await expect(screen.id('cart').getByTestId('state').first()).toHaveAttribute('data-state', 'completed');
  const receipt = (await screen.id('receipt-number').innerText()).replace('Receipt ', '');

  // At the till, by its key.
  await page.keyboard.press('Alt+Shift+P');
  await expect(screen.id('refund-amount')).toHaveText('4.80 EUR');
  for (const key of ['1', 'point', '5', '0']) await screen.id(`key-${key}`).click();
  await screen.id('refund-reason-preset').first().click();
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
  await screen.id('refund-submit').click();
  await expect(screen.id('refund-given')).toContainText('Give back');
  await expect(screen.id('refund-given')).toContainText('€1.50');
  await page.keyboard.press('Enter');
  await expect(screen.id('refund-sheet')).toBeHidden();

  // On the order's page, the rest.
  await screen.goto('#/orders');
  await screen.id('order-row').click();
  await expect(screen.id('refund')).toContainText('€1.50');
  await screen.id('act-refund').click();
  await expect(screen.id('refund-chip')).toHaveText('All €3.30');
  await screen.id('refund-reason').fill('wrong order');
  await screen.id('refund-submit').click();
  await expect(screen.id('refund-given')).toContainText('€3.30');
  await screen.id('refund-done').click();
  await expect(screen.id('act-refund')).toBeHidden();
  await expect(page.getByTestId('state').first()).toHaveAttribute('data-state', 'completed');
  await expect(screen.id('sentence').last()).toHaveText(/gave back €3\.30 of the cash payment .*: wrong order$/);
  await expect(screen.id('sentence').last()).toContainText(receipt);
  await expect(screen.id('refunded')).toHaveText('€4.80');
  await screen.id('act-receipt').click();
  await expect(screen.id('receipt-refund')).toHaveText(['€1.50', '€3.30']);
  await expect(screen.id('receipt-balance')).toBeHidden();
});
