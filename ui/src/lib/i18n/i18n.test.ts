import { expect, expectTypeOf, test } from 'vitest';

import { ERROR_CODES, type ErrorCode } from '../ipc';
import { errors } from './errors';
import {
  age, ago, businessDay, canStepDown, decimal, decimalMark, isNegative, isZero, money, moneyShort, plainDecimal, stepQuantity, t,
  tableText, type MessageKey,
} from './index';

test('a_missing_key_or_parameter_does_not_compile', () => {
  expectTypeOf(t<'cart.new'>).parameters.toEqualTypeOf<['cart.new']>();
  expectTypeOf<'no.such.key'>().not.toExtend<MessageKey>();
  expectTypeOf(errors).toExtend<Record<ErrorCode, string>>();
  // @ts-expect-error a key that does not exist
  t('no.such.key');
  // @ts-expect-error a message that needs a parameter
  expect(() => t('pay.exact')).toThrow();
});

test('every_error_code_has_a_sentence', () => {
  for (const code of ERROR_CODES) expect(errors[code], code).toMatch(/[.?:]$/);
});

test('money_keeps_every_decimal_that_the_till_sent', () => {
  expect(money({ amount: '3.80', currency: 'EUR' })).toBe('€3.80');
  expect(money({ amount: '540', currency: 'JPY' })).toBe('¥540');
  expect(money({ amount: '12.350', currency: 'KWD' }).replaceAll(/\s/g, ' ')).toBe('KWD 12.350');
  expect(money({ amount: '90071992547409931.07', currency: 'USD' })).toBe('$90,071,992,547,409,931.07');
  expect(moneyShort({ amount: '20.000', currency: 'KWD' })).toBe('KWD 20');
  expect(moneyShort({ amount: '12.50', currency: 'EUR' })).toBe('€12.50');
  expect(isZero({ amount: '0.000', currency: 'KWD' })).toBe(true);
  expect(isNegative({ amount: '-0.01', currency: 'EUR' })).toBe(true);
});

test('a_step_moves_a_quantity_by_one_whole', () => {
  expect(stepQuantity('1', 1)).toBe('2');
  expect(stepQuantity('0.25', 1)).toBe('1.25');
  expect(stepQuantity('10', -1)).toBe('9');
  expect(['1', '2', '0.5', '1.5'].map(canStepDown)).toEqual([false, true, false, true]);
});

test('ages_are_minutes_and_seconds_and_days_are_dates', () => {
  expect(age(0, 61_000)).toBe('1:01');
  expect(age(0, 75 * 60_000)).toBe('75:00');
  expect(age(5_000, 0)).toBe('0:00');
  expect(ago(0, 5 * 60_000)).toBe('5 minutes ago');
  expect(businessDay(20260919)).toBe('19 Sept 2026');
});

test('a_decimal_shows_as_it_came_and_is_read_in_any_script', () => {
  expect(['0.250', '1234.5', '-3', 'x'].map(decimal)).toEqual(['0.250', '1,234.5', '-3', 'x']);
  expect(decimalMark()).toBe('.');
  expect(['3,80', '3.80', '３８０', '٣٫٥', '1,234', '12,5 '].map(plainDecimal)).toEqual(['3.80', '3.80', '380', '3.5', '1,234', '12.5']);
});

test('a_table_with_a_name_of_its_own_is_not_called_a_table_twice', () => {
  expect(['7', 'B2', 'Table 7', 'Window 4'].map(tableText)).toEqual(['Table 7', 'Table B2', 'Table 7', 'Window 4']);
});
