import { expect, test } from 'vitest';

import axe from 'axe-core';

import { FakeBackend } from '../lib/ipc/fake';
import { openWindow } from '../lib/testing/window';

async function joined() {
  const backend = new FakeBackend();
  backend.setUp = false;
  const window = await openWindow('#/', backend);
  const { screen } = window;
  await screen.getByTestId('setup-join').click();
  await screen.getByTestId('office-url').fill('https://office.example:8443');
  await screen.getByTestId('office-code').fill('a code');
  await screen.getByTestId('office-enrol').click();
  await expect.element(screen.getByTestId('comes-down')).toBeVisible();
  return { backend, screen };
}

test('a_till_that_joins_waits_for_its_shop_and_shows_a_managers_first_pin_once', async () => {
  const { backend, screen } = await joined();
  backend.comeDown();
  await screen.getByTestId('first-pin-show').click();
  await expect.element(screen.getByTestId('first-pin')).toHaveTextContent(/^\d{4}$/);
  const pin = screen.getByTestId('first-pin').element().textContent.trim();
  // Word of the change reaches this window too, and the PIN stays until it was noted.
  expect(backend.called('first_pin')).toHaveLength(1);
  await expect.element(screen.getByTestId('first-pin')).toBeVisible();
  const { violations } = await axe.run(document);
  expect(violations.map(({ id }) => id)).toEqual([]);
  await screen.getByTestId('first-pin-noted').click();
  await expect.element(screen.getByTestId('first-pin')).not.toBeInTheDocument();
  await screen.getByRole('button', { name: 'Mara', exact: true }).click();
  for (const digit of pin) await screen.getByTestId(`key-${digit}`).click();
  await screen.getByTestId('pin-enter').click();
  await expect.element(screen.getByTestId('person-name')).toHaveTextContent('Mara');
});

test('a_pin_that_another_window_has_shown_is_not_shown_again', async () => {
  const { backend, screen } = await joined();
  backend.comeDown();
  await expect.element(screen.getByTestId('first-pin-show')).toBeVisible();
  await backend.command('first_pin', {});
  await expect.element(screen.getByTestId('person').first()).toBeVisible();
  await expect.element(screen.getByTestId('first-pin')).not.toBeInTheDocument();
});

test('who_would_join_and_thinks_better_of_it_sets_up_a_shop', async () => {
  const backend = new FakeBackend();
  backend.setUp = false;
  const { screen } = await openWindow('#/', backend);
  await screen.getByTestId('setup-join').click();
  await screen.getByTestId('setup-own').click();
  await expect.element(screen.getByTestId('setup-next')).toBeVisible();
});
