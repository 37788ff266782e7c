// A language chosen on the real till: its file is fetched under the strict policy, the page turns round, and the device
// keeps it.

import { ar } from '../../ui/src/lib/i18n/ar';
import { expect, test } from './support';

test('arabic is chosen before anyone has signed in, sells a coffee from right to left, and is kept', async ({ demo, open }) => {
  const screen = await open();
  const { page } = screen;
  const html = page.locator('html');
  await expect(html).toHaveAttribute('lang', 'en');
  await screen.id('settings-open').click();
  await screen.id('language-ar').click();
  await expect(html).toHaveAttribute('dir', 'rtl');
  await screen.id('settings-done').click();
  await expect(screen.id('pin-enter')).toHaveText(ar.messages['sign_in.enter']);

  await screen.signIn(demo.pinOf('manager'));
  await screen.tile('Espresso').click();
  await expect(screen.line('Espresso')).toContainText(ar.messages['line.new']);
  const box = async (testid: string) => (await screen.id(testid).boundingBox()) ?? { x: Number.NaN };
  expect((await box('cart')).x, 'the cart stands on the left').toBeLessThan((await box('search')).x);
  await screen.id('exact-cash').click();
  await expect(screen.id('change')).toContainText('0.00');

  await page.reload();
  await expect(html).toHaveAttribute('dir', 'rtl');
  await expect(html).toHaveAttribute('lang', 'ar');
  await screen.id('settings-open').click();
  await screen.id('language-en').click();
  await expect(html).toHaveAttribute('dir', 'ltr');
  await expect(screen.id('settings-sheet')).toContainText('Language and display');
});
