// Money and times as text. Amounts arrive as decimal strings and are never turned into numbers here.

import type { Money, Quantity } from '../ipc';

const LOCALE = 'en';
const moneyFormats = new Map<string, Intl.NumberFormat>();

function moneyFormat(currency: string, decimals: number): Intl.NumberFormat {
  const key = `${currency}/${String(decimals)}`;
  let format = moneyFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(LOCALE, {
      style: 'currency', currency, currencyDisplay: 'narrowSymbol',
      minimumFractionDigits: decimals, maximumFractionDigits: decimals,
    });
    moneyFormats.set(key, format);
  }
  return format;
}

/** An amount with its currency's sign, to every decimal that the till sent. */
export function money(value: Money): string {
  const decimals = value.amount.split('.')[1]?.length ?? 0;
  return moneyFormat(value.currency, decimals).format(value.amount as Intl.StringNumericLiteral);
}

/** An amount for a small button: whole amounts without decimals, and a place to break between sign and figure. */
export function moneyShort(value: Money): string {
  const text = new Intl.NumberFormat(LOCALE, {
    style: 'currency', currency: value.currency, currencyDisplay: 'narrowSymbol', trailingZeroDisplay: 'stripIfInteger',
  }).format(value.amount as Intl.StringNumericLiteral);
  return text.replaceAll('\u00a0', ' ');
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

export function quantity(value: Quantity): string {
  return value;
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
    new Intl.DateTimeFormat(LOCALE, { timeZone });
    zone = timeZone;
  } catch {
    // A zone that this browser does not know leaves the machine's own.
    zone = undefined;
  }
}

export function timeOfDay(ms: number): string {
  return new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit', minute: '2-digit', second: '2-digit', ...(zone ? { timeZone: zone } : {}),
  }).format(ms);
}

export function dateAndTime(ms: number): string {
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', ...(zone ? { timeZone: zone } : {}),
  }).format(ms);
}

/** A business day, yyyymmdd, as a date. */
export function businessDay(day: number): string {
  const text = String(day);
  const date = Date.UTC(Number(text.slice(0, 4)), Number(text.slice(4, 6)) - 1, Number(text.slice(6, 8)));
  return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(date);
}

/** Minutes and seconds since `thenMs`; hours run on as minutes, as kitchens count. */
export function age(thenMs: number, nowMs: number): string {
  const seconds = Math.max(0, Math.floor((nowMs - thenMs) / 1_000));
  return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`;
}

export function count(value: number): string {
  return new Intl.NumberFormat(LOCALE).format(value);
}
