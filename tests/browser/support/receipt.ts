// The receipt as it stands on the screen.

import { expect } from '@playwright/test';

import { figure, type Screen } from './screen';

export interface Receipt {
  /** Short number of the order. */
  readonly label: string;
  /** Legal number. */
  readonly number: string;
  readonly lines: readonly { text: string; amount: string }[];
  readonly subtotal: string;
  /** Each tax in words, with its amount. */
  readonly taxes: readonly { name: string; amount: string }[];
  readonly total: string;
  readonly tendered: string;
  readonly change: string;
}

/** Opens the receipt of the sale that was just paid, reads it, and closes it. */
export async function readReceipt(screen: Screen): Promise<Receipt> {
  await screen.id('show-receipt').click();
  const paper = screen.id('receipt');
  await expect(paper.getByTestId('total')).toBeVisible();
  const title = await paper.getByTestId('receipt-title').innerText();
  const label = /Order (\S+)/.exec(await paper.locator('header').innerText())?.[1] ?? '';
  const lines = await paper.getByTestId('receipt-line').evaluateAll((rows) =>
    rows.map((row) => ({ text: row.children[0]?.firstChild?.textContent ?? '', amount: row.querySelector('.amount')?.textContent ?? '' })));
  const rows = await paper.locator('dl > div').evaluateAll((found) =>
    found.map((row) => [row.querySelector('dt')?.textContent ?? '', row.querySelector('dd')?.textContent ?? ''] as const));
  const row = (name: string) => figure(rows.find(([text]) => text === name)?.[1] ?? '');
  const receipt: Receipt = {
    label,
    number: title.replace('Receipt ', ''),
    lines: lines.map(({ text, amount }) => ({ text, amount: figure(amount) })),
    subtotal: row('Subtotal'),
    taxes: rows.filter(([name]) => name.includes('%')).map(([name, amount]) => ({ name, amount: figure(amount) })),
    total: row('Total'),
    tendered: row('Cash received'),
    change: row('Change'),
  };
  await screen.page.keyboard.press('Escape');
  await expect(paper).toBeHidden();
  return receipt;
}
