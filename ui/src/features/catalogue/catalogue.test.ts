import { expect, test } from 'vitest';

import { HUES, huesOf } from './hues';
import { readWanted } from './wanted';

test('how_many_is_said_before_of_what', () => {
  expect(readWanted('3 x')).toEqual({ quantity: '3', text: '' });
  expect(readWanted('3*latte')).toEqual({ quantity: '3', text: 'latte' });
  expect(readWanted('12 × flat white')).toEqual({ quantity: '12', text: 'flat white' });
  expect(readWanted('1,50X ham')).toEqual({ quantity: '1.5', text: 'ham' });
  expect(readWanted('007x')).toEqual({ quantity: '7', text: '' });
});

test('what_only_looks_like_a_quantity_is_searched_for', () => {
  for (const text of ['latte', '4006381333931', '0x', '0.0 x tea', 'x3', '7up', '043942089X']) {
    expect(readWanted(text)).toEqual({ quantity: null, text });
  }
});

test('a_category_keeps_its_colour_when_others_come_before_it', () => {
  const before = huesOf(['coffee', 'food']);
  const after = huesOf(['breakfast', 'food', 'coffee']);
  expect(after.get('food')).toBe(before.get('food'));
  const many = huesOf(Array.from({ length: HUES }, (_, index) => `category-${String(index)}`));
  expect(new Set(many.values()).size).toBe(HUES);
  expect(huesOf(Array.from({ length: 50 }, (_, index) => `c${String(index)}`)).size).toBe(50);
});
