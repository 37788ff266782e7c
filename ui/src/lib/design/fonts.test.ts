import { afterEach, expect, test } from 'vitest';

import { letters, LOCALES, speak } from '../i18n';
import css from './fonts.css?raw';
import { fontsFor } from './fonts';
import './fonts.css';
import './tokens.css';

afterEach(async () => {
  await speak('en');
  document.body.replaceChildren();
});

/** How wide a text is in the type of the screens. */
function width(text: string, weight: string, family = 'var(--font)'): number {
  const span = document.createElement('span');
  span.style.cssText = `font: ${weight} 100px ${family}; font-variant-numeric: tabular-nums; white-space: nowrap`;
  span.textContent = text;
  document.body.append(span);
  return span.getBoundingClientRect().width;
}

test('every_digit_is_as_wide_as_any_other_in_every_weight', async () => {
  await fontsFor('0');
  for (const weight of ['400', '600', '800']) {
    const widths = [...'0123456789'].map((digit) => width(digit.repeat(10), weight));
    expect(new Set(widths).size, weight).toBe(1);
    expect(widths[0]).toBeCloseTo(600, 0);
  }
});

test('the_stand_in_is_nearly_as_wide_so_that_a_late_file_moves_little', async () => {
  const text = 'Stored here: 313 events, open at the till, total €4.80';
  await fontsFor(text);
  const own = width(text, '400', "'Docket Latin'");
  expect(Math.abs(width(text, '400', "'Docket Stand-in'") / own - 1)).toBeLessThan(0.05);
});

/** The letters that a file of ours is fetched for. */
function covered(letter: string): boolean {
  const at = letter.codePointAt(0) ?? 0;
  const ranges = [...css.matchAll(/U\+([0-9A-F]+)(?:-([0-9A-F]+))?/g)];
  return ranges.some(([, from = '', to = from]) => parseInt(from, 16) <= at && at <= parseInt(to, 16));
}

test.each(LOCALES.filter((code) => code !== 'ja'))('the_words_of_%s_need_no_type_of_the_system', async (code) => {
  await speak(code);
  expect([...letters()].filter((letter) => /\p{L}|\p{N}|\p{M}/u.test(letter) && !covered(letter)).join('')).toBe('');
  await fontsFor(letters());
  const files = [...document.fonts].filter(({ family, status }) => /^"?Docket (Latin|Arabic)/.test(family) && status === 'loaded');
  expect(files.length).toBeGreaterThanOrEqual(code === 'ar' ? 3 : code === 'tr' ? 2 : 1);
});
