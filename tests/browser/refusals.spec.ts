// Each command and each of its refusals, provoked by a click and read on the screen. docs/REFUSALS.md is made from the
// same table: a row that names a test of this file says what was read here.

import { appendFile } from 'node:fs/promises';

import { errors } from '../../ui/src/lib/i18n/errors';
import { titleOf, type Case, type Refusals, type Stage } from './refusals/case';
import { TABLE } from './refusals/table';
import { casesOf } from './refusals/usual';
import rows from './refusals.json' with { type: 'json' };
import { Api, bend, expect, test, type Made, type Screen, type Till, type Wanted } from './support';

const FILE = 'refusals.spec.ts';
/** Names a file that takes one JSON line for each sentence read, to write the committed table from. */
const RECORD = process.env['DOCKET_RECORD_REFUSALS'];

interface Row {
  readonly command: string;
  readonly code: string;
  readonly test: string;
  readonly sentence: string;
}

for (const refusals of TABLE) {
  test(titleOf(refusals.command), async ({ till, open }) => {
    const stage = await arrive(refusals, till, open);
    for (const refused of casesOf(refusals)) {
      await test.step(refused.code, () => provoke(refusals, refused, stage));
    }
  });
}

test('every row that names a test of the browser names one that exists', () => {
  const titles = new Set(TABLE.map(({ command }) => `browser: ${FILE} › ${titleOf(command)}`));
  const strangers = (rows as readonly Row[]).filter((row) => row.test.startsWith('browser:') && !titles.has(row.test));
  expect(strangers).toEqual([]);
  const seen = TABLE.flatMap((refusals) => casesOf(refusals).map(({ code }) => `${refusals.command} × ${code}`));
  const listed = new Set((rows as readonly Row[]).filter(({ test }) => titles.has(test)).map(({ command, code }) => `${command} × ${code}`));
  expect(seen.filter((pair) => !listed.has(pair)), 'provoked here, but not in the table').toEqual([]);
  expect([...listed].filter((pair) => !seen.includes(pair)), 'in the table, but not provoked here').toEqual([]);
});

async function arrive(refusals: Refusals, till: Till, open: () => Promise<Screen>): Promise<Stage> {
  const { order, role = 'manager' } = refusals;
  const made = new Map<string, Made>();
  const nobody = { orderId: '', label: '', lineIds: [] };
  await till.serve({ demo: refusals.command !== 'set_up_shop' });
  const fresh = till.ready.demo_pins.length === 0;
  const screen = await open();
  const api = fresh ? Api.stranger(till) : await Api.signIn(till, 'manager');
  const other = async (wanted: Wanted) => {
    const key = JSON.stringify(wanted);
    const found = made.get(key) ?? (await api.order(wanted));
    made.set(key, found);
    return found;
  };
  const stage: Stage = { till, screen, api, open, other, order: order ? await api.order(order) : nobody };
  if (!fresh && refusals.command !== 'sign_in') await screen.signIn(till.pinOf(role));
  // A cancelled order is not among the open ones; its own page shows it.
  if (order && refusals.command !== 'reinstate') await takeUp(stage);
  await refusals.arrive(stage);
  return stage;
}

async function takeUp({ screen, order }: Stage): Promise<void> {
  await screen.id('open-orders').click();
  await screen.id('open-order').filter({ hasText: order.label }).click();
  await expect(screen.id('order-label')).toHaveText(order.label);
}

async function provoke(refusals: Refusals, refused: Case, stage: Stage): Promise<void> {
  const { screen } = stage;
  const sent = refusals.sentAs ?? refusals.command;
  const change = refused.bent ? await refused.bent(stage) : refused.bend ? (call: Parameters<NonNullable<Case['bend']>>[0]) => refused.bend?.(call, stage) : null;
  await refused.before?.(stage);
  if (change || refusals.sentAs) {
    await bend(screen.page, sent, (call) => {
      call.name = refusals.command;
      change?.(call);
    });
  }
  await (refused.press ?? refusals.press)(stage);
  await read(refusals, refused, screen);
  await clear(screen);
}

/** What the till names for programs: a command, a field, a limit in minor units. No person reads it. */
const FOR_PROGRAMS = /[a-z]+_[a-z]+|\w+\[\d+\]|[a-z]+\.[a-z]+|minor unit|`/;

/** The sentence on the screen: our words for the code, then what it is about. */
async function read({ command }: Refusals, { code }: Case, screen: Screen): Promise<void> {
  const failure = screen.id('failure').first();
  await expect.soft(failure).toHaveAttribute('data-code', code);
  const sentence = (await failure.innerText()).replaceAll(/\s+/g, ' ').trim();
  const said = { code: await failure.getAttribute('data-code'), words: await failure.locator('strong').innerText() };
  expect.soft(said, `${command} × ${code}: ${sentence}`).toEqual({ code, words: errors[code] });
  // The faults of a menu name the fields of the file, as whoever mends it has to.
  if (code !== 'menu_fault') expect.soft(sentence, 'in words for people').not.toMatch(FOR_PROGRAMS);
  const row: Row = { command, code, test: `browser: ${FILE} › ${titleOf(command)}`, sentence };
  if (RECORD !== undefined) await appendFile(RECORD, `${JSON.stringify(row)}\n`);
  else expect.soft(rows, 'the committed table').toContainEqual(row);
}

/** Nothing was done, and the window goes on as before. */
async function clear(screen: Screen): Promise<void> {
  const notice = screen.id('notice-dismiss');
  for (let left = await notice.count(); left > 0; left -= 1) await notice.first().click();
  await expect(notice).toHaveCount(0);
  const dialog = screen.page.getByRole('dialog');
  for (let left = await dialog.count(); left > 0; left -= 1) {
    await screen.page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(left - 1);
  }
}
