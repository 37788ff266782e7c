// Who is at this window.

import { expect, test } from './support';

test('a wrong PIN is said, and the right one opens the till', async ({ demo, open }) => {
  const screen = await open();
  const { name, pin } = demo.pinOf('cashier');
  await screen.person(name).click();
  for (const digit of '9999') await screen.id(`key-${digit}`).click();
  await screen.id('pin-enter').click();
  await expect(screen.failure('wrong_pin')).toContainText('Wrong PIN.');
  await expect(screen.id('pin-dots')).toContainText('0 digits entered');
  await screen.signIn({ name, pin });
  await expect(screen.id('person-name')).toContainText('Cashier');
});

test('the Enter key after the last digit signs in', async ({ demo, open }) => {
  const screen = await open();
  const { name, pin } = demo.pinOf('manager');
  await screen.person(name).click();
  await screen.page.keyboard.type(pin);
  await screen.page.keyboard.press('Enter');
  await expect(screen.id('person-name')).toContainText(name);
});

test('five wrong PINs lock that person and nobody else', async ({ demo, open }) => {
  const screen = await open();
  const { name } = demo.pinOf('cashier');
  await screen.person(name).click();
  for (let attempt = 0; attempt < 6; attempt += 1) {
    await screen.page.keyboard.type('9999');
    await expect(screen.id('pin-dots')).toContainText('4 digits entered');
    await screen.id('pin-enter').click();
    await expect(screen.id('failure')).toBeVisible();
  }
  await expect(screen.failure('person_locked')).toContainText('Too many wrong PINs. Wait until the lock ends, or let someone else sign in.');
  await expect(screen.id('locked-until')).toContainText(/Locked until \d\d:\d\d/);
  await expect(screen.id('person').filter({ hasText: name })).toContainText('Locked until');
  await screen.signIn(demo.pinOf('manager'));
});

test('each window has a session of its own', async ({ demo, signedIn, open }) => {
  const till = await signedIn('manager');
  const other = await open();
  await expect(other.id('person').first()).toBeVisible();
  await other.signIn(demo.pinOf('cashier'));
  await expect(till.id('person-name')).toContainText('Manager');
  await other.id('sign-out').click();
  await expect(other.id('person').first()).toBeVisible();
  await till.tile('Espresso').click();
  await expect(till.lines).toHaveCount(1);
});

test('a window keeps its session when it is loaded again', async ({ signedIn }) => {
  const screen = await signedIn('manager');
  await screen.page.reload();
  await expect(screen.id('person-name')).toContainText('Manager');
});

test('the sign-in page says how the last verification ended', async ({ demo, open }) => {
  const screen = await open();
  await expect(screen.id('verified')).toContainText('The log was not verified yet');
  await screen.signIn(demo.pinOf('manager'));
  await screen.goto('#/store');
  await screen.id('verify').click();
  await expect(screen.id('work-ended')).toHaveAttribute('data-end', 'done');
  await screen.id('sign-out').click();
  await expect(screen.id('verified')).toHaveAttribute('data-sound', 'true');
  await expect(screen.id('verified')).toContainText('Log verified, nothing missing');
});
