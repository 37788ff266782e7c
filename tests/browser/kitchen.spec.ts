// The kitchen's screen, beside a till in the same shop. Nothing here is loaded again by hand: the log pushes.

import { Api, expect, test, type Screen } from './support';

const ticket = (kitchen: Screen, label: string) => kitchen.id('ticket').and(kitchen.page.locator(`[data-label="${label}"]`));
const done = (kitchen: Screen, label: string) => kitchen.id('ready-ticket').and(kitchen.page.locator(`[data-label="${label}"]`));

test('a ticket comes, is cooked, recalled, cooked again and handed over', async ({ demo, signedIn, open }) => {
  const till = await signedIn('cashier');
  const kitchen = await open();
  await kitchen.goto('#/kitchen');
  await kitchen.signIn(demo.pinOf('kitchen'));
  await expect(kitchen.page.getByText('Nothing to cook.')).toBeVisible();

  await till.sell('Avocado toast', { choices: [['Bread', 'Rye']], note: 'no salt' });
  await till.tile('Cheesecake').click();
  await expect(till.lines).toHaveCount(2);
  await till.send();

  const card = ticket(kitchen, 'A-001');
  await expect(card).toContainText('Avocado toast');
  await expect(card).toContainText('Rye');
  await expect(card).toContainText('“no salt”');
  await expect(card.getByTestId('age')).toHaveText(/^\d+:\d\d$/);
  await expect(kitchen.id('feed-heard')).toContainText('Last word from the till');
  await card.getByTestId('start').click();
  await expect(card.getByTestId('ticket-line').first()).toHaveAttribute('data-state', 'started');
  await expect(till.lines.first()).toHaveAttribute('data-state', 'started');

  await card.getByTestId('ticket-line').filter({ hasText: 'Cheesecake' }).click();
  await expect(card.getByTestId('ticket-line').filter({ hasText: 'Cheesecake' })).toHaveAttribute('data-state', 'ready');
  await card.getByTestId('ready').click();
  await expect(card).toBeHidden();
  await expect(till.id('cart').getByTestId('state').first()).toHaveAttribute('data-state', 'ready');

  await done(kitchen, 'A-001').getByTestId('recall').click();
  await expect(card.getByTestId('ticket-line').first()).toContainText('again');
  await card.getByTestId('ready').click();
  await done(kitchen, 'A-001').getByTestId('hand-over').click();
  await expect(kitchen.page.getByText('Nothing waits to be handed over.')).toBeVisible();
  await expect(till.lines.first()).toHaveAttribute('data-state', 'handed_over');
});

test('a void with its reason stays on the ticket until the kitchen has seen it', async ({ demo, signedIn, open }) => {
  const till = await signedIn('cashier');
  await till.tile('Cheesecake').click();
  await till.tile('Apple cake').click();
  await expect(till.lines).toHaveCount(2);
  await till.send();
  const kitchen = await open();
  await kitchen.goto('#/kitchen');
  await kitchen.signIn(demo.pinOf('kitchen'));
  const card = ticket(kitchen, 'A-001');
  await expect(card.getByTestId('ticket-line')).toHaveCount(2);

  await till.line('Apple cake').click();
  await till.id('line-void').click();
  await till.id('reason-preset').filter({ hasText: 'Sold out' }).click();
  await till.id('reason-submit').click();
  await expect(till.line('Apple cake')).toHaveAttribute('data-state', 'voided');

  await expect(card.getByTestId('ticket-change')).toContainText('Voided');
  await expect(card.getByTestId('ticket-change')).toContainText('Apple cake');
  await expect(card.getByTestId('ticket-change')).toContainText('Sold out');
  await kitchen.page.reload();
  await expect(card.getByTestId('ticket-change')).toContainText('Apple cake');
  await card.getByTestId('acknowledge').click();
  await expect(card.getByTestId('ticket-change')).toHaveCount(0);
});

