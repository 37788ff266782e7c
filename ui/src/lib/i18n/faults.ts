// A fault of a menu file in words: the till says which it is, and what it speaks of.

import type { MenuFault, MenuRemark } from '../ipc';
import { count } from './format';
import { t } from './text';

/** The sentence for a fault; every code has one, or this does not compile. */
function faultText(fault: MenuFault): string {
  switch (fault.code) {
    case 'missing':
    case 'stated_twice':
    case 'empty':
    case 'control_characters':
    case 'nothing_to_choose':
      return t(`menu_fault.${fault.code}`);
    case 'not_json': return t('menu_fault.not_json', fault);
    case 'file_too_large': return t('menu_fault.file_too_large', { most: count(fault.most) });
    case 'several_menus': return t('menu_fault.several_menus', fault);
    case 'unknown_menu': return t('menu_fault.unknown_menu', fault);
    case 'wrong_type': return t('menu_fault.wrong_type', { expected: t(`menu_shape.${fault.expected}`) });
    case 'too_long': return t(`menu_fault.too_long_${fault.unit}`, { most: count(fault.most) });
    case 'too_many': return t('menu_fault.too_many', { most: count(fault.most) });
    case 'not_a_number': return t('menu_fault.not_a_number', fault);
    case 'too_many_decimals': return t('menu_fault.too_many_decimals', fault);
    case 'out_of_range': return t('menu_fault.out_of_range', fault);
    case 'rate_out_of_range': return t('menu_fault.rate_out_of_range', { text: fault.text, decimals: count(fault.decimals) });
    case 'unknown_currency': return t('menu_fault.unknown_currency', fault);
    case 'unknown': return t('menu_fault.unknown', { kind: t(`menu_thing.${fault.kind}`), name: fault.name });
    case 'unknown_allergen': return t('menu_fault.unknown_allergen', fault);
    case 'ambiguous': return t('menu_fault.ambiguous', fault);
    case 'duplicate': return t('menu_fault.duplicate', { kind: t(`menu_thing.${fault.kind}`), id: fault.id });
    case 'bounds': return t('menu_fault.bounds', { ...fault, least: count(fault.least), most: count(fault.most) });
    case 'tax_without_order_type': return t('menu_fault.tax_without_order_type', fault);
    case 'no_own_price': return t('menu_fault.no_own_price', fault);
    case 'contradiction': return t(`menu_rule.${fault.rule}`);
    case 'no_catalogue': return t('menu_fault.no_catalogue', fault);
    case 'more_faults': return t('menu_fault.more_faults', { most: count(fault.most) });
  }
}

/** A remark about a menu in the language spoken; a fault of a till that is newer than these screens as it says it itself. */
export function remarkText({ fault, text }: MenuRemark): string {
  const said = fault === null ? undefined : (faultText(fault) as string | undefined);
  return said ?? text;
}

/** A place in a menu file: a path of its fields, or a line and a column. */
export function placeText(place: string): string {
  const at = /^line (\d+), column (\d+)$/.exec(place);
  if (at) return t('menu.line', { line: at[1] ?? '', column: at[2] ?? '' });
  return place === '' ? t('menu.whole_file') : place;
}
