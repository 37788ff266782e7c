// The languages of the screens. Pure data: neither what is said nor which one is chosen.

export const LOCALES = ['en', 'de', 'fr', 'es', 'tr', 'ar', 'ja'] as const;
export type Locale = (typeof LOCALES)[number];

/**
 * The plural forms that each language tells apart, as Intl.PluralRules names them. A counted text of a language must
 * give each of its forms, or it does not compile; a test holds this table against the browser's own.
 */
export interface PluralForms {
  en: 'one' | 'other';
  de: 'one' | 'other';
  fr: 'one' | 'many' | 'other';
  es: 'one' | 'many' | 'other';
  tr: 'one' | 'other';
  ar: 'zero' | 'one' | 'two' | 'few' | 'many' | 'other';
  ja: 'other';
}

export type Forms<L extends Locale> = Readonly<Record<PluralForms[L], string>>;

interface About {
  /** In its own words: who looks for their language can't be expected to read another. */
  readonly name: string;
  readonly dir: 'ltr' | 'rtl';
  /**
   * For numbers and money. Digits are the same in every language, Arabic too: the keypad, order numbers and bar codes
   * have these, and two kinds of digits on one screen are misread.
   */
  readonly numbers: string;
  /** For dates. */
  readonly dates: string;
  /** What stands between the parts of a list. */
  readonly comma: string;
}

export const ABOUT: { readonly [L in Locale]: About } = {
  en: { name: 'English', dir: 'ltr', numbers: 'en', dates: 'en-GB', comma: ', ' },
  de: { name: 'Deutsch', dir: 'ltr', numbers: 'de', dates: 'de', comma: ', ' },
  fr: { name: 'Français', dir: 'ltr', numbers: 'fr', dates: 'fr', comma: ', ' },
  es: { name: 'Español', dir: 'ltr', numbers: 'es', dates: 'es', comma: ', ' },
  tr: { name: 'Türkçe', dir: 'ltr', numbers: 'tr', dates: 'tr', comma: ', ' },
  ar: { name: 'العربية', dir: 'rtl', numbers: 'ar-u-nu-latn', dates: 'ar-u-nu-latn', comma: '، ' },
  ja: { name: '日本語', dir: 'ltr', numbers: 'ja', dates: 'ja', comma: '、' },
};

export function isLocale(value: unknown): value is Locale {
  return LOCALES.some((locale) => locale === value);
}

/** The first language of a list of tags such as `de-AT` that the screens speak. */
export function firstSpoken(tags: readonly string[]): Locale {
  for (const tag of tags) {
    const language = tag.split('-')[0]?.toLowerCase();
    if (isLocale(language)) return language;
  }
  return 'en';
}