test('a cancel stays on the board until the kitchen has seen it', async ({ demo, signedIn, open }) => {
  const till = await signedIn('manager');
  await till.tile('Cheesecake').click();
  await till.send();
  const kitchen = await open();
  await kitchen.goto('#/kitchen');
  await kitchen.signIn(demo.pinOf('kitchen'));
  const card = ticket(kitchen, 'A-001');
  await card.getByTestId('start').click();
  await expect(till.lines.first()).toHaveAttribute('data-state', 'started');

  await till.id('order-menu').click();
  await till.id('act-cancel').click();
  await till.id('reason').fill('guest left');
  await till.id('reason-submit').click();

  await expect(card.getByTestId('ticket-cancelled')).toHaveText('CANCELLED: stop cooking');
  await expect(card.getByTestId('ticket-change')).toContainText('guest left');
  await card.getByTestId('acknowledge').click();
  await expect(kitchen.page.getByText('Nothing to cook.')).toBeVisible();
});

test('the kitchen says within seconds that it no longer hears the till', async ({ demo, signedIn }) => {
  const kitchen = await signedIn('kitchen', '#/kitchen');
  await expect(kitchen.id('feed-heard')).toContainText(/\d\d:\d\d:\d\d/);
  const { port } = demo.ready;
  await demo.kill();
  await expect(kitchen.id('feed-stale')).toContainText('No word from the till since');
  await expect(kitchen.id('feed-stale')).toContainText('ask at the counter');
  await expect(kitchen.id('feed-health')).toHaveAttribute('data-stale', 'true');

  // Another start has other keys: the window says so once it is told again, and the new address opens it.
  await demo.serve({ port });
  await kitchen.page.reload();
  await expect(kitchen.failure('token_required')).toContainText('This window has no key to the till.');
  await kitchen.page.goto(`${demo.ready.url}#/kitchen`);
  await expect(kitchen.id('person').first()).toBeVisible();
});

test('the kitchen works its board by keys alone', async ({ demo, signedIn, open }) => {
  const till = await signedIn('cashier');
  for (const product of ['Cheesecake', 'Apple cake']) {
    await till.tile(product).click();
    await till.send();
    await till.id('new-order').click();
  }
  const kitchen = await open();
  await kitchen.goto('#/kitchen');
  await kitchen.signIn(demo.pinOf('kitchen'));
  await expect(kitchen.id('ticket')).toHaveCount(2);
  const { keyboard } = kitchen.page;
  // A bump bar: the digit of a ticket does its next step.
  await keyboard.press('2');
  await expect(ticket(kitchen, 'A-002').getByTestId('ticket-line')).toHaveAttribute('data-state', 'started');
  await keyboard.press('2');
  await expect(done(kitchen, 'A-002')).toBeVisible();
  // A keyboard: choose a ticket, then a line.
  await keyboard.press('ArrowRight');
  await expect(ticket(kitchen, 'A-001')).toBeFocused();
  await keyboard.press('s');
  await expect(ticket(kitchen, 'A-001').getByTestId('ticket-line')).toHaveAttribute('data-state', 'started');
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await expect(done(kitchen, 'A-001')).toBeVisible();
  await keyboard.press('r');
  await expect(ticket(kitchen, 'A-001')).toContainText('again');
  await keyboard.press('?');
  await expect(kitchen.id('key-map')).toContainText('Next step of the ticket with this number');
  await keyboard.press('Escape');
  await keyboard.press('v');
  await expect(kitchen.id('pass-ticket')).toHaveCount(2);
});

