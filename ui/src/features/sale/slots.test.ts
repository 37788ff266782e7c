import { expect, test } from 'vitest';

import { placed } from './slots';

test('a_tab_keeps_its_place_whatever_closes_beside_it', () => {
  const three = placed([], ['a', 'b', 'c']);
  expect(three).toEqual(['a', 'b', 'c']);
  expect(placed(three, ['b', 'c'])).toEqual([null, 'b', 'c']);
  expect(placed(three, ['b', 'c', 'd'])).toEqual(['d', 'b', 'c']);
  expect(placed(three, ['a', 'b'])).toEqual(['a', 'b']);
  expect(placed(three, ['c', 'b', 'a'])).toEqual(three);
});
