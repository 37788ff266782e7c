// What a language must say: every key of the English list, with the same parameters and its own plural forms.

import type { FailureCode } from '../ipc';
import type { en } from './en';
import type { Forms, Locale } from './locales';

type En = typeof en;
export type MessageKey = keyof En;

/** What `t` takes beside the key. */
export type Params<K extends MessageKey> = En[K] extends (params: infer P, n: string) => unknown ? [params: P] : [];

/**
 * Every text of a language. Where English tells plural forms apart, a language gives all that it has; `n` is the count
 * in its digits.
 */
export type Messages<L extends Locale> = {
  readonly [K in MessageKey]: En[K] extends (params: infer P, n: string) => infer R
    ? R extends string ? (params: P) => string : (params: P, n: string) => Forms<L>
    : string;
};

/** A sentence for each error code: what happened, and the way out. */
export type ErrorTexts = Readonly<Record<FailureCode, string>>;

export interface Language<L extends Locale> {
  readonly messages: Messages<L>;
  readonly errors: ErrorTexts;
}

/** Whichever is spoken. */
export type AnyLanguage = { [L in Locale]: Language<L> }[Locale];

/** Not words with a form for each number, although a count stands in them. */
type Formless = 'modifier.times';

type CountedKey = { [K in MessageKey]: En[K] extends (params: infer P, n: string) => string ? P extends { count: number } ? K : never : never }[MessageKey];

/** A text with a `count` returns plural forms (see en.ts); one that returns a plain text is named by this error. */
export type TextWithoutForms = Exclude<CountedKey, Formless>;
const none: [TextWithoutForms] extends [never] ? true : TextWithoutForms = true;
void none;
