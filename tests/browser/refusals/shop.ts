// Commands that act on no order: who is here, the shop, its menu and its log.

import { readFile } from 'node:fs/promises';

import { MENUS } from '../support';
import { set, STRANGER, type Refusals, type Stage } from './case';

/** Taps a name and enters a PIN. */
const enter = (pin: string) => async ({ screen, till }: Stage) => {
  await screen.person(till.pinOf('cashier').name).click();
  for (const digit of pin) await screen.id(`key-${digit}`).click();
  await screen.id('pin-enter').click();
};

const FIELDS = {
  'setup-shop-name': 'Café am Eck', 'setup-currency': 'EUR', 'setup-manager': 'Ada', 'setup-pin': '4711', 'setup-pin-again': '4711',
};

const setUp = (more: Partial<typeof FIELDS> = {}) => async ({ screen }: Stage) => {
  for (const [field, text] of Object.entries({ ...FIELDS, ...more })) await screen.id(field).fill(text);
  await screen.id('setup-submit').click();
};

const importText = (text: () => string | Promise<string>) => async ({ screen }: Stage) => {
  await screen.id('menu-text').fill(await text());
  await screen.id('menu-import').click();
};

async function dollarMenu(): Promise<string> {
  const { menus } = JSON.parse(await readFile(MENUS, 'utf8')) as { menus: { id: string }[] };
  return JSON.stringify(menus.find(({ id }) => id === 'clover-salads'));
}

export const SHOP: readonly Refusals[] = [
  {
    command: 'sign_in',
    arrive: ({ screen }) => screen.id('person').first().waitFor(),
    press: enter('2222'),
    usual: ['read'],
    cases: [
      { code: 'wrong_pin', press: enter('9999') },
      { code: 'unknown_person', bend: set('person_id', STRANGER) },
      { code: 'name_invalid', bend: set('station', 'x'.repeat(41)) },
    ],
  },
  {
    command: 'set_up_shop',
    arrive: ({ screen }) => screen.id('setup-submit').waitFor(),
    press: setUp(),
    usual: ['read'],
    cases: [
      { code: 'name_invalid', press: setUp({ 'setup-shop-name': '' }) },
      { code: 'pin_invalid', press: setUp({ 'setup-pin': '12', 'setup-pin-again': '12' }) },
      { code: 'unknown_currency', press: setUp({ 'setup-currency': 'EUX' }) },
      { code: 'currency_mismatch', bend: set('currency', 'USD') },
      { code: 'unknown_sample', bend: set('sample_menu', 'moon-bar') },
      { code: 'unknown_time_zone', bend: set('time_zone', 'Mars/Olympus') },
      { code: 'shop_exists', before: setUpElsewhere },
    ],
  },
  {
    command: 'import_menu',
    arrive: ({ screen }) => screen.goto('#/store'),
    press: importText(() => '{}'),
    usual: ['read', 'allowed', 'signed_in'],
    cases: [
      { code: 'menu_fault', press: importText(() => '{"items": 7}') },
      { code: 'currency_mismatch', press: importText(dollarMenu) },
      { code: 'body_too_large', bend: set('menu', 'x'.repeat(4 * 1024 * 1024)) },
    ],
  },
  {
    command: 'verify',
    arrive: ({ screen }) => screen.goto('#/store'),
    press: ({ screen }) => screen.id('verify').click(),
    usual: ['read', 'allowed', 'signed_in'],
    cases: [],
  },
  {
    command: 'rebuild',
    arrive: ({ screen }) => screen.goto('#/store'),
    press: ({ screen }) => screen.id('rebuild').click(),
    usual: ['read', 'allowed', 'signed_in'],
    cases: [],
  },
];

/** Someone is quicker at another window, and this one has not heard of it. */
async function setUpElsewhere({ screen, api }: Stage): Promise<void> {
  await screen.page.route('**/api/changes*', (route) => route.abort());
  await screen.page.reload();
  await screen.id('setup-submit').waitFor();
  await api.command('set_up_shop', { shop_name: 'First', currency: 'EUR', manager_name: 'Eve', pin: '1234' });
}
