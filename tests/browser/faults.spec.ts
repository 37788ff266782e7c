// What goes wrong in a shop while someone is at the till: each fault is said in plain words with the way out, and
// nothing is lost or done twice.

import { Api, expect, Line, test, WallClock, type Screen, type Till } from './support';

const labels = (screen: Screen, testid: string) =>
  screen.id(testid).evaluateAll((found) => found.map((one) => one.getAttribute('data-label') ?? '').toSorted());

const newest = async (api: Api) => (await api.query('orders', { limit: 1 })).rows[0]?.order_id ?? '';

test('a till that starts anew under an open dialog says so, and the order is there at its new address', async ({ demo, signedIn }) => {
  const screen = await signedIn('cashier');
  await screen.tile('Cheesecake').click();
  await expect(screen.line('Cheesecake')).toBeVisible();
  await screen.tile('Latte').click();
  await screen.option('Milk', 'Oat drink').click();
  await screen.option('Cup', 'Large').click();
  const { port } = demo.ready;
  await demo.kill();
  await expect(screen.id('feed-health')).toHaveAttribute('data-stale', 'true');
  await expect(screen.id('feed-health')).toContainText('No word from the till since');

  await demo.serve({ demo: true, port });
  await expect(screen.notice('token_required')).toContainText('Open the address that the till printed when it started.');
  // The message is put away and the dialog stays, with what was chosen; it says the same where the hand is.
  await screen.id('notice-dismiss').click();
  await expect(screen.notice('token_required')).toBeHidden();
  await expect(screen.option('Milk', 'Oat drink')).toHaveAttribute('aria-pressed', 'true');
  await screen.id('modifier-submit').click();
  await expect(screen.id('modifier-sheet').getByTestId('failure')).toHaveAttribute('data-code', 'token_required');

  await screen.page.goto(demo.ready.url);
  await screen.signIn(demo.pinOf('cashier'));
  await screen.id('order-tab').click();
  await expect(screen.line('Cheesecake').locator('.quantity')).toHaveText('1');
  await expect(screen.lines).toHaveCount(1);
  await screen.sell('Latte', { choices: [['Milk', 'Oat drink'], ['Cup', 'Large']] });
  await expect(screen.lines).toHaveCount(2);
  await screen.id('exact-cash').click();
  await expect(screen.id('paid')).toContainText('€9.90 paid in cash');
});

test('a feed that breaks is shown, and when it is back nothing is missed and nothing is there twice', async ({ demo, open }) => {
  const line = await Line.to(demo.ready.port);
  const api = await Api.signIn(demo, 'cashier');
  const kitchen = await open(line);
  await kitchen.goto('#/kitchen');
  await kitchen.signIn(demo.pinOf('kitchen'));
  await api.order({ lines: ['Cheesecake'], acts: ['send'] });
  await expect(kitchen.id('ticket')).toHaveCount(1);

  line.set('feed');
  await expect(kitchen.id('feed-stale')).toContainText('No word from the till since');
  await expect(kitchen.id('feed-stale')).toContainText('ask at the counter');
  for (const product of ['Apple cake', 'Carrot cake', 'Croissant']) await api.order({ lines: [product], acts: ['send'] });
  await expect(kitchen.id('ticket')).toHaveCount(1);

  line.set('none');
  await expect(kitchen.id('feed-stale')).toBeHidden();
  await expect.poll(() => labels(kitchen, 'ticket')).toEqual(['A-001', 'A-002', 'A-003', 'A-004']);
  // The feed is live again, not only read once.
  await api.order({ lines: ['Espresso'], acts: ['send'] });
  await expect.poll(() => labels(kitchen, 'ticket')).toEqual(['A-001', 'A-002', 'A-003', 'A-004', 'A-005']);
  await line.close();
});

test('a line that breaks in a sale is said, and the tap that is done again is done once', async ({ demo, open }) => {
  const line = await Line.to(demo.ready.port);
  const screen = await open(line);
  await screen.signIn(demo.pinOf('cashier'));
  await screen.tile('Cheesecake').click();
  await expect(screen.line('Cheesecake')).toBeVisible();
  line.set('all');
  await screen.tile('Apple cake').click();
  await expect(screen.page.getByText('Adding Apple cake…')).toBeVisible();
  await expect(screen.notice('no_answer')).toContainText('check that it runs, then try again');
  await expect(screen.line('Apple cake')).toBeHidden();
  line.set('none');
  await screen.id('notice-dismiss').click();
  await screen.tile('Apple cake').click();
  await expect(screen.line('Apple cake').locator('.quantity')).toHaveText('1');
  await screen.id('exact-cash').click();
  await expect(screen.id('paid')).toContainText('€9.00 paid in cash');
  await line.close();
});

