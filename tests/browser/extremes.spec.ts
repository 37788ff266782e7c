// More than a shop should ever have: orders, letters, and less room than it needs.

import { randomUUID } from 'node:crypto';

import { Api, Disk, expect, test, Till, type Screen } from './support';

/** Tills of these tests have their store on a small disk. */
const onSmallDisk = test.extend<{ disk: Disk }>({
  disk: async ({}, use) => {
    const disk = Disk.ofKib(12_288);
    await use(disk);
    disk.remove();
  },
  till: async ({ disk }, use) => {
    const till = await Till.make(disk.folder);
    await use(till);
    await till.remove();
  },
});

const OPEN_ORDERS = 5_000;
const AT_ONCE = 40;

/** Opens orders of one coffee each. */
async function openMany(api: Api, many: number): Promise<void> {
  const product_id = await api.productId('Espresso');
  let left = many;
  const one = async () => {
    while (left > 0) {
      left -= 1;
      await api.command('create_order', {
        order_id: randomUUID(), order_type: 'counter', lines: [{ line_id: randomUUID(), product_id, quantity: '1' }],
      });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

const elements = (screen: Screen) => screen.page.locator('*').count();

test('with five thousand open orders the till sells, finds any of them, and draws few of them', async ({ demo, signedIn }) => {
  const api = await Api.signIn(demo, 'manager');
  await openMany(api, OPEN_ORDERS);
  const screen = await signedIn('cashier');
  await expect(screen.id('open-orders')).toContainText('100+');
  expect(await screen.id('order-tab').count()).toBeLessThanOrEqual(100);
  expect(await elements(screen)).toBeLessThan(2_000);

  await screen.tile('Cheesecake').click();
  await expect(screen.id('order-label')).toHaveText('A-5001');
  await screen.id('exact-cash').click();
  await expect(screen.id('paid')).toContainText('€4.80 paid in cash');

  await screen.id('open-orders').click();
  await screen.id('open-search').fill('A-2468');
  await expect(screen.id('open-order')).toHaveCount(1);
  await screen.page.keyboard.press('Enter');
  await expect(screen.id('order-label')).toHaveText('A-2468');
  await screen.id('exact-cash').click();
  await expect(screen.id('paid')).toContainText('€2.40 paid in cash');

  await screen.goto('#/orders?which=open');
  const list = screen.id('order-list');
  await expect(screen.id('order-row').first()).toBeVisible();
  await screen.id('order-row').first().focus();
  // End is the end of what was read so far, and asks for more.
  await expect.poll(async () => {
    await screen.page.keyboard.press('End');
    return Number((await screen.id('order-row').last().getAttribute('data-label'))?.slice('A-'.length));
  }, { timeout: 120_000, intervals: [50] }).toBeLessThan(4_000);
  expect(await list.locator('*').count()).toBeLessThan(500);
  await screen.id('filter-text').fill('A-001');
  await expect(screen.id('order-row')).toHaveCount(1);
  await expect(screen.id('order-row')).toHaveAttribute('data-label', 'A-001');
});

const menuOf = (names: readonly string[]) => JSON.stringify({
  id: 'extremes', name: 'Extremes', currency: 'EUR', prices_include_tax: true,
  items: names.map((name, at) => ({ id: `p${String(at)}`, name, category: 'Food', price: '4.50' })),
});

/** The most characters that a name may have. */
const NAME_CHARS = 300;
const LONGEST = `Grandmother’s ${'very slowly braised '.repeat(20)}`.slice(0, NAME_CHARS - 1).trimEnd().padEnd(NAME_CHARS, '!');
const UNBROKEN = 'Donaudampfschifffahrtsgesellschaftskapitänsmütze'.repeat(7).slice(0, NAME_CHARS);
const EMOJI = '🍔👩‍🍳 Burger 🇹🇷 à la façon du chef 🌶️🌶️';
const MIXED = 'قهوة عربية (Arabic coffee) × 2 שוקו 100%';

/** Nothing of these stands out over its side, and the page does not scroll. */
async function staysInside(screen: Screen, ...testids: readonly string[]): Promise<void> {
  for (const testid of ['body', ...testids]) {
    const found = testid === 'body' ? screen.page.locator('body') : screen.id(testid);
    for (const box of await found.evaluateAll((all) => all.map(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth })))) {
      expect.soft(box.scrollWidth, testid).toBeLessThanOrEqual(box.clientWidth);
    }
  }
}

/** Lines of tickets that go on below their column, where nobody reads them. */
const cutOff = (kitchen: Screen) => kitchen.id('ticket-line').evaluateAll((lines) =>
  lines.filter((line) => line.getBoundingClientRect().bottom > (line.closest('[data-pages]')?.getBoundingClientRect().bottom ?? 0) + 1).map(({ textContent }) => textContent));

test('names that are too long are refused by their place, and the longest, signs and mixed directions are sold, cooked and printed', async ({ demo, signedIn, open }) => {
  const screen = await signedIn('manager');
  const api = await Api.signIn(demo, 'manager');
  await screen.goto('#/store');
  await screen.id('menu-text').fill(menuOf(['Soup', 'x'.repeat(NAME_CHARS + 1)]));
  await screen.id('menu-check').click();
  await expect(screen.id('menu-fault')).toContainText('items[1].name');
  await expect(screen.id('menu-fault')).toContainText('300');
  await expect(screen.id('menu-import')).toBeDisabled();
  await screen.id('menu-text').fill(menuOf([LONGEST, UNBROKEN, EMOJI, MIXED]));
  await screen.id('menu-check').click();
  await screen.id('menu-import').click();
  await expect(screen.id('menu-imported')).toBeVisible();

  await screen.goto('#/');
  for (const name of [LONGEST, UNBROKEN, EMOJI, MIXED]) {
    await screen.tile(name).click();
    await expect(screen.line(name)).toBeVisible();
  }
  await expect(screen.id('total')).toHaveText('€18.00');
  await staysInside(screen, 'cart', 'tile', 'cart-line');
  for (const name of [LONGEST, UNBROKEN]) {
    await screen.line(name).click();
    await screen.id('line-edit').click();
    // The tile shows two lines of the name; here all of it is read, and what is done stays in sight.
    await expect(screen.id('modifier-sheet').getByRole('heading', { name })).toBeVisible();
    await expect(screen.id('modifier-submit')).toBeInViewport({ ratio: 1 });
    await expect(screen.id('dialog-close')).toBeInViewport({ ratio: 1 });
    await staysInside(screen, 'modifier-sheet');
    await screen.page.keyboard.press('Escape');
  }
  await screen.id('search').fill('قهوة');
  await expect(screen.id('tile')).toHaveCount(1);
  await screen.id('search-clear').click();
  await screen.send();
  const orderId = (await api.query('orders', { limit: 1 })).rows[0]?.order_id ?? '';

  const kitchen = await open();
  await kitchen.goto('#/kitchen');
  await kitchen.signIn(demo.pinOf('kitchen'));
  for (const name of [LONGEST, UNBROKEN, EMOJI, MIXED]) await expect(kitchen.id('ticket-line').filter({ hasText: name })).toBeVisible();
  await staysInside(kitchen, 'ticket', 'ticket-line');
  for (const [width, height] of [[1280, 800], [1024, 600]] as const) {
    await kitchen.page.setViewportSize({ width, height });
    await expect.poll(() => cutOff(kitchen), `at ${String(width)} × ${String(height)}`).toEqual([]);
  }
  await kitchen.page.setViewportSize({ width: 1280, height: 800 });
  await kitchen.id('ticket-line').filter({ hasText: LONGEST }).click();
  await expect(kitchen.id('ticket-line').filter({ hasText: LONGEST })).toHaveAttribute('data-state', 'ready');

  await screen.id('exact-cash').click();
  await screen.id('show-receipt').click();
  for (const name of [LONGEST, UNBROKEN, EMOJI, MIXED]) await expect(screen.id('receipt')).toContainText(name);
  await staysInside(screen, 'receipt', 'receipt-line');
  await screen.page.keyboard.press('Escape');
  await screen.goto('#/orders');
  await expect(screen.id('order-row')).toContainText(LONGEST.slice(0, 40));
  await staysInside(screen, 'order-row');
  await screen.goto(`#/orders/${orderId}`);
  await expect(screen.id('sentence').filter({ hasText: EMOJI }).first()).toBeVisible();
  await staysInside(screen, 'order-line', 'history-entry');
  await demo.stop();
  const exported = await demo.tool(['export']);
  for (const name of [LONGEST, UNBROKEN, EMOJI, MIXED]) expect(exported.out).toContain(name);
});

onSmallDisk('a disk that is full in a sale takes nothing by half, says what to do, and the sale goes on', async ({ disk, demo, signedIn }) => {
  const screen = await signedIn('cashier');
  const api = await Api.signIn(demo, 'manager');
  await screen.tile('Cheesecake').click();
  await expect(screen.id('exact-cash')).toHaveText('Exact €4.80');
  disk.fill();
  await useUp(api);

  await screen.tile('Apple cake').click();
  await expect(screen.notice('disk_full')).toContainText('Nothing was written; free some space and try again.');
  await expect(screen.line('Apple cake')).toBeHidden();
  await screen.id('notice-dismiss').click();
  await screen.id('exact-cash').click();
  await expect(screen.notice('disk_full')).toBeVisible();
  await expect(screen.id('paid')).toBeHidden();
  await expect(screen.id('cart').getByTestId('state').first()).toHaveAttribute('data-state', 'draft');

  disk.free();
  await screen.id('notice-dismiss').click();
  await screen.tile('Apple cake').click();
  await expect(screen.line('Apple cake').locator('.quantity')).toHaveText('1');
  await screen.id('exact-cash').click();
  await expect(screen.id('paid')).toContainText('€9.00 paid in cash');
  await expect(screen.id('receipt-number')).toContainText('000001');
  await demo.stop();
  const verified = await demo.tool(['verify']);
  expect(verified.code, verified.out + verified.err).toBe(0);
});

/** Writes until what the store had put by is used up as well, and the till says so. */
async function useUp(api: Api): Promise<void> {
  const MOST = 5_000;
  for (let order = 0; order < MOST; order += 1) {
    const refused = await openMany(api, 1).then(() => null, (why: unknown) => String(why));
    if (refused === null) continue;
    expect(refused).toContain('disk_full');
    return;
  }
  throw new Error('the disk never was full');
}

test('at twice the text size no tile cuts off a line of its name or its price', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  await screen.id('settings-open').click();
  await expect(async () => {
    await screen.id('text-size-plus').click();
    await expect(screen.id('text-size-value')).toHaveText('200 %', { timeout: 250 });
  }).toPass();
  await screen.page.keyboard.press('Escape');
  // A name that takes two lines at this size.
  await expect(screen.tile('Double espresso')).toBeVisible();
  const cut = () => screen.id('tile').evaluateAll((tiles) =>
    tiles.filter(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight).map(({ textContent }) => textContent));
  await expect.poll(cut).toEqual([]);
  const lines = await screen.tile('Double espresso').locator('.name').evaluate((name) => name.clientHeight / Number.parseFloat(getComputedStyle(name).lineHeight));
  expect(Math.round(lines)).toBe(2);
});
