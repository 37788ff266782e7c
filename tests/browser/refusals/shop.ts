// Commands that act on no order: who is here, the shop, its menu and its log.

import { readFile } from 'node:fs/promises';

import { MENUS, SAMPLE, type Call } from '../support';
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

/** Fills in the three steps, whichever of them is shown; the till is asked at the end. */
const setUp = (more: Partial<typeof FIELDS> = {}) => async ({ screen }: Stage) => {
  for (const [field, text] of Object.entries({ ...FIELDS, ...more })) {
    await screen.id(STEP_OF[field] ?? '').click();
    await screen.id(field).fill(text);
  }
  await screen.id('setup-submit').click();
};

const STEP_OF: Readonly<Record<string, string>> = {
  'setup-shop-name': 'setup-step-shop', 'setup-currency': 'setup-step-shop', 'setup-manager': 'setup-step-pin', 'setup-pin': 'setup-step-pin',
  'setup-pin-again': 'setup-step-pin',
};

/** A good menu is checked before it is imported. */
async function checkMenu({ screen }: Stage): Promise<void> {
  await screen.goto('#/store');
  await screen.id('menu-text').fill(await readFile(SAMPLE, 'utf8'));
  await screen.id('menu-check').click();
  await screen.id('menu-preview').waitFor();
}

async function dollarMenu(): Promise<string> {
  const { menus } = JSON.parse(await readFile(MENUS, 'utf8')) as { menus: { id: string }[] };
  return JSON.stringify(menus.find(({ id }) => id === 'clover-salads'));
}

/** Adds someone in the dialog. */
const add = (name = 'Zoë', pin = '8642') => async ({ screen }: Stage) => {
  await screen.id('person-add').click();
  await screen.id('person-edit-name').fill(name);
  for (const field of ['person-edit-pin', 'person-edit-pin-again']) await screen.id(field).fill(pin);
  await screen.id('person-submit').click();
};

/** Changes someone in the dialog: whoever stands at that place of the list. */
const change = (place: number, act: (stage: Stage) => Promise<unknown>) => async (stage: Stage) => {
  await stage.screen.id('staff-member').nth(place).click();
  await act(stage);
  await stage.screen.id('person-submit').click();
};

const fill = (fields: readonly string[], text: string) => async ({ screen }: Stage) => {
  for (const field of fields) await screen.id(field).fill(text);
};

/** Names the shop, or has it charge in something else; what is not said is as it was. */
const shop = (fields: Partial<Record<'shop-name' | 'shop-currency', string>>) => async ({ screen }: Stage) => {
  for (const [field, text] of Object.entries({ 'shop-name': 'Corner', 'shop-currency': 'EUR', ...fields })) await screen.id(field).fill(text);
  await screen.id('shop-save').click();
};

/** Connects to a head office at an address of this machine at which nobody listens. */
const connect = async (stage: Stage) => {
  await fill(['office-url'], 'http://127.0.0.1:9')(stage);
  await fill(['office-code'], 'a code')(stage);
  await stage.screen.id('office-plain').check();
  await stage.screen.id('office-enrol').click();
};

const checkText = async ({ screen }: Stage) => {
  await screen.id('menu-text').fill('{}');
  await screen.id('menu-check').click();
};

