import { afterEach, expect, expectTypeOf, test } from 'vitest';

import { Failure, type MenuRemark } from '../ipc';
import { ar } from './ar';
import { de } from './de';
import { en } from './en';
import { errors } from './errors';
import { es } from './es';
import { fr } from './fr';
import { aboutFailure, ABOUT, ago, choose, decimal, followOtherWindows, itemsText, LOCALES, money, placeText, preferredLocale, remarkText, speak, t, type Locale } from './index';
import { ja } from './ja';
import { firstSpoken, type Forms } from './locales';
import type { Messages } from './messages';
import { tr } from './tr';

const LANGUAGES = { en: { messages: en, errors }, de, fr, es, tr, ar, ja };
const plain = (text: string) => text.replaceAll(/[\u200e\u200f\u061c\u2068\u2069]/g, '').replaceAll(/\s/g, ' ');

afterEach(async () => {
  localStorage.clear();
  await speak('en');
});

test('a_language_without_a_form_that_it_needs_does_not_compile', () => {
  expectTypeOf<{ one: string; other: string }>().not.toExtend<Forms<'ar'>>();
  expectTypeOf<{ other: string }>().toExtend<Forms<'ja'>>();
  expectTypeOf<ReturnType<Messages<'ar'>['orders.exceptions']>>().toEqualTypeOf<Forms<'ar'>>();
  expectTypeOf<Omit<Messages<'de'>, 'nav.till'>>().not.toExtend<Messages<'de'>>();
});

test('the_table_of_plural_forms_is_the_browsers_own', () => {
  for (const locale of LOCALES) {
    const message = LANGUAGES[locale].messages['orders.exceptions']({ count: 1 }, '1');
    expect(Object.keys(message).sort(), locale).toEqual([...new Intl.PluralRules(locale).resolvedOptions().pluralCategories].sort());
  }
});

test('arabic_speaks_in_six_forms', async () => {
  await speak('ar');
  const said = [0, 1, 2, 3, 11, 100].map((count) => t('status.incidents', { count }));
  expect(new Set(said).size).toBe(6);
  expect(said).toEqual(['لا حوادث', 'حادث واحد', 'حادثان', '3 حوادث', '11 حادثًا', '100 حادث']);
});

test('every_text_of_every_language_says_all_that_the_english_one_says', () => {
  for (const locale of LOCALES) {
    for (const [key, english] of Object.entries(en) as [string, unknown][]) {
      const message = (LANGUAGES[locale].messages as Record<string, unknown>)[key];
      if (typeof english === 'string') {
        expect(String(message).trim(), `${locale} ${key}`).not.toBe('');
        continue;
      }
      // Forms for one or two things may say the number in words; the one for any other number says it all.
      const [there, here] = [english, message].map((text) => partsOf(text as (params: unknown, n: string) => unknown));
      expect(here, `${locale} ${key}`).toEqual(there);
    }
  }
});

/** The parameters that stand in the text of a message. */
function partsOf(message: (params: unknown, n: string) => unknown): string[] {
  const params = new Proxy({}, { get: (_, name) => `<${String(name)}>` });
  const text = message(params, '<n>');
  const words = typeof text === 'string' ? text : (text as { other: string }).other;
  return [...new Set(words.match(/<\w+>/g))].sort();
}

test('every_refusal_is_a_sentence_in_every_language', () => {
  for (const locale of LOCALES) {
    const { errors: said } = LANGUAGES[locale];
    expect(Object.keys(said).sort(), locale).toEqual(Object.keys(errors).sort());
    for (const [code, sentence] of Object.entries(said)) expect(sentence, `${locale} ${code}`).toMatch(/\S.*[.?:。：]$/);
    if (locale !== 'en') expect(said.wrong_pin).not.toBe(errors.wrong_pin);
  }
});

test('money_has_the_digits_of_its_currency_in_every_language', async () => {
  const shown = async (locale: Locale) => {
    await speak(locale);
    return [['1234.50', 'EUR'], ['1234.50', 'TRY'], ['1234', 'JPY']].map(([amount = '', currency = '']) => plain(money({ amount, currency })));
  };
  expect(await shown('en')).toEqual(['€1,234.50', '₺1,234.50', '¥1,234']);
  expect(await shown('de')).toEqual(['1.234,50 €', '1.234,50 ₺', '1.234 ¥']);
  expect(await shown('fr')).toEqual(['1 234,50 €', '1 234,50 ₺', '1 234 ¥']);
  expect(await shown('tr')).toEqual(['€1.234,50', '₺1.234,50', '¥1.234']);
  expect(await shown('ar')).toEqual(['1,234.50 €', '1,234.50 ₺', '1,234 JP¥']);
  expect(await shown('ja')).toEqual(['€1,234.50', '₺1,234.50', '￥1,234']);
  expect(plain(await speak('es').then(() => money({ amount: '1234.50', currency: 'EUR' })))).toBe('1234,50 €');
});

