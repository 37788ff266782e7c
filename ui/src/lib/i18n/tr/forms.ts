import type { Forms } from '../locales';

/** A text that is the same behind every number. */
export const same = (text: string): Forms<'tr'> => ({ one: text, other: text });