test('an act that is refused after its button was pressed is said, and the screen shows what holds', async ({ demo, signedIn }) => {
  const screen = await signedIn('cashier');
  const api = await Api.signIn(demo, 'manager');
  await screen.tile('Cheesecake').click();
  await expect(screen.id('send')).toBeEnabled();
  let sent = 0;
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await screen.page.route('**/api/commands/send', async (route) => {
    sent += 1;
    await held;
    await route.continue();
  });
  await screen.id('send').click();
  await expect(screen.id('send')).toHaveAttribute('aria-busy', 'true');
  await screen.id('send').dispatchEvent('click');
  await api.command('cancel', { order_id: await newest(api), reason: 'guest left' });
  release();
  await expect(screen.notice('status_forbids')).toContainText('The order has moved on; that is not possible now.');
  await expect(screen.id('cart').getByTestId('state').first()).toHaveAttribute('data-state', 'cancelled');
  await expect(screen.id('send')).toBeDisabled();
  expect(sent).toBe(1);
  await screen.id('new-order').click();
  await screen.tile('Espresso').click();
  await screen.id('exact-cash').click();
  await expect(screen.id('paid')).toContainText('€2.40 paid in cash');
});

test('a clock that is set at the till is told of with the time that it shows, and the till sells on', async ({ till, open }) => {
  const clock = new WallClock();
  await till.serve({ demo: true, env: clock.env });
  const screen = await open();
  await screen.signIn(till.pinOf('cashier'));
  await screen.tile('Cheesecake').click();
  await expect(screen.id('order-tab')).toContainText('0 min');
  for (const aheadS of [3_600, -3_600]) {
    clock.set(aheadS);
    await expect(screen.notice('clock_jumped')).toContainText('Check its date and time');
    const shown = new Date(Date.now() + aheadS * 1_000).toLocaleTimeString('en-GB', { hour: '2-digit', timeZone: await zone(till) });
    await expect(screen.notice('clock_jumped')).toContainText(new RegExp(`, ${shown}:\\d\\d`));
    await screen.id('notice-dismiss').click();
    await expect(screen.notice('clock_jumped')).toBeHidden();
    await expect(screen.id('feed-health')).toHaveAttribute('data-stale', 'false');
    await screen.tile('Cheesecake').click();
    await expect(screen.id('exact-cash')).not.toHaveAttribute('aria-disabled');
  }
  await screen.id('exact-cash').click();
  await expect(screen.id('paid')).toContainText('€14.40 paid in cash');
  await till.stop();
  const verified = await till.tool(['verify']);
  expect(verified.code, verified.out + verified.err).toBe(0);
  clock.remove();
});

test('a screen whose own clock is set keeps the ages, and still says when it no longer hears the till', async ({ demo, context, open }) => {
  await context.addInitScript(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + ((window as unknown as { moved_ms?: number }).moved_ms ?? 0);
  });
  const api = await Api.signIn(demo, 'cashier');
  const kitchen = await open();
  await kitchen.goto('#/kitchen');
  await kitchen.signIn(demo.pinOf('kitchen'));
  await api.order({ lines: ['Cheesecake'], acts: ['send'] });
  await expect(kitchen.id('age')).toHaveText(/^0:\d\d/);
  for (const moved of [5_400_000, -5_400_000]) {
    await kitchen.page.evaluate((ms) => {
      (window as unknown as { moved_ms: number }).moved_ms = ms;
    }, moved);
    await api.order({ lines: ['Espresso'], acts: ['send'] });
    await expect(kitchen.id('ticket')).toHaveCount(moved > 0 ? 2 : 3);
    for (const age of await kitchen.id('age').allTextContents()) expect(age).toMatch(/^[0-3]:\d\d/);
    await expect(kitchen.id('feed-stale')).toBeHidden();
  }
  await demo.kill();
  await expect(kitchen.id('feed-stale')).toContainText('No word from the till since');
});

/** Where the shop is; its times are shown in its own zone. */
async function zone(till: Till): Promise<string> {
  return (await Api.stranger(till).query('shop', {})).time_zone ?? 'UTC';
}