test('numbers_and_spans_follow_the_language', async () => {
  await speak('de');
  expect(decimal('1234.5')).toBe('1.234,5');
  expect(ago(0, 2 * 3_600_000)).toBe('vor 2 Stunden');
  await speak('ar');
  expect(decimal('1234.5')).toBe('1,234.5');
});

test('a_choice_shows_at_once_on_the_page_and_is_kept_for_the_device', async () => {
  expect(await choose('ar')).toBe(true);
  expect([document.documentElement.lang, document.documentElement.dir]).toEqual(['ar', 'rtl']);
  expect(t('nav.till')).toBe(ar.messages['nav.till']);
  expect(preferredLocale()).toBe('ar');
  await choose('ja');
  expect([document.documentElement.lang, document.documentElement.dir]).toEqual(['ja', 'ltr']);
  expect(preferredLocale()).toBe('ja');
});

test('the_first_language_of_the_machine_that_the_screens_speak_is_taken', () => {
  expect(firstSpoken(['nl-NL', 'fr-CH', 'de'])).toBe('fr');
  expect(firstSpoken(['AR-eg'])).toBe('ar');
  expect(firstSpoken(['nl', 'xx'])).toBe('en');
});

test('a_choice_in_another_window_is_followed', async () => {
  const stop = followOtherWindows();
  dispatchEvent(new StorageEvent('storage', { key: 'docket.language', newValue: 'de' }));
  await expect.poll(() => document.documentElement.lang).toBe('de');
  stop();
});

test('foreign_parts_are_kept_to_themselves', async () => {
  expect(t('void.title', { name: 'Latte' })).toBe('Void Latte');
  expect(t('void.title', { name: 'قهوة' })).toBe('Void \u2068قهوة\u2069');
  await speak('ar');
  expect(t('order.title', { label: 'A-001' })).toBe('الطلب \u2068A-001\u2069');
});

test('a_quantity_is_never_read_with_the_name_before_it', async () => {
  expect(itemsText('2 × Latte, 1 × Bagel')).toBe('2 × Latte, 1 × Bagel');
  expect(itemsText('1 × قهوة, 2.5 × Latte, large')).toBe('1 × \u2068قهوة\u2069, 2.5 × \u2068Latte, large\u2069');
  await speak('ar');
  expect(itemsText('2 × Latte')).toBe('2 × \u2068Latte\u2069');
});

test('a_refusal_says_amounts_as_money_and_fields_as_the_screen_calls_them', async () => {
  const refused = (code: Failure['code'], field: string, params: Failure['params']) => aboutFailure(new Failure(code, field, 'a rule for programs', false, [], params));
  expect(refused('balance_open', 'balance', { amount: { amount: '9.60', currency: 'EUR' } })).toEqual(['still open: €9.60']);
  expect(refused('text_too_long', 'table', { most: 40 })).toEqual(['Table name', 'at most 40']);
  expect(refused('modifier_missing', 'line.modifiers', { name: 'Cup', least: 1 })).toEqual(['Cup', 'at least 1']);
  expect(refused('status_forbids', 'status', { status: 'cancelled' })).toEqual(['The order is: Cancelled']);
  expect(refused('bad_input', 'lines[0].colour', {})).toEqual([]);
  await speak('de');
  expect(refused('balance_open', 'balance', { amount: { amount: '9.60', currency: 'EUR' } }).map(plain)).toEqual(['noch offen: 9,60 €']);
});

test('a_fault_of_a_menu_is_said_in_the_language_with_the_words_of_the_file_kept', async () => {
  const price: MenuRemark = { place: 'items[3].price', text: 'for programs', fault: { code: 'too_many_decimals', text: '3.105', currency: 'EUR' } };
  const twice: MenuRemark = { place: '', text: 'for programs', fault: { code: 'duplicate', kind: 'modifier_group', id: 'milk' } };
  expect(remarkText(price)).toBe('“3.105” has more decimals than EUR has.');
  expect(placeText('line 3, column 7')).toBe('line 3, column 7');
  await speak('de');
  expect([remarkText(price), remarkText(twice)]).toEqual(['„3.105“ hat mehr Nachkommastellen als EUR.', 'Zweimal da: Optionsgruppe „milk“']);
  expect([placeText('line 3, column 7'), placeText('items[3].price'), placeText('')]).toEqual(['Zeile 3, Spalte 7', 'items[3].price', 'die Datei']);
  await speak('ar');
  expect(remarkText(price)).toContain('\u2068EUR\u2069');
  // A till that is newer than these screens speaks for itself.
  const unknown = { place: '', text: 'a new rule', fault: { code: 'of_tomorrow' } } as unknown as MenuRemark;
  expect([remarkText(unknown), remarkText({ place: '', text: 'a remark', fault: null })]).toEqual(['a new rule', 'a remark']);
});

test('every_language_is_named_in_its_own_words', () => {
  expect(LOCALES.map((locale) => ABOUT[locale].name)).toEqual(['English', 'Deutsch', 'Français', 'Español', 'Türkçe', 'العربية', '日本語']);
});
