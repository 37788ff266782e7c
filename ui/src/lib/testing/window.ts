// A window on the fake till, as a person has it in front of them.

import { expect } from 'vitest';
import { userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';

import App from '../../App.svelte';
import '../design/base.css';
import '../design/fonts.css';
import '../design/tokens.css';
import { FakeBackend } from '../ipc/fake';
import { PIN } from '../ipc/fake-menu';

export type Window = Awaited<ReturnType<typeof openWindow>>;

export async function openWindow(hash = '#/', backend = new FakeBackend()) {
  sessionStorage.clear();
  location.hash = hash;
  const screen = await render(App, { backend });
  return { backend, screen };
}

export async function signIn({ screen }: Window, name: string): Promise<void> {
  await screen.getByRole('button', { name, exact: true }).click();
  await userEvent.keyboard(PIN);
  await screen.getByTestId('pin-enter').click();
}

/** A window on the cashier's screen, signed in. */
export async function openTill(backend?: FakeBackend): Promise<Window> {
  const window = await openWindow('#/', backend);
  await signIn(window, 'Chen');
  await expect.element(window.screen.getByTestId('search')).toBeInTheDocument();
  return window;
}

export const tile = ({ screen }: Window, name: string) => screen.getByTestId('tile').and(screen.getByRole('button', { name, exact: true }));
