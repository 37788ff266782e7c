import { expect, test } from 'vitest';

import { tally } from './states';

test('lines_are_counted_by_state_in_the_order_of_their_way', () => {
  const lines = (['voided', 'new', 'ready', 'new', 'fired'] as const).map((state) => ({ state }));
  expect(tally(lines)).toEqual([
    { state: 'new', lines: 2 }, { state: 'fired', lines: 1 }, { state: 'ready', lines: 1 }, { state: 'voided', lines: 1 },
  ]);
  expect(tally([])).toEqual([]);
});