async function someone({ api }: Stage): Promise<(call: Call) => void> {
  const { people } = await api.query('shop', {});
  return set('person_id', people[0]?.person.person_id);
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
    arrive: ({ screen }) => screen.id('setup-step').waitFor(),
    press: setUp(),
    usual: ['read'],
    cases: [
      { code: 'name_invalid', press: setUp({ 'setup-shop-name': 'x'.repeat(81) }) },
      { code: 'pin_invalid', press: setUp({ 'setup-pin': '12', 'setup-pin-again': '12' }) },
      { code: 'unknown_currency', press: setUp({ 'setup-currency': 'EUX' }) },
      { code: 'currency_mismatch', bend: set('currency', 'USD') },
      { code: 'unknown_sample', bend: set('sample_menu', 'moon-bar') },
      { code: 'menu_fault', bend: set('menu', '{}') },
      { code: 'unknown_time_zone', bend: set('time_zone', 'Mars/Olympus') },
      { code: 'shop_exists', before: setUpElsewhere },
    ],
  },
  {
    command: 'import_menu',
    arrive: checkMenu,
    press: ({ screen }) => screen.id('menu-import').click(),
    usual: ['read', 'allowed', 'signed_in'],
    cases: [
      { code: 'menu_fault', bend: set('menu', '{"items": 7}') },
      { code: 'currency_mismatch', bent: async () => set('menu', await dollarMenu()) },
      { code: 'body_too_large', bend: set('menu', 'x'.repeat(4 * 1024 * 1024)) },
    ],
  },
  {
    command: 'check_menu',
    arrive: ({ screen }) => screen.goto('#/store'),
    press: checkText,
    usual: ['read', 'allowed', 'signed_in'],
    cases: [{ code: 'body_too_large', bend: set('menu', 'x'.repeat(4 * 1024 * 1024)) }],
  },
  {
    command: 'add_person',
    arrive: ({ screen }) => screen.goto('#/manage'),
    press: add(),
    usual: ['read', 'allowed', 'signed_in'],
    cases: [
      { code: 'name_invalid', press: add('x'.repeat(61)) },
      { code: 'pin_invalid', press: add('Zoë', '12') },
      { code: 'person_exists', bent: someone },
    ],
  },
  {
    command: 'change_person',
    arrive: ({ screen }) => screen.goto('#/manage'),
    press: change(1, fill(['person-edit-name'], 'Carla')),
    usual: ['read', 'allowed', 'signed_in'],
    cases: [
      { code: 'name_invalid', press: change(1, fill(['person-edit-name'], ' ')) },
      { code: 'pin_invalid', press: change(1, fill(['person-edit-pin', 'person-edit-pin-again'], '123')) },
      { code: 'unknown_person', bend: set('person_id', STRANGER) },
      { code: 'last_manager', press: change(0, ({ screen }) => screen.id('person-active').click()) },
    ],
  },
  {
    command: 'change_shop',
    arrive: ({ screen }) => screen.goto('#/manage'),
    press: shop({ 'shop-name': 'Corner' }),
    usual: ['read', 'allowed', 'signed_in'],
    cases: [
      { code: 'name_invalid', press: shop({ 'shop-name': 'x'.repeat(81) }) },
      { code: 'unknown_currency', press: shop({ 'shop-currency': 'EUX' }) },
      { code: 'menu_needed', press: shop({ 'shop-currency': 'USD' }) },
      { code: 'currency_mismatch', press: shop({ 'shop-currency': 'USD' }), bent: async () => set('menu', await readFile(SAMPLE, 'utf8')) },
      { code: 'menu_fault', bend: set('menu', '{}') },
      { code: 'currency_in_use', before: ({ other }) => other({ lines: ['Espresso'] }), press: shop({ 'shop-currency': 'USD' }) },
    ],
  },
  {
    command: 'set_device',
    arrive: ({ screen }) => screen.goto('#/manage'),
    press: async (stage) => {
      await fill(['device-name'], 'Window')(stage);
      await stage.screen.id('device-save').click();
    },
    usual: ['read', 'allowed', 'signed_in'],
    cases: [{
      code: 'name_invalid',
      press: async (stage) => {
        await fill(['device-name'], 'x'.repeat(41))(stage);
        await stage.screen.id('device-save').click();
      },
    }],
  },
  {
    command: 'enrol',
    arrive: ({ screen }) => screen.goto('#/manage'),
    press: connect,
    usual: ['read', 'allowed', 'signed_in'],
    cases: [{ code: 'head_office_unreachable' }],
  },
  {
    command: 'verify',
    arrive: ({ screen }) => screen.goto('#/store'),
    press: ({ screen }) => screen.id('verify').click(),
    usual: ['read', 'allowed', 'signed_in'],
    cases: [],
  },
  {
    command: 'export',
    arrive: ({ screen }) => screen.goto('#/store'),
    press: ({ screen }) => screen.id('export').click(),
    usual: ['read', 'allowed', 'signed_in'],
    cases: [],
  },
  {
    command: 'import_part',
    arrive: ({ screen }) => screen.goto('#/store'),
    press: async ({ screen }) => {
      await screen.id('log-file').setInputFiles({ name: 'till-b.jsonl', mimeType: 'application/json', buffer: Buffer.from('{}\n') });
      await screen.id('log-import').click();
    },
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
  await screen.id('setup-step').waitFor();
  await api.command('set_up_shop', { shop_name: 'First', currency: 'EUR', manager_name: 'Eve', pin: '1234' });
}
