import { createRawSnippet } from 'svelte';
import { expect, test, vi } from 'vitest';
import { render } from 'vitest-browser-svelte';

import Button from './Button.svelte';

const label = createRawSnippet(() => ({ render: () => '<span>Pay</span>' }));

test('a_busy_button_fires_once_however_often_it_is_pressed', async () => {
  let finish: () => void = () => undefined;
  const onpress = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
  const screen = await render(Button, { onpress, children: label });
  const button = screen.getByRole('button').element() as HTMLButtonElement;

  button.click();
  button.click();
  button.click();
  await expect.element(screen.getByRole('button')).toHaveAttribute('aria-busy', 'true');
  expect(onpress).toHaveBeenCalledTimes(1);

  finish();
  await expect.element(screen.getByRole('button')).toHaveAttribute('aria-busy', 'false');
  button.click();
  expect(onpress).toHaveBeenCalledTimes(2);
});

test('a_button_hears_again_after_its_act_has_failed', async () => {
  const onpress = vi.fn(() => Promise.reject(new Error('no')));
  const seen = (event: PromiseRejectionEvent) => event.preventDefault();
  addEventListener('unhandledrejection', seen);
  const screen = await render(Button, { onpress: () => onpress().catch(() => undefined), children: label });
  const button = screen.getByRole('button').element() as HTMLButtonElement;
  button.click();
  await expect.element(screen.getByRole('button')).toHaveAttribute('aria-busy', 'false');
  button.click();
  expect(onpress).toHaveBeenCalledTimes(2);
  removeEventListener('unhandledrejection', seen);
});

test('a_press_while_figures_are_under_way_is_done_once_they_are_there', async () => {
  const onpress = vi.fn();
  const screen = await render(Button, { onpress, held: true, children: label });
  const button = screen.getByRole('button').element() as HTMLButtonElement;
  button.click();
  button.click();
  await expect.element(screen.getByRole('button')).toHaveAttribute('aria-busy', 'true');
  expect(onpress).not.toHaveBeenCalled();
  await screen.rerender({ held: false });
  await vi.waitFor(() => expect(onpress).toHaveBeenCalledTimes(1));
  await expect.element(screen.getByRole('button')).toHaveAttribute('aria-busy', 'false');
});

test('a_press_that_was_meant_for_the_old_figures_is_none', async () => {
  const onpress = vi.fn();
  const screen = await render(Button, { onpress, held: true, waits: false, children: label });
  const button = screen.getByRole('button').element() as HTMLButtonElement;
  button.click();
  await screen.rerender({ held: false });
  button.click();
  expect(onpress).toHaveBeenCalledTimes(1);
});
