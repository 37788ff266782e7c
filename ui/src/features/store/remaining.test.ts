import { expect, test } from 'vitest';

import { inSteps, Remaining } from './remaining';

test('nothing is foretold before the work was watched for a while', () => {
  const left = new Remaining();
  left.tell({ done: 0, total: 1000, atMs: 0 });
  left.tell({ done: 100, total: 1000, atMs: 1_000 });
  expect(left.leftMs(1_000)).toBeNull();
  left.tell({ done: 200, total: 1000, atMs: 2_000 });
  expect(left.leftMs(2_000)).toBe(10_000);
});

test('a step that takes five times as long does not make the time jump', () => {
  const left = new Remaining();
  for (let second = 0; second <= 20; second += 1) left.tell({ done: second * 10, total: 1_000, atMs: second * 1_000 });
  const before = left.leftMs(20_000) ?? 0;
  expect(before).toBe(60_000);
  left.tell({ done: 210, total: 1_000, atMs: 25_000 });
  const after = left.leftMs(25_000) ?? 0;
  expect(after).toBeGreaterThanOrEqual(60_000);
  expect(after).toBeLessThanOrEqual(180_000);
});

test('it is never below nothing, also when the work stands still or the total was too small', () => {
  const left = new Remaining();
  for (const second of [0, 1, 2, 3]) left.tell({ done: second * 30, total: 80, atMs: second * 1_000 });
  expect(left.leftMs(3_000)).toBe(5_000);
  expect(left.leftMs(600_000)).toBe(5_000);
});

test('work that begins anew is watched anew', () => {
  const left = new Remaining();
  for (const second of [0, 1, 2, 3]) left.tell({ done: second * 10, total: 100, atMs: second * 1_000 });
  expect(left.leftMs(3_000)).not.toBeNull();
  left.tell({ done: 1, total: 100, atMs: 4_000 });
  expect(left.leftMs(4_000)).toBeNull();
});

test('the time is said in steps that people think in', () => {
  expect([100, 12_000, 58_000, 89_000, 3_500_000, 3_600_000, 7_000_000].map(inSteps)).toEqual(
    [5_000, 10_000, 60_000, 60_000, 58 * 60_000, 3_600_000, 7_200_000],
  );
});
