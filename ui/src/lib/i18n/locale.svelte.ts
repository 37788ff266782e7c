// Which language this device speaks. Everything that `t` and the formats say follows it, without a reload.

import { en } from './en';
import { errors } from './errors';
import { ABOUT, firstSpoken, isLocale, type Locale } from './locales';
import type { AnyLanguage, Language } from './messages';

const KEY = 'docket.language';

interface Spoken {
  readonly locale: Locale;
  readonly language: AnyLanguage;
}

// English is at hand from the start: what is said where another language can't be loaded.
const english: Spoken = { locale: 'en', language: { messages: en, errors } };
// Each of the others is a file of its own, fetched when it is chosen.
const OTHERS: { readonly [L in Exclude<Locale, 'en'>]: () => Promise<Language<L>> } = {
  de: async () => (await import('./de')).de,
  fr: async () => (await import('./fr')).fr,
  es: async () => (await import('./es')).es,
  tr: async () => (await import('./tr')).tr,
  ar: async () => (await import('./ar')).ar,
  ja: async () => (await import('./ja')).ja,
};

let spoken = $state.raw<Spoken>(english);
/** Counts the choices, so that a language that loads slowly does not override a later choice. */
let choices = 0;

export function locale(): Locale {
  return spoken.locale;
}

export function language(): AnyLanguage {
  return spoken.language;
}

/** Each letter that the language is written with, once. */
export function letters(): string {
  return [...new Set(Object.values(spoken.language.messages).filter((text) => typeof text === 'string').join(''))].join('');
}

/** The language that this device keeps, else the first of the machine's that the screens speak. */
export function preferredLocale(): Locale {
  const kept = read();
  return isLocale(kept) ? kept : firstSpoken(navigator.languages);
}

/** Speaks a language from now on. If it can't be loaded, all stays as it is. */
export async function speak(wanted: Locale): Promise<boolean> {
  choices += 1;
  const choice = choices;
  try {
    const next = wanted === 'en' ? english : { locale: wanted, language: await OTHERS[wanted]() };
    if (choice === choices) adopt(next);
    return true;
  } catch {
    return false;
  }
}

/** Speaks a language and keeps it for this device. */
export async function choose(wanted: Locale): Promise<boolean> {
  const done = await speak(wanted);
  if (done) keep(wanted);
  return done;
}

/** Follows a choice that is made in another window of this device, until the returned function is called. */
export function followOtherWindows(): () => void {
  const heard = ({ key, newValue }: StorageEvent) => {
    if (key === KEY && isLocale(newValue)) void speak(newValue);
  };
  addEventListener('storage', heard);
  return () => removeEventListener('storage', heard);
}

function adopt(next: Spoken): void {
  spoken = next;
  const root = document.documentElement;
  root.lang = next.locale;
  root.dir = ABOUT[next.locale].dir;
}

// A browser may refuse its storage; the choice then lasts as long as the window.
function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

function keep(chosen: Locale): void {
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    return;
  }
}
