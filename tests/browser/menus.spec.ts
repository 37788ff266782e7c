// The sale on each of the nine menus. What stands on a receipt is what anyone gets who prices the exported order.

import { expect, figure, MENUS, price, readReceipt, test, type Receipt, type Screen, type Till } from './support';
import { SALES, type Sale } from './sales';

interface Exported {
  readonly kind: string;
  readonly label: string;
  readonly order_type: string;
  readonly table: string | null;
  readonly total: string;
  readonly tax: string;
  readonly net: string;
  readonly balance: string;
  readonly payments: readonly { receipt: string; tendered: string; change: string }[];
  readonly price: { taxes: readonly { id: string; included: boolean }[]; lines: readonly { name: string; voided: boolean }[] };
}

interface Priced {
  readonly subtotal_excl: string;
  readonly tax: string;
  readonly total: string;
  readonly taxes: Readonly<Record<string, string>>;
  readonly lines: readonly { name: string; net: string; tax: string; total: string }[];
}

for (const { menu, dineIn, takeAway } of SALES) {
  test(`a sale from ${menu}: the receipts say what the exported orders cost`, async ({ till, open }) => {
    const pin = await importMenu(till, menu);
    await till.serve();
    const screen = await open();
    await screen.signIn({ name: 'Manager', pin });

    await screen.dineIn('Window 4');
    await fill(screen, dineIn);
    await screen.id('exact-cash').click();
    const eatenHere = await receiptOf(screen, dineIn);
    expect(eatenHere.tendered).toBe(eatenHere.total);
    expect(Number(eatenHere.change)).toBe(0);
    await screen.id('next-order').click();

    await screen.id('type-take_away').click();
    await fill(screen, takeAway);
    const note = screen.id('note-cash').first();
    const handed = figure(await note.innerText());
    await note.click();
    const takenAway = await receiptOf(screen, takeAway);
    expect(Number(takenAway.tendered)).toBe(Number(handed));
    expect(minor(takenAway.change)).toBe(minor(takenAway.tendered) - minor(takenAway.total));
    expect(minor(takenAway.change)).toBeGreaterThan(0n);

    await till.stop();
    const exported = await exportedOrders(till);
    expect(exported.map(({ label }) => label)).toEqual([eatenHere.label, takenAway.label]);
    expect(exported.map(({ order_type, table }) => [order_type, table])).toEqual([['dine_in', 'Window 4'], ['take_away', null]]);
    await compare(eatenHere, exported[0] as Exported, dineIn);
    await compare(takenAway, exported[1] as Exported, takeAway);
  });
}

async function importMenu(till: Till, menu: string): Promise<string> {
  const printed = await till.tool(['import-menu', MENUS, '--menu', menu]);
  expect(printed.code, printed.err).toBe(0);
  const pin = /PIN (\d+)/.exec(printed.out)?.[1];
  if (pin === undefined) throw new Error(`no PIN in what import-menu printed:\n${printed.out}`);
  return pin;
}

async function fill(screen: Screen, sale: Sale): Promise<void> {
  for (const { product, taps = 1, asked = {}, edited } of sale.items) {
    for (let tap = 0; tap < taps; tap += 1) await screen.sell(product, asked);
    await expect(screen.line(product)).toHaveAttribute('aria-pressed', 'true');
    if (edited) await screen.edit(edited);
    await expect(screen.line(product).locator('.quantity')).toHaveText(String(taps));
  }
  await expect(screen.lines).toHaveCount(sale.items.length);
  await expect.poll(async () => figure(await screen.id('total').innerText())).toBe(sale.total);
}

async function receiptOf(screen: Screen, sale: Sale): Promise<Receipt> {
  await expect(screen.id('paid')).toBeVisible();
  const change = figure(await screen.id('change').innerText());
  const receipt = await readReceipt(screen);
  expect(receipt.total).toBe(sale.total);
  expect(receipt.change).toBe(change);
  return receipt;
}

async function exportedOrders(till: Till): Promise<Exported[]> {
  const printed = await till.tool(['export']);
  expect(printed.code, printed.err).toBe(0);
  const rows = printed.out.trim().split('\n').map((line) => JSON.parse(line) as Exported);
  return rows.filter(({ kind }) => kind === 'order');
}

async function compare(receipt: Receipt, order: Exported, sale: Sale): Promise<void> {
  const priced = (await price(order.price)) as Priced;
  expect(priced).toMatchObject({ total: sale.total, tax: sale.tax });
  expect(order).toMatchObject({ total: priced.total, tax: priced.tax, net: priced.subtotal_excl, balance: expect.stringMatching(/^0\.?0*$/) });
  expect(order.payments.map((payment) => payment.receipt)).toEqual([receipt.number]);
  expect(order.payments.map(({ tendered, change }) => [tendered, change])).toEqual([[receipt.tendered, receipt.change]]);

  // Prices that contain their tax are shown with it, others without.
  const included = order.price.taxes.some((tax) => tax.included);
  expect(receipt.total).toBe(priced.total);
  expect(receipt.subtotal).toBe(included ? priced.total : priced.subtotal_excl);
  expect(receipt.taxes.map(({ amount }) => amount).sort()).toEqual(Object.values(priced.taxes).sort());
  expect(receipt.taxes.every(({ name }) => name.endsWith('included') === included)).toBe(true);
  expect(priced.lines).toHaveLength(receipt.lines.length);
  for (const [index, line] of receipt.lines.entries()) {
    const { name, net, total } = priced.lines[index] as Priced['lines'][number];
    expect(line.text).toContain(name);
    expect(line.amount).toBe(included ? total : net);
  }
}

/** A decimal amount as a whole number of its smallest unit. */
function minor(amount: string): bigint {
  return BigInt(amount.replace('.', ''));
}
