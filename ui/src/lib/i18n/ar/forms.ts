import type { Forms } from '../locales';

/** Sign and figure keep together, in the order in which figures are read. */
export const percent = (figure: string): string => `\u2066${figure}%\u2069`;

/** A text that is the same behind every number. */
export const same = (text: string): Forms<'ar'> => ({ zero: text, one: text, two: text, few: text, many: text, other: text });
