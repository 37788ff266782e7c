// What the till in memory says of a menu file: enough for the screens, which draw what they are told.

import type { CommandInput } from './backend';
import type { MenuCheck, MenuFault } from './bindings';

interface Menu {
  readonly name?: string;
  readonly currency?: string;
  readonly items?: readonly unknown[];
}

export function checked({ menu, currency }: CommandInput<'check_menu'>): MenuCheck {
  const wrong = (place: string, text: string, fault: MenuFault): MenuCheck => ({ menus: [], content: null, currency_fits: true, faults: [{ place, text, fault }] });
  let read: Menu;
  try {
    read = JSON.parse(menu) as Menu;
  } catch {
    return wrong('line 1, column 1', 'is not JSON', { code: 'not_json', message: 'expected value' });
  }
  if (!Array.isArray(read.items)) return wrong('items', 'is required', { code: 'missing' });
  const code = read.currency ?? 'EUR';
  return {
    menus: [], currency_fits: code === (currency ?? 'EUR'), faults: [],
    content: {
      name: read.name ?? 'Menu', currency: code, categories: 1, products: read.items.length, modifier_groups: 0, modifier_options: 0,
      taxes: [], prices_include_tax: true, notes: [],
    },
  };
}
