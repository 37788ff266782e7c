// Money, numbers and times as text of the language spoken. Amounts arrive as decimal strings and are never turned into
// numbers here.

import type { Money, Quantity } from '../ipc';
import { locale } from './locale.svelte';
import { ABOUT } from './locales';

const formats = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

/** A formatter is dear to make and is asked for in every row of a list: each kind is made once. */
function once<F extends Intl.NumberFormat | Intl.DateTimeFormat>(key: string, make: () => F): F {
  const known = formats.get(key);
  if (known) return known as F;
  const made = make();
  formats.set(key, made);
  return made;
}

function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const tag = ABOUT[locale()].numbers;
  return once(`n/${tag}/${JSON.stringify(options)}`, () => new Intl.NumberFormat(tag, options));
}

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const tag = ABOUT[locale()].dates;
  // Twenty-four hours everywhere: a time can't be taken for one half a day off, and it is short.
  const full: Intl.DateTimeFormatOptions = { ...options, ...(options.hour ? { hourCycle: 'h23' } : {}) };
  return once(`d/${tag}/${JSON.stringify(full)}`, () => new Intl.DateTimeFormat(tag, full));
}

/** An amount with its currency's sign, to every decimal that the till sent: those that the currency has. */
export function money({ amount, currency }: Money): string {
  const decimals = amount.split('.')[1]?.length ?? 0;
  return numbers({
    style: 'currency', currency, currencyDisplay: 'narrowSymbol', minimumFractionDigits: decimals, maximumFractionDigits: decimals,
  }).format(amount as Intl.StringNumericLiteral);
}

/** An amount for a small button: whole amounts without decimals, and a place to break between sign and figure. */
export function moneyShort({ amount, currency }: Money): string {
  const text = numbers({
    style: 'currency', currency, currencyDisplay: 'narrowSymbol', trailingZeroDisplay: 'stripIfInteger',
  }).format(amount as Intl.StringNumericLiteral);
  return text.replaceAll(/[\u00a0\u202f]/g, ' ');
}

export function isZero(value: Money): boolean {
  return /^-?0*\.?0*$/.test(value.amount);
}

export function isNegative(value: Money): boolean {
  return value.amount.startsWith('-') && !isZero(value);
}

/** The same amount without its sign. */
export function unsigned(value: Money): Money {
  return { ...value, amount: value.amount.replace('-', '') };
}

/** A decimal number that came as text, such as a quantity or a percentage; what is no number stays as it is. */
export function decimal(text: string): string {
  if (!/^-?\d+(\.\d+)?$/.test(text)) return text;
  const decimals = text.split('.')[1]?.length ?? 0;
  return numbers({ minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(text as Intl.StringNumericLiteral);
}

export function quantity(value: Quantity): string {
  return decimal(value);
}

/** What stands between whole and part of a number: the key of the keypad shows it. */
export function decimalMark(): string {
  return numbers({ minimumFractionDigits: 1 }).formatToParts(0).find(({ type }) => type === 'decimal')?.value ?? '.';
}

/**
 * What someone typed as the number that the till reads: digits of any script, and the decimal mark of any language. A
 * mark that could mean thousands is left for the till to refuse.
 */
export function plainDecimal(typed: string): string {
  const text = typed.trim().normalize('NFKC').replaceAll(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660)).replaceAll('٫', '.');
  return /^-?\d+,\d{1,2}$/.test(text) ? text.replace(',', '.') : text;
}

/** One more or one less of a decimal quantity, as text; an answer for the stepper, not a sum of money. */
export function stepQuantity(value: Quantity, by: 1 | -1): Quantity {
  const [whole = '0', rest] = value.split('.');
  const next = String(BigInt(whole) + BigInt(by));
  return rest === undefined ? next : `${next}.${rest}`;
}

/** Whether one less still leaves something. */
export function canStepDown(value: Quantity): boolean {
  const [whole = '0', rest] = value.split('.');
  return rest === undefined ? BigInt(whole) > 1n : BigInt(whole) >= 1n;
}

let zone: string | undefined;

/** Times are shown in the store's zone, wherever the screen stands. */
export function showTimesIn(timeZone: string | null): void {
  if (timeZone === null) return;
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    zone = timeZone;
  } catch {
    // A zone that this browser does not know leaves the machine's own.
    zone = undefined;
  }
}

const inZone = (): Intl.DateTimeFormatOptions => (zone ? { timeZone: zone } : {});

export function timeOfDay(ms: number): string {
  return dates({ hour: '2-digit', minute: '2-digit', second: '2-digit', ...inZone() }).format(ms);
}

export function dateAndTime(ms: number): string {
  return dates({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', ...inZone() }).format(ms);
}

/** A business day, yyyymmdd, as a date. */
export function businessDay(day: number): string {
  const text = String(day);
  const date = Date.UTC(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, Number(text.slice(6, 8)));
  return dates({ day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(date);
}

/** Minutes and seconds since `thenMs`; hours run on as minutes, as kitchens count. */
export function age(thenMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - thenMs) / 1_000));
  return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`;
}

const STEPS = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1_000]] as const;

/** How long ago, in words: `5 minutes ago`. */
export function ago(thenMs: number, nowMs: number): string {
  const past = Math.max(0, nowMs - thenMs);
  const [unit, ms] = STEPS.find(([, length]) => past >= length) ?? STEPS[3];
  return new Intl.RelativeTimeFormat(ABOUT[locale()].numbers, { numeric: 'auto' }).format(-Math.floor(past / ms), unit);
}

/** Parts of a list, such as the choices on a line. */
export function joined(parts: readonly string[]): string {
  return parts.join(ABOUT[locale()].comma);
}

export function count(value: number): string {
  return numbers({}).format(value);
}
