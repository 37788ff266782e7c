// Two tills that did not see each other act on one order; what came of it is settled by a person. The second till is a
// copy of the first one's folder, and what happened there comes in by its export.

import { AxeBuilder } from '@axe-core/playwright';

import { Api, expect, test, type Till } from './support';

/** A sent order on which something was done here, while it was cancelled on the copy. */
async function cancelledUnseen(till: Till, here: (api: Api, orderId: string) => Promise<unknown>): Promise<string> {
  await till.serve({ demo: true });
  const before = await Api.signIn(till, 'manager');
  const { orderId } = await before.order({ lines: ['Cheesecake'], acts: ['send'] });
  await till.stop();
  const other = await till.copy();
  await other.serve({ demo: true });
  await (await Api.signIn(other, 'manager')).command('cancel', { order_id: orderId, reason: 'guest left' });
  await other.stop();
  const exported = await other.tool(['export']);
  expect(exported.code, exported.err).toBe(0);
  await other.remove();

  await till.serve({ demo: true });
  await here(await Api.signIn(till, 'manager'), orderId);
  await till.stop();
  const taken = await till.tool(['import-log', '-'], exported.out);
  expect(taken.code, taken.out + taken.err).toBe(0);
  return orderId;
}

test('what a cancel met in the kitchen is found over the list of orders, and settled by the manager', async ({ till, open }) => {
  const orderId = await cancelledUnseen(till, (api, order_id) => api.command('start', { order_id, lines: [] }));
  await till.serve({ demo: true });
  const cashier = await open();
  await cashier.signIn(till.pinOf('cashier'));
  await cashier.goto('#/orders');
  await expect(cashier.id('row-exceptions')).toBeVisible();
  await cashier.id('to-settle').click();
  await expect(cashier.id('exception')).toHaveAttribute('data-kind', 'already_made');
  await expect(cashier.id('exception')).toContainText('A manager settles this.');
  await expect(cashier.id('resolve-waste')).toBeHidden();

  const manager = await open();
  await manager.signIn(till.pinOf('manager'));
  await manager.goto('#/orders');
  await expect(manager.id('to-settle-count')).toHaveText('1');
  await manager.page.keyboard.press('Alt+u');
  await expect(manager.id('exception')).toContainText('Called off, but the kitchen had made it');
  await expect(manager.id('exception-way')).toContainText('thrown away, or used after all?');
  await expect(manager.id('resolve-keep')).toHaveText('The food is used');
  expect((await new AxeBuilder({ page: manager.page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
  await manager.id('resolve-waste').click();
  await expect(manager.id('settle-sheet')).toContainText('Nothing is to settle.');
  await manager.page.keyboard.press('Escape');
  await expect(manager.id('to-settle')).toBeDisabled();
  // The other window hears of it by itself.
  await expect(cashier.id('settle-sheet')).toContainText('Nothing is to settle.');
  await manager.goto(`#/orders/${orderId}`);
  await expect(manager.id('exception-closed')).toHaveText('Settled: Write off as waste');
  await expect(manager.id('resolve-waste')).toBeHidden();
});

test('what a cancel met at the till is owed to the guest, and giving it back settles it', async ({ till, open }) => {
  const orderId = await cancelledUnseen(till, (api, order_id) => api.command('pay_cash', { order_id, payment_id: crypto.randomUUID() }));
  await till.serve({ demo: true });
  const manager = await open();
  await manager.signIn(till.pinOf('manager'));
  await manager.goto('#/orders');
  await manager.id('to-settle').click();
  await expect(manager.id('exception')).toHaveAttribute('data-kind', 'refund_due');
  await expect(manager.id('exception')).toContainText('€9.60');
  await manager.id('resolve-refund').click();
  await expect(manager.id('refund-chip')).toHaveText('Owed €9.60');
  await manager.id('refund-reason').fill('called off');
  await manager.id('refund-submit').click();
  // The exception is gone from the list by now; what is to be handed over is still there to be read.
  await expect(manager.id('refund-given')).toContainText('€9.60');
  await manager.id('refund-done').click();
  await expect(manager.id('settle-sheet')).toContainText('Nothing is to settle.');
  await manager.goto(`#/orders/${orderId}`);
  await expect(manager.id('exception-closed')).toHaveText('Settled: Settled with the guest');
  await expect(manager.id('refund')).toContainText('called off');
  await expect(manager.id('act-refund')).toBeHidden();
});
