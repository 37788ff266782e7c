// What a menu says of allergens, from the file to the cashier's page of choices and the cook's ticket.

import { Api, expect, test, type Screen } from './support';

interface Stated {
  readonly latte?: readonly string[];
  readonly withLatte?: boolean;
}

const menuOf = ({ latte = ['milk'], withLatte = true }: Stated = {}) => JSON.stringify({
  id: 'allergens', name: 'Allergens', currency: 'EUR', prices_include_tax: true,
  modifier_groups: [{
    id: 'nut', name: 'Topping', min: 0, max: 1,
    options: [{ name: 'Almonds', price: '0.50', allergens: ['nuts'] }, { name: 'Cinnamon', price: '0.00' }],
  }],
  items: [
    ...(withLatte ? [{ id: 'latte', name: 'Latte', category: 'Drinks', price: '3.80', modifier_groups: ['nut'], allergens: latte }] : []),
    { id: 'water', name: 'Water', category: 'Drinks', price: '2.00' },
  ],
});

async function check(screen: Screen, menu: string): Promise<void> {
  await screen.id('menu-text').fill(menu);
  await screen.id('menu-check').click();
}

test('allergens of a menu are read where choices are made and where the dish is cooked, and a correction at once', async ({ demo, signedIn, open }) => {
  const screen = await signedIn('manager');
  await screen.goto('#/store');
  await check(screen, menuOf({ latte: ['dairy'] }));
  await expect(screen.id('menu-fault')).toContainText('items[0].allergens[0]');
  await expect(screen.id('menu-fault')).toContainText('dairy');
  await expect(screen.id('menu-import')).toBeDisabled();
  await check(screen, menuOf());
  await screen.id('menu-import').click();
  await expect(screen.id('menu-imported')).toBeVisible();

  await screen.goto('#/');
  await screen.tile('Latte').click();
  await expect(screen.line('Latte')).toBeVisible();
  await screen.id('line-edit').click();
  await expect(screen.id('modifier-sheet').getByTestId('allergens').first()).toHaveText('Contains: milk');
  await expect(screen.option('Topping', 'Almonds')).toHaveAccessibleDescription(/Contains: nuts/);
  await expect(screen.option('Topping', 'Cinnamon').getByTestId('allergens')).toHaveCount(0);
  await screen.answer({ choices: [['Topping', 'Almonds']] });
  await screen.tile('Water').click();
  await expect(screen.lines).toHaveCount(2);
  await screen.send();

  const kitchen = await open();
  await kitchen.goto('#/kitchen');
  await kitchen.signIn(demo.pinOf('kitchen'));
  const dish = kitchen.id('ticket-line').filter({ hasText: 'Latte' }).getByTestId('allergens');
  await expect(dish).toHaveText('Contains: milk, nuts');
  await expect(dish).toHaveAttribute('data-asked', 'false');
  await expect(kitchen.id('ticket-line').filter({ hasText: 'Water' }).getByTestId('allergens')).toHaveCount(0);

  await screen.id('order-menu').click();
  await screen.id('act-set_note').click();
  await screen.id('note-preset').filter({ hasText: 'ALLERGY' }).click();
  await screen.id('note-submit').click();
  await expect(kitchen.id('ticket-note')).toHaveAttribute('data-allergy', 'true');
  await expect(dish).toHaveAttribute('data-asked', 'true');

  const api = await Api.signIn(demo, 'manager');
  await api.command('import_menu', { menu: menuOf({ latte: ['milk', 'soybeans'] }), menu_id: null });
  await expect(dish).toHaveText('Contains: soya, milk, nuts');
  await kitchen.id('view-pass').click();
  await expect(kitchen.id('pass-ticket').getByTestId('allergens')).toHaveText('Contains: soya, milk, nuts');
  await api.command('import_menu', { menu: menuOf({ withLatte: false }), menu_id: null });
  await expect(kitchen.id('pass-ticket').getByTestId('allergens')).toHaveCount(0);
  await expect(kitchen.id('ticket-line').filter({ hasText: 'Latte' })).toContainText('Almonds');

  await screen.page.keyboard.press('Escape');
  await expect(screen.id('order-sheet')).toBeHidden();
  await screen.id('exact-cash').click();
  await screen.id('show-receipt').click();
  await expect(screen.id('receipt')).toContainText('Latte');
  await expect(screen.id('receipt')).not.toContainText('Contains');
});
