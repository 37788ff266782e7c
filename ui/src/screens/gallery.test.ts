import axe from 'axe-core';
import { afterEach, expect, test } from 'vitest';

import { openWindow } from '../lib/testing/window';

const root = document.documentElement;

afterEach(() => {
  delete root.dataset['theme'];
  delete root.dataset['density'];
  root.style.fontSize = '';
});

async function expectClean(where: string, within = 'body'): Promise<void> {
  const { violations } = await axe.run(within, { resultTypes: ['violations'] });
  expect(violations.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join('\n')}`)).toEqual([]);
}

for (const theme of ['light', 'dark', 'contrast']) {
  test(`every_component_in_every_state_has_no_barrier_in_the_theme_${theme}`, async () => {
    const { screen } = await openWindow('#/gallery');
    await screen.getByTestId(`gallery-${theme}`).click();
    await expect.element(screen.getByTestId('specimen').nth(15)).toBeInTheDocument();
    expect(root.dataset['theme']).toBe(theme);
    await expectClean(theme);
    for (const opener of ['gallery-sheet', 'gallery-sheet-refused']) {
      await screen.getByTestId(opener).click();
      await expect.element(screen.getByTestId('gallery-dialog')).toBeVisible();
      await expectClean(`${theme}, ${opener}`, '[role="dialog"]');
      await screen.getByTestId('dialog-close').click();
      await expect.element(screen.getByTestId('gallery-dialog')).not.toBeInTheDocument();
    }
    await screen.getByTestId('gallery-notice').click();
    await expect.element(screen.getByTestId('notice')).toBeVisible();
    await expectClean(`${theme}, a notice`, '[data-testid="notice"]');
  });
}

test('text_at_twice_its_size_makes_nothing_wider_than_the_screen', async () => {
  const { screen } = await openWindow('#/gallery');
  for (const density of ['mouse', 'touch']) {
    await screen.getByTestId(`gallery-${density}`).click();
    await screen.getByTestId('gallery-200').click();
    await expect.poll(() => getComputedStyle(root).fontSize).toBe('32px');
    expect(root.scrollWidth).toBeLessThanOrEqual(root.clientWidth);
    expect(screen.getByTestId('gallery-touch').element().getBoundingClientRect().height).toBeGreaterThanOrEqual(48);
    await screen.getByTestId('gallery-100').click();
  }
});
