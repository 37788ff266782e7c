// The pictures of the screens that are kept: in which shapes each stop of the walk is drawn. docs/SCREENS.md shows them.

import type { Fixtures, PlaywrightTestOptions, PlaywrightWorkerOptions } from '@playwright/test';

/** How a screen is looked at. */
export interface Frame {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly colorScheme?: 'dark';
  readonly contrast?: 'more';
}

export const USUAL: Frame = { name: 'light', width: 1366, height: 768 };

/** Screens that people have before them all day are also kept in these. */
export const MORE: readonly Frame[] = [
  { name: 'dark', width: 1366, height: 768, colorScheme: 'dark' },
  { name: 'contrast', width: 1366, height: 768, contrast: 'more' },
  { name: 'small', width: 1024, height: 600 },
];

/** How the browser is started and set for a picture. */
export const drawnPlainly: Fixtures<object, object, PlaywrightTestOptions, PlaywrightWorkerOptions> = {
  viewport: { width: USUAL.width, height: USUAL.height },
  contextOptions: { reducedMotion: 'reduce' },
  launchOptions: {
    executablePath: process.env['DOCKET_CHROMIUM'] ?? '/usr/bin/chromium',
    // Letters are drawn by their own outlines, not by what this machine's font settings make of them.
    args: ['--no-sandbox', '--disable-background-networking', '--font-render-hinting=none', '--disable-lcd-text', '--force-color-profile=srgb'],
  },
};

/** The stops that are kept in every frame, and in Arabic and Japanese; of the others, the dialogs, one picture is enough. */
export const MAIN: readonly string[] = [
  'first-start', 'sign-in', 'till-cart', 'dialog-modifiers', 'dialog-cash', 'kitchen-board', 'guests-board', 'orders', 'one-order', 'store',
];

/**
 * How far a picture may be from the kept one. Two runs on one machine, at no tolerance at all, differed in at most 9 pixels
 * of 5 pictures out of 101: edges of letters. What a person would see is more than this.
 */
export const TOLERANCE = { threshold: 0.02, maxDiffPixels: 100 };
