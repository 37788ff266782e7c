// Every word that a person reads comes through here.

export { aboutFailure } from './failure';
export { placeText, remarkText } from './faults';
export * from './format';
export { choose, followOtherWindows, letters, locale, preferredLocale, speak } from './locale.svelte';
export { ABOUT, LOCALES, type Locale } from './locales';
export type { MessageKey } from './messages';
export { importedLines, incidentText, supportText, verifiedText } from './reports';
export { errorText, itemsText, knowsError, t, tableText, termText } from './text';
