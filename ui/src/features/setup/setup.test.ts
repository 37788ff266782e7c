import { expect, test } from 'vitest';

import { Failure } from '../../lib/ipc';
import type { ShopView } from '../../lib/ipc';
import { openMenu } from '../../lib/menu/open-menu';
import { madePin, usualCurrency } from './defaults';
import { Draft, stepOf } from './draft.svelte';

const SHOP: ShopView = {
  set_up: false, comes_down: false, first_pin_due: false, name: null, currency: null, currency_decimals: null, time_zone: null, demo: false, people: [],
  device: { name: null, lock_after_minutes: 0 },
  verified: null,
  samples: [
    { id: 'cafe', name: 'Café', currency: 'EUR', products: 33 },
    { id: 'diner', name: 'Diner', currency: 'USD', products: 20 },
  ],
};

function draft(currency: string): Draft {
  const made = new Draft(() => SHOP);
  made.currency = currency;
  return made;
}

test('the_currency_is_that_of_the_machines_country', () => {
  expect(usualCurrency(['en-GB', 'de-DE'])).toBe('GBP');
  expect(usualCurrency(['de', 'ja-JP'])).toBe('JPY');
  expect(usualCurrency(['C'])).toBe('EUR');
  expect(usualCurrency(['fr-FR'])).toBe('EUR');
  expect(usualCurrency(['tr'])).toBe('EUR');
});

test('what_is_skipped_has_a_default_with_which_a_shop_sells', () => {
  const skipped = draft('eur');
  for (const step of ['shop', 'menu', 'pin'] as const) skipped.pass(step);
  skipped.currency = 'eur';
  const input = skipped.input();
  expect(input).toMatchObject({ shop_name: 'My shop', currency: 'EUR', sample_menu: 'cafe', menu: null, manager_name: 'Manager' });
  expect(input.pin).toMatch(/^\d{4}$/);
  expect(skipped.pinToSet).toBe(input.pin);

  const elsewhere = draft('TRY').input();
  expect(elsewhere.sample_menu).toBeNull();
  expect(JSON.parse(elsewhere.menu ?? '')).toMatchObject({ currency: 'TRY', items: [{ price: '0' }] });
});

test('a_menu_of_another_currency_is_not_kept_when_the_currency_changes', () => {
  const changed = draft('USD');
  changed.chosenMenu = 'sample:diner';
  expect(changed.menu).toBe('sample:diner');
  changed.currency = 'EUR';
  expect(changed.menu).toBe('sample:cafe');
  changed.currency = 'USD';
  expect(changed.menu).toBe('sample:diner');
});

test('only_a_file_without_faults_and_in_the_shops_currency_is_sold_from', () => {
  const found = draft('EUR');
  const check = { menus: [], content: null, currency_fits: true, faults: [{ place: 'items', text: 'is required', fault: null }] };
  found.file = { name: 'a.json', text: '{}', menuId: null, check };
  found.chosenMenu = 'file';
  expect(found.menu).toBe('sample:cafe');
  const content = {
    name: 'Mine', currency: 'EUR', categories: 1, products: 1, modifier_groups: 0, modifier_options: 0, taxes: [],
    prices_include_tax: true, notes: [],
  };
  found.file = { name: 'a.json', text: '{"a":1}', menuId: 'm', check: { ...check, content, faults: [], currency_fits: false } };
  expect(found.menu).toBe('sample:cafe');
  found.file = { name: 'a.json', text: '{"a":1}', menuId: 'm', check: { ...check, content, faults: [] } };
  expect(found.input()).toMatchObject({ menu: '{"a":1}', menu_id: 'm', sample_menu: null });
  expect(found.told('menu')).toBe('Mine');
});

test('a_made_pin_gives_way_to_a_chosen_one', () => {
  const chosen = draft('EUR');
  chosen.pass('pin');
  const made = chosen.pinToSet;
  chosen.pass('pin');
  expect(chosen.pinToSet).toBe(made);
  chosen.choosePin();
  chosen.pin = '97531';
  expect([chosen.pinToSet, chosen.skipped.has('pin')]).toEqual(['97531', false]);
});

test('a_refusal_leads_to_the_step_that_can_mend_it', () => {
  const at = (field: string) => stepOf(new Failure('bad_input', field, '', false));
  expect([at('shop_name'), at('currency'), at('menu.currency'), at('sample_menu'), at('pin'), at('manager_name'), at('')])
    .toEqual(['shop', 'shop', 'menu', 'menu', 'pin', 'pin', null]);
});

test('a_made_pin_has_four_digits_and_an_open_menu_one_product', () => {
  expect(new Set(Array.from({ length: 50 }, madePin)).size).toBeGreaterThan(5);
  expect((JSON.parse(openMenu('JPY')) as { items: unknown[] }).items).toHaveLength(1);
});
