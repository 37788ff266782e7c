// A key becomes the text of the language spoken. A key that does not exist does not compile.

import type { FailureCode } from '../ipc';
import { count } from './format';
import { language, locale } from './locale.svelte';
import { ABOUT, type Locale } from './locales';
import type { MessageKey, Params } from './messages';

export function t<K extends MessageKey>(key: K, ...params: Params<K>): string {
  return said(language().messages[key], params[0] as Readonly<Record<string, unknown>> | undefined);
}

function said(message: unknown, params: Readonly<Record<string, unknown>> | undefined): string {
  if (typeof message !== 'function') return String(message);
  const counted = params?.['count'];
  const n = typeof counted === 'number' ? count(counted) : '';
  const text: unknown = (message as (params: unknown, n: string) => unknown)(params && isolated(params), n);
  if (typeof text === 'string' || typeof counted !== 'number') return String(text);
  const forms = text as Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };
  return forms[pluralRules().select(counted)] ?? forms.other;
}

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;

/**
 * The parts of a text that are not words of ours, each kept to itself: a name in another direction would else carry the
 * figures beside it along, and `A-001` would be read as `001-A`.
 */
function isolated(params: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const all = ABOUT[locale()].dir === 'rtl';
  return Object.fromEntries(Object.entries(params).map(([name, value]) => (
    [name, typeof value === 'string' && (all || RIGHT_TO_LEFT.test(value)) ? `\u2068${value}\u2069` : value]
  )));
}

const ITEM = /([\d.,]+ × )(.+?)(?=, [\d.,]+ × |$)/gs;

/**
 * What the till says of lines, such as `2 × Latte, 1 × Bagel`, with each name kept to itself. Else the quantity behind an
 * Arabic name would be read as one of that name.
 */
export function itemsText(items: string): string {
  const plain = ABOUT[locale()].dir !== 'rtl' && !RIGHT_TO_LEFT.test(items);
  return plain ? items : items.replaceAll(ITEM, '$1\u2068$2\u2069');
}

const rules = new Map<Locale, Intl.PluralRules>();

function pluralRules(): Intl.PluralRules {
  const spoken = locale();
  const known = rules.get(spoken) ?? new Intl.PluralRules(spoken);
  rules.set(spoken, known);
  return known;
}

/** Our words for an error code; a code of a newer till than this screen falls back to a general one. */
export function errorText(code: FailureCode): string {
  return (language().errors as Partial<Record<string, string>>)[code] ?? t('failure.unknown');
}

/** Whether there are words for a code; where there are none, the till's own are better than nothing. */
export function knowsError(code: string): boolean {
  return Object.hasOwn(language().errors, code);
}

/** The text of `prefix.value` where we have one, else the value as it stands: lists that a newer till may extend. */
export function termText(prefix: 'event' | 'incident' | 'work', value: string): string {
  const message: unknown = (language().messages as unknown as Partial<Record<string, unknown>>)[`${prefix}.${value}`];
  return typeof message === 'string' ? message : value;
}

/** A table in words. A name that is a word already, such as `Window 4`, speaks for itself. */
export function tableText(table: string): string {
  return /\p{L}{2}/u.test(table) ? table : t('cart.table_of', { table });
}
