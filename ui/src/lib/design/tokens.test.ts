import { expect, test } from 'vitest';

import css from './tokens.css?raw';

type Tokens = ReadonlyMap<string, string>;

/** The declarations behind a selector, where it stands first in the file. */
function block(selector: string): Tokens {
  const found = css.replace(/\/\*[\s\S]*?\*\//g, '').split(`${selector} {`)[1]?.split('}')[0];
  if (found === undefined) throw new Error(`tokens.css has no ${selector}`);
  const rows = found.split(';').map((row) => row.trim().split(/:\s*/)).filter((row) => row.length === 2);
  return new Map(rows.map(([name = '', value = '']) => [name, value]));
}

const LIGHT = block(':root');
const DARK = block(":root[data-theme='dark']");
const CONTRAST = block(":root[data-theme='contrast']");

test('every_theme_has_every_colour', () => {
  const colours = ['color-scheme', ...[...LIGHT.keys()].filter((name) => DARK.has(name))];
  expect(colours.length).toBeGreaterThan(35);
  expect([...DARK.keys()]).toEqual(colours);
  expect([...CONTRAST.keys()].filter((name) => name !== '--edge')).toEqual(colours);
});

function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r = 0, g = 0, b = 0] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function ratio(tokens: Tokens, text: string, ground: string): number {
  const [a, b] = [text, ground].map((name) => luminance(tokens.get(`--${name}`) ?? ''));
  const [light, dark] = [Math.max(a ?? 0, b ?? 0), Math.min(a ?? 0, b ?? 0)];
  return (light + 0.05) / (dark + 0.05);
}

const PAIRS: readonly (readonly [text: string, grounds: readonly string[]])[] = [
  ['ink', ['bg', 'surface', 'raised']],
  ['ink-2', ['bg', 'surface', 'raised']],
  ['ink-off', ['raised', 'surface']],
  ['accent-text', ['accent-soft', 'surface', 'bg']],
  ['danger-text', ['danger-soft', 'surface', 'bg']],
  ['warn-text', ['warn-soft', 'surface']],
  ['info-text', ['info-soft', 'surface']],
  ['on-accent', ['accent', 'accent-press']],
  ['on-danger', ['danger']],
  ['on-warn', ['warn']],
  ['on-info', ['info']],
];

test.each([['light', LIGHT, 4.5], ['dark', DARK, 4.5], ['contrast', CONTRAST, 7]] as const)('text_can_be_read_in_the_theme_%s', (_, tokens, least) => {
  const poor = PAIRS.flatMap(([text, grounds]) => grounds.filter((ground) => ratio(tokens, text, ground) < least).map((ground) => `${text} on ${ground}`));
  expect(poor).toEqual([]);
});
