import type { Forms } from '../locales';

/** Japanese has one form for every number. */
export const same = (text: string): Forms<'ja'> => ({ other: text });
