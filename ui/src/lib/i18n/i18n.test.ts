import { expect, expectTypeOf, test } from 'vitest';

import { ERROR_CODES, type ErrorCode } from '../ipc';
import { age, businessDay, canStepDown, isNegative, isZero, money, moneyShort, stepQuantity, t, type MessageKey } from './index';
import { errors } from './errors';

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
  for (const code of ERROR_CODES) expect(errors[code], code).toMatch(/[.?]$/);
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
  expect(businessDay(20260919)).toBe('19 Sept 2026');
});

test('no_screen_says_a_word_that_is_not_in_the_list', () => {
  const sources = import.meta.glob<string>('../../**/*.svelte', { query: '?raw', import: 'default', eager: true });
  expect(Object.keys(sources).length).toBeGreaterThan(20);
  for (const [file, source] of Object.entries(sources)) {
    const template = source.replaceAll(/<(script|style)[\s\S]*?<\/\1>|<!--[\s\S]*?-->/g, '');
    // What is left between tags once expressions and blocks are out is literal text; marks are not words.
    let text = template;
    for (let before = ''; before !== text;) {
      before = text;
      text = text.replaceAll(/\{[^{}]*\}/g, '');
    }
    const words = text.replaceAll(/<[^>]*>/g, ' ').match(/\p{L}{2,}/gu) ?? [];
    expect(words, file).toEqual([]);
    expect(template.match(/(?:placeholder|aria-label|title|alt)="[^"{]+"/g) ?? [], file).toEqual([]);
  }
});
