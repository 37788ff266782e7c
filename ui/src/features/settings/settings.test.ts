import axe from 'axe-core';
import { afterEach, expect, test } from 'vitest';

import { ar } from '../../lib/i18n/ar';
import { ja } from '../../lib/i18n/ja';
import { speak } from '../../lib/i18n';
import { openTill, openWindow, tile } from '../../lib/testing/window';
import { nextTextSize, readChoices, show, startDisplay } from './display.svelte';

const root = document.documentElement;

afterEach(async () => {
  localStorage.clear();
  show({ theme: 'system', density: 'touch', textPercent: 100 });
  localStorage.clear();
  await speak('en');
});

test('arabic_is_one_tap_from_the_sign_in_page_and_turns_the_page_round', async () => {
  const { screen } = await openWindow();
  await screen.getByTestId('settings-open').click();
  await screen.getByTestId('language-ar').click();
  await expect.element(screen.getByTestId('settings-sheet')).toHaveTextContent(ar.messages['settings.title']);
  expect([root.lang, root.dir]).toEqual(['ar', 'rtl']);
  await expect.element(screen.getByTestId('language-ar')).toHaveAttribute('aria-pressed', 'true');
  expect((await axe.run(document)).violations.map(({ id }) => id)).toEqual([]);
  await screen.getByTestId('settings-done').click();
  await expect.element(screen.getByTestId('pin-enter')).toHaveTextContent(ar.messages['sign_in.enter']);
});

test('a_switch_in_the_midst_of_an_order_keeps_the_order_and_says_everything_anew', async () => {
  const till = await openTill();
  const { screen } = till;
  await tile(till, 'Latte').click();
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('New');
  await screen.getByTestId('settings-open').click();
  await screen.getByTestId('language-ja').click();
  await screen.getByTestId('settings-done').click();
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent(ja.messages['line.new']);
  await expect.element(screen.getByTestId('cart-line')).toHaveTextContent('Latte');
  await expect.element(screen.getByTestId('type-dine_in')).toHaveTextContent(ja.messages['type.dine_in']);
  await expect.element(screen.getByTestId('send')).toHaveTextContent(ja.messages['pay.send']);
  await expect.element(screen.getByTestId('total')).toHaveTextContent('€');
});

test('text_size_density_and_colours_show_at_once_and_are_kept', async () => {
  const { screen } = await openWindow();
  await screen.getByTestId('settings-open').click();
  await screen.getByTestId('text-size-plus').click();
  expect(getComputedStyle(root).fontSize).toBe('18.4px');
  await screen.getByTestId('theme-contrast').click();
  await screen.getByTestId('density-mouse').click();
  expect([root.dataset['theme'], root.dataset['density']]).toEqual(['contrast', 'mouse']);
  expect((await axe.run(document)).violations.map(({ id }) => id)).toEqual([]);
  await screen.getByTestId('theme-system').click();
  expect(root.dataset['theme']).toBe('light');
  delete root.dataset['density'];
  root.style.fontSize = '';
  startDisplay()();
  expect([root.dataset['density'], getComputedStyle(root).fontSize]).toEqual(['mouse', '18.4px']);
});

test('text_grows_to_twice_its_size_and_no_further', () => {
  show({ textPercent: 200 });
  expect(getComputedStyle(root).fontSize).toBe('32px');
  expect([nextTextSize(1), nextTextSize(-1)]).toEqual([null, 175]);
  show({ textPercent: 100 });
  expect(nextTextSize(-1)).toBeNull();
});

test('what_was_kept_by_another_version_is_as_usual_part_by_part', () => {
  const usual = { theme: 'system', density: 'touch', textPercent: 100 };
  expect(readChoices(null)).toEqual(usual);
  expect(readChoices('no json')).toEqual(usual);
  expect(readChoices('7')).toEqual(usual);
  expect(readChoices('{"theme":"dark","density":"eyes","textPercent":9000}')).toEqual({ ...usual, theme: 'dark' });
});
