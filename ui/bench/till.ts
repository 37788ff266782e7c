// The real `docket-till serve`, which brings the screens or the bare page to the browser.

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { chromium, type Browser, type Page } from 'playwright-core';

import { ask, variable, type Pin } from './ask';

interface Ready {
  readonly url: string;
  readonly demo_pins: readonly Pin[];
}

export interface Served {
  readonly url: string;
  readonly manager: Pin;
  end(): Promise<void>;
}

async function serve(folder: string, screens: string): Promise<Served> {
  const store = ['--data', join(folder, 'data'), '--witness', join(folder, 'witness')];
  const child = spawn(variable('DOCKET_TILL'), ['serve', '--demo', '--ui', screens, ...store], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    void ended.then(() => reject(new Error('serve ended before it was ready')));
  });
  const ready = JSON.parse(line) as Ready;
  const manager = ready.demo_pins.find(({ role }) => role === 'manager');
  if (manager === undefined) throw new Error('the demo shop has no manager');
  return {
    url: ready.url,
    manager,
    end: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

export const serveScreens = (folder: string): Promise<Served> => serve(folder, variable('DOCKET_UI'));
export const serveBarePage = (folder: string): Promise<Served> => serve(folder, variable('DOCKET_PAGES'));

/** The screens, and the bare page beside them on the same till: a long past is too large to be had twice. */
export function serveBoth(folder: string): Promise<Served> {
  const both = mkdtempSync(join(ask.scratch, 'pages-'));
  cpSync(variable('DOCKET_UI'), both, { recursive: true });
  cpSync(variable('DOCKET_PAGES'), join(both, 'bare'), { recursive: true });
  return serve(folder, both);
}

/** A browser in which the page behind does not sleep. */
export function browse(): Promise<Browser> {
  const awake = ['--disable-renderer-backgrounding', '--disable-background-timer-throttling', '--disable-backgrounding-occluded-windows'];
  return chromium.launch({ executablePath: variable('DOCKET_CHROMIUM'), args: ['--no-sandbox', '--disable-background-networking', ...awake] });
}

const VIEWPORT = { width: 1280, height: 800 };

/** The screens with the manager signed in. */
export async function openScreens(browser: Browser, till: Served, before?: (page: Page) => void): Promise<Page> {
  const page = await (await browser.newContext({ viewport: VIEWPORT, locale: 'en-GB' })).newPage();
  before?.(page);
  await page.goto(till.url);
  await page.getByTestId('person').filter({ hasText: till.manager.name }).click();
  for (const digit of till.manager.pin) await page.getByTestId(`key-${digit}`).click();
  await page.getByTestId('pin-enter').click();
  await page.getByTestId('tile').first().waitFor();
  return page;
}

/** The bare page with the manager signed in, on a till of its own or beside the screens. */
export async function openBarePage(browser: Browser, till: Served, beside?: Page): Promise<Page> {
  const context = beside?.context() ?? (await browser.newContext({ viewport: VIEWPORT, locale: 'en-GB' }));
  const page = await context.newPage();
  await page.goto(beside ? new URL('/bare/index.html', beside.url()).href : till.url);
  const { name, pin } = till.manager;
  await page.evaluate(([who, word]) => globalThis.bare.signIn(who, word), [name, pin] as const);
  return page;
}
