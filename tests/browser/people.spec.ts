// Who works here, who is at the window now, and a window that nobody touches.

import { expect, test } from './support';

test('a manager adds a person, who signs in with her PIN and finds no way to the staff', async ({ signedIn }) => {
  const screen = await signedIn('manager');
  await screen.page.getByRole('link', { name: 'Staff' }).waitFor();
  await screen.page.keyboard.press('Alt+5');
  await screen.id('person-add').click();
  await screen.id('person-edit-name').fill('Zoë');
  await screen.id('person-edit-pin').fill('8642');
  await screen.id('person-edit-pin-again').fill('8643');
  await screen.id('person-submit').click();
  await expect(screen.id('pins-differ')).toBeVisible();
  await screen.id('person-edit-pin-again').fill('8642');
  await screen.page.keyboard.press('Enter');
  await expect(screen.id('person-sheet')).toBeHidden();
  await expect(screen.id('staff-member').filter({ hasText: 'Zoë' })).toContainText('Cashier');

  await screen.id('sign-out').click();
  await screen.signIn({ name: 'Zoë', pin: '8642' });
  await expect(screen.page.getByRole('link', { name: 'Orders' })).toBeVisible();
  await expect(screen.page.getByRole('link', { name: 'Staff' })).toHaveCount(0);
});

test('a PIN, a role and a name are changed later, and whoever left may not sign in', async ({ demo, signedIn }) => {
  const screen = await signedIn('manager');
  const cashier = demo.pinOf('cashier');
  await screen.goto('#/manage');
  await screen.id('staff-member').filter({ hasText: cashier.name }).click();
  await screen.id('person-edit-name').fill('Carla');
  await screen.id('role-kitchen').click();
  await screen.id('person-edit-pin').fill('97531');
  await screen.id('person-edit-pin-again').fill('97531');
  await screen.id('person-submit').click();
  await expect(screen.id('staff-member').filter({ hasText: 'Carla' })).toContainText('Kitchen');
  // The last manager can't lock the house out.
  await screen.id('staff-member').first().click();
  await screen.id('person-active').click();
  await screen.id('person-submit').click();
  await expect(screen.failure('last_manager')).toContainText('Make someone else a manager first.');
  await screen.page.keyboard.press('Escape');

  await screen.id('sign-out').click();
  await screen.person('Carla').click();
  for (const digit of cashier.pin) await screen.id(`key-${digit}`).click();
  await screen.id('pin-enter').click();
  await expect(screen.failure('wrong_pin')).toBeVisible();
  await screen.signIn({ name: 'Carla', pin: '97531' });
  await screen.id('sign-out').click();
  await screen.signIn(demo.pinOf('manager'));
  await screen.goto('#/manage');
  await screen.id('staff-member').filter({ hasText: 'Carla' }).click();
  await screen.id('person-active').click();
  await screen.id('person-submit').click();
  await expect(screen.id('staff-member').filter({ hasText: 'Carla' })).toContainText('may not sign in');
  await screen.id('sign-out').click();
  await expect(screen.id('person')).toHaveCount(2);
});

test('two taps and the PIN put another person at the window, and a wrong PIN changes nothing', async ({ demo, signedIn }) => {
  const screen = await signedIn('cashier');
  await screen.tile('Espresso').click();
  await expect(screen.lines).toHaveCount(1);
  const { name, pin } = demo.pinOf('manager');
  await screen.id('person-switch').click();
  await screen.person(name).click();
  await screen.page.keyboard.type('0000');
  await screen.page.keyboard.press('Enter');
  await expect(screen.failure('wrong_pin')).toBeVisible();
  await expect(screen.id('person-name')).toContainText(demo.pinOf('cashier').name);
  await screen.page.keyboard.type(pin);
  await screen.page.keyboard.press('Enter');
  await expect(screen.id('people-sheet')).toBeHidden();
  await expect(screen.id('person-name')).toContainText(name);
  await expect(screen.id('order-tab')).toHaveCount(1);
});

test('a window that nobody touches locks over an open dialog, and the PIN gives it back as it was', async ({ demo, open }) => {
  const screen = await open();
  await screen.page.clock.install();
  const { name, pin } = demo.pinOf('manager');
  await screen.signIn({ name, pin });
  await screen.goto('#/manage');
  await screen.id('device-name').fill('Window');
  await screen.id('device-save').click();
  await expect(screen.id('device-saved')).toBeVisible();
  await screen.id('lock-after-5').click();
  await expect(screen.id('lock-after-5')).toHaveAttribute('aria-checked', 'true');
  await screen.goto('#/');
  await screen.tile('Espresso').click();
  await screen.id('pay').click();
  await screen.id('cash-sheet').getByTestId('key-7').click();
  await expect(screen.id('cash-amount')).toHaveText('7 EUR');

  await screen.page.clock.fastForward('04:59');
  await expect(screen.id('lock-cover')).toHaveCount(0);
  await screen.page.clock.fastForward('00:02');
  await expect(screen.id('lock-cover')).toBeVisible();
  await screen.page.keyboard.press('Escape');
  await screen.page.keyboard.type('0000');
  await screen.page.keyboard.press('Enter');
  await expect(screen.id('lock-cover').getByTestId('failure')).toHaveAttribute('data-code', 'wrong_pin');
  await screen.page.keyboard.type(pin);
  await screen.page.keyboard.press('Enter');
  await expect(screen.id('lock-cover')).toHaveCount(0);
  await expect(screen.id('cash-sheet')).toBeVisible();
  await expect(screen.id('cash-amount'), 'no digit of the PIN went under the lock').toHaveText('7 EUR');

  await screen.page.keyboard.press('Escape');
  await screen.page.keyboard.press('Alt+Shift+l');
  await expect(screen.id('lock-cover')).toBeVisible();
  // Loading the page anew is no way round it.
  await screen.page.reload();
  await expect(screen.id('lock-cover')).toBeVisible();
  await screen.page.keyboard.type(pin);
  await screen.page.keyboard.press('Enter');
  await expect(screen.id('person-name')).toContainText(name);
  await expect(screen.id('lock-cover')).toHaveCount(0);
  await screen.id('sign-out').click();
  await expect(screen.id('device-at-sign-in')).toHaveText('Window');
});