test('what is sent later pulses until it is seen, and what is to be made is summed up', async ({ demo, signedIn, open }) => {
  const till = await signedIn('cashier');
  await till.tile('Cheesecake').click();
  await till.send();
  const kitchen = await open();
  await kitchen.goto('#/kitchen');
  await kitchen.signIn(demo.pinOf('kitchen'));
  const card = ticket(kitchen, 'A-001');
  await expect(card.getByTestId('ticket-line')).toHaveCount(1);
  await expect(kitchen.id('sound-asleep'), 'the sign-in was a touch').toBeHidden();

  await till.tile('Apple cake').click();
  await till.tile('Cheesecake').click();
  await till.id('send').click();
  const change = card.locator('[data-testid="ticket-change"][data-kind="added"]');
  await expect(change).toContainText('1 × Apple cake');
  await expect(kitchen.id('sound')).toHaveAttribute('data-last', 'change');
  await kitchen.id('all-day-toggle').click();
  await expect(kitchen.id('all-day-row').first()).toHaveText('2Cheesecake');
  await kitchen.page.reload();
  await expect(change).toContainText('1 × Apple cake');
  await expect(kitchen.id('all-day-row')).toHaveCount(2);
  await card.getByTestId('acknowledge').click();
  await expect(change).toHaveCount(0);
  await expect(card.getByTestId('ticket-line')).toHaveCount(3);
});

test('a full board has pages that say what they hold, and a recall finds its old place', async ({ demo, signedIn, open }) => {
  const api = await Api.signIn(demo, 'manager');
  const sent: string[] = [];
  for (let number = 0; number < 14; number += 1) sent.push((await api.order({ lines: ['Cheesecake', 'Apple cake'], acts: ['send'] })).label);
  const kitchen = await signedIn('kitchen', '#/kitchen');
  await kitchen.page.setViewportSize({ width: 1024, height: 600 });
  await expect(kitchen.id('page')).toContainText(/Page 1 of [2-9]/);
  await expect(kitchen.id('page-after')).toHaveText(/^\s*\d+ more\s*$/);
  const onPage = () => kitchen.page.locator('[data-testid="ticket"]').evaluateAll((cards) =>
    cards.filter((card) => getComputedStyle(card).visibility === 'visible').map((card) => (card as HTMLElement).dataset['label'] ?? ''));
  const seen: string[] = [];
  for (;;) {
    seen.push(...(await onPage()));
    if (await kitchen.id('page-after').isDisabled()) break;
    await kitchen.id('page-after').click();
  }
  expect([...new Set(seen)], 'every ticket is on some page, in order').toEqual(sent);
  await kitchen.page.keyboard.press('PageUp');

  await open().then(async (other) => {
    await other.goto('#/kitchen');
    await other.signIn(demo.pinOf('kitchen'));
    await expect(ticket(other, 'A-002')).toBeVisible();
    await other.page.keyboard.press('2');
    await other.page.keyboard.press('2');
    await expect(done(other, 'A-002')).toBeVisible();
    await other.page.keyboard.press('r');
    await expect(ticket(other, 'A-002')).toContainText('again');
    await expect(other.id('ticket').nth(1)).toHaveAttribute('data-label', 'A-002');
  });
});

test('the pass hands over what is ready of every order', async ({ demo, signedIn, open }) => {
  const till = await signedIn('cashier');
  await till.tile('Cheesecake').click();
  await till.tile('Apple cake').click();
  await till.send();
  const pass = await open();
  await pass.goto('#/kitchen/pass');
  await pass.signIn(demo.pinOf('kitchen'));
  const card = pass.id('pass-ticket');
  await expect(card.getByTestId('progress')).toHaveText('0 of 2 ready');
  const cook = await open();
  await cook.goto('#/kitchen');
  await cook.signIn(demo.pinOf('kitchen'));
  await ticket(cook, 'A-001').getByTestId('ticket-line').filter({ hasText: 'Apple cake' }).click();
  await expect(card.getByTestId('progress')).toHaveText('1 of 2 ready');
  await pass.page.keyboard.press('1');
  await expect(till.line('Apple cake')).toHaveAttribute('data-state', 'handed_over');
  await ticket(cook, 'A-001').getByTestId('ready').click();
  await expect(card).toContainText('All ready');
  await card.getByTestId('hand-over').click();
  await expect(pass.page.getByText('Nothing is on its way.')).toBeVisible();
});
