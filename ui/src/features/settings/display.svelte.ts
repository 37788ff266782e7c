// How this device shows the screens: text size, density and theme. They stand as attributes on <html>, where the tokens
// of the design find them, and are kept for the device. The theme there is always one of three: where the system
// decides, its choice is followed.

export const THEMES = ['system', 'light', 'dark', 'contrast'] as const;
export type Theme = (typeof THEMES)[number];
export const DENSITIES = ['touch', 'mouse'] as const;
export type Density = (typeof DENSITIES)[number];
/** Percent of the usual text. */
export const TEXT_SIZES = [100, 115, 130, 150, 175, 200] as const;

interface Choices {
  readonly theme: Theme;
  readonly density: Density;
  readonly textPercent: number;
}

const KEY = 'docket.display';
/** What is shown now, for `public/theme.js`: it has no time to ask. */
const SHOWN_KEY = 'docket.theme';
const USUAL: Choices = { theme: 'system', density: 'touch', textPercent: 100 };

/** What the system can ask for, the strongest first. */
const WISHES = [['contrast', matchMedia('(prefers-contrast: more)')], ['dark', matchMedia('(prefers-color-scheme: dark)')]] as const;

let chosen = $state.raw<Choices>(USUAL);

export const display = {
  get theme() {
    return chosen.theme;
  },
  get density() {
    return chosen.density;
  },
  get textPercent() {
    return chosen.textPercent;
  },
};

/** Shows what is chosen, and keeps it for this device. */
export function show(change: Partial<Choices>): void {
  adopt({ ...chosen, ...change });
  keep(KEY, JSON.stringify(chosen));
}

/** The next size in a direction; none at the end of the list. */
export function nextTextSize(by: 1 | -1): number | null {
  const larger = TEXT_SIZES.filter((percent) => (by === 1 ? percent > chosen.textPercent : percent < chosen.textPercent));
  return (by === 1 ? larger[0] : larger.at(-1)) ?? null;
}

/** Takes up what this device keeps, and follows its other windows and the system until the returned function is called. */
export function startDisplay(): () => void {
  adopt(readChoices(kept()));
  const heard = ({ key, newValue }: StorageEvent) => {
    if (key === KEY) adopt(readChoices(newValue));
  };
  addEventListener('storage', heard);
  for (const [, asked] of WISHES) asked.addEventListener('change', paint);
  return () => {
    removeEventListener('storage', heard);
    for (const [, asked] of WISHES) asked.removeEventListener('change', paint);
  };
}

function paint(): void {
  const theme = chosen.theme === 'system' ? (WISHES.find(([, asked]) => asked.matches)?.[0] ?? 'light') : chosen.theme;
  document.documentElement.dataset['theme'] = theme;
  keep(SHOWN_KEY, theme);
}

function adopt(next: Choices): void {
  chosen = next;
  paint();
  const root = document.documentElement;
  root.dataset['density'] = next.density;
  // No `style` attribute is written: the hosts' policy allows scripts to set properties, and nothing else.
  root.style.fontSize = next.textPercent === 100 ? '' : `calc(var(--root-size) * ${String(next.textPercent / 100)})`;
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser may refuse its storage; the choice then lasts as long as the window.
    return;
  }
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** What was kept, part by part: a part that this version does not know is as usual. */
export function readChoices(text: string | null): Choices {
  let read: Partial<Record<keyof Choices, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) read = parsed;
  } catch {
    return USUAL;
  }
  const one = <T>(list: readonly T[], value: unknown, usual: T): T => list.find((known) => known === value) ?? usual;
  return {
    theme: one(THEMES, read.theme, USUAL.theme),
    density: one(DENSITIES, read.density, USUAL.density),
    textPercent: one<number>(TEXT_SIZES, read.textPercent, USUAL.textPercent),
  };
}
