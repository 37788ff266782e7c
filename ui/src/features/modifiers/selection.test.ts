import { expect, test } from 'vitest';

import type { GroupView, OptionView } from '../../lib/ipc';
import { add, countIn, fits, missing, NOTHING, toggle, toInput } from './selection';

const option = (id: string, extra: string | null = null): OptionView => ({
  id, name: id, price: { amount: '1.00', currency: 'EUR' }, extra_price: extra === null ? null : { amount: extra, currency: 'EUR' }, allergens: [],
});
const group = (min: number, max: number | null, ...options: OptionView[]): GroupView => ({ id: 'g', name: 'Group', min, max, options });

test('a_choice_of_one_is_replaced_by_the_next_tap', () => {
  const [a, b] = [option('a'), option('b')];
  const one = group(1, 1, a, b);
  const first = toggle(NOTHING, one, a);
  expect(toInput(toggle(first, one, b))).toEqual([{ group_id: 'g', option_id: 'b', count: 1 }]);
  expect(toInput(toggle(first, one, a))).toEqual([]);
});

test('at_the_limit_nothing_more_fits_unless_it_has_a_price_beyond', () => {
  const [plain, paid] = [option('plain'), option('paid', '2.00')];
  const two = group(0, 2, plain, paid);
  const full = add(add(NOTHING, two, plain, 1), two, plain, 1);
  expect(fits(full, two, plain)).toBe(false);
  expect(add(full, two, plain, 1)).toBe(full);
  expect(countIn(add(full, two, paid, 1), two)).toBe(3);
});

test('a_group_without_a_limit_takes_as_many_as_wanted', () => {
  const a = option('a');
  const any = group(0, null, a);
  const three = [1, 2, 3].reduce((chosen) => add(chosen, any, a, 1), NOTHING);
  expect(toInput(three)).toEqual([{ group_id: 'g', option_id: 'a', count: 3 }]);
});

test('what_is_missing_is_named_with_its_count', () => {
  const a = option('a');
  const forced = group(2, 3, a);
  expect(missing(NOTHING, [forced])).toMatchObject({ count: 2 });
  expect(missing(add(add(NOTHING, forced, a, 1), forced, a, 1), [forced])).toBeNull();
});
