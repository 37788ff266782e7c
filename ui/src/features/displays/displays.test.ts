// The windows of this device, on a host that has some.

import axe from 'axe-core';
import { beforeEach, expect, test, vi } from 'vitest';

import { Failure, type Standings, type Windows, type WindowStanding } from '../../lib/ipc';
import { FakeBackend } from '../../lib/ipc/fake';
import { openWindow, signIn } from '../../lib/testing/window';

beforeEach(() => localStorage.clear());

const USUAL = { display: null, full_screen: false, at_start: false, open: false, missing: null };

class WindowedBackend extends FakeBackend {
  now: Standings = {
    displays: [{ name: 'HDMI-1', width: 1920, height: 1080 }, { name: 'DP-2', width: 1280, height: 1024 }],
    windows: [{ ...USUAL, window: 'board' }, { ...USUAL, window: 'kitchen' }, { ...USUAL, window: 'cashier', open: true }],
    kiosk: false,
  };

  readonly windows = {
    look: vi.fn(async () => Promise.resolve(this.now)),
    arrange: vi.fn(async (window, wish) => {
      this.move(window, wish);
      return Promise.resolve();
    }),
    enterKiosk: vi.fn(async () => {
      this.now = { ...this.now, kiosk: true };
      return Promise.resolve();
    }),
    leaveKiosk: vi.fn(async (_person, pin) => {
      if (pin !== '4711') return Promise.reject(new Failure('wrong_pin', 'pin', 'this PIN is wrong', false));
      this.now = { ...this.now, kiosk: false };
      return Promise.resolve();
    }),
  } satisfies Windows;

  move(window: string, change: Partial<WindowStanding>): void {
    this.now = { ...this.now, windows: this.now.windows.map((one) => (one.window === window ? { ...one, ...change } : one)) };
  }
}

async function manage(backend: WindowedBackend) {
  const window = await openWindow('#/manage', backend);
  await signIn(window, 'Mara');
  await expect.element(window.screen.getByTestId('window-kitchen')).toBeVisible();
  return window.screen;
}

test('the kitchen is put on a display of its own, full screen, at each start', async () => {
  const backend = new WindowedBackend();
  const screen = await manage(backend);
  await screen.getByTestId('window-kitchen').getByRole('radio', { name: 'DP-2' }).click();
  await screen.getByTestId('full-kitchen').click();
  await screen.getByTestId('start-kitchen').click();
  await expect.poll(() => backend.windows.arrange.mock.lastCall).toEqual(['kitchen', { display: 'DP-2', full_screen: true, at_start: true }]);
  await expect.element(screen.getByTestId('start-kitchen')).toHaveAttribute('aria-checked', 'true');
  expect((await axe.run(document)).violations.map(({ id }) => id)).toEqual([]);
});

test('only a PIN leaves kiosk mode, and a wrong one says so', async () => {
  const backend = new WindowedBackend();
  const screen = await manage(backend);
  await screen.getByTestId('kiosk-enter').click();
  await expect.element(screen.getByTestId('kiosk-on')).toBeVisible();
  await screen.getByTestId('kiosk-leave').click();
  await screen.getByTestId('kiosk-pin').fill('0000');
  await screen.getByTestId('kiosk-submit').click();
  await expect.element(screen.getByTestId('failure')).toHaveAttribute('data-code', 'wrong_pin');
  await screen.getByTestId('kiosk-pin').fill('4711');
  await screen.getByTestId('kiosk-submit').click();
  await expect.element(screen.getByTestId('kiosk-enter')).toBeVisible();
  expect(backend.windows.leaveKiosk.mock.lastCall).toEqual(['p-mara', '4711']);
});

test('a display that is gone is said before anyone signs in, and beside its window', async () => {
  const backend = new WindowedBackend();
  backend.move('kitchen', { display: 'VGA-1', missing: 'VGA-1' });
  const window = await openWindow('#/manage', backend);
  await expect.element(window.screen.getByTestId('missing-display')).toHaveTextContent('Kitchen: the display VGA-1 is not there. The window stands on the first one.');
  await window.screen.getByTestId('missing-display-read').click();
  await signIn(window, 'Mara');
  await expect.element(window.screen.getByTestId('display-missing')).toHaveTextContent('VGA-1');
});
