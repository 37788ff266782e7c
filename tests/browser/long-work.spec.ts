// Work that takes a while, on the real till: it is seen, it ends, and what came of it is there.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from './support';

test('an export is saved by the browser, is whole, goes from the till, and comes in again without a double', async ({ signedIn, till }) => {
  const screen = await signedIn('manager');
  await screen.goto('#/store');
  await screen.id('export').waitFor();
  await screen.page.keyboard.press('Alt+Shift+e');
  await expect(screen.id('work-ended')).toHaveAttribute('data-end', 'done');
  await expect(screen.id('export-file'), 'no word of the till’s folders').toHaveCount(0);
  const waits = () => readdirSync(join(till.data, 'downloads'));
  expect(waits()).toHaveLength(1);
  const saving = screen.page.waitForEvent('download');
  await screen.id('export-save').click();
  const download = await saving;
  expect(download.suggestedFilename()).toMatch(/^docket-[\d-]+\.jsonl$/);
  const file = await download.path();
  const text = readFileSync(file, 'utf8');
  await expect(screen.id('export-waits'), 'it is offered once').toHaveCount(0);
  expect(waits()).toEqual([]);
  const rows = text.trimEnd().split('\n').filter((line) => line.startsWith('{"kind":"row"')).length;

  await screen.id('log-file').setInputFiles({ name: download.suggestedFilename(), mimeType: 'application/jsonl', buffer: Buffer.from(text) });
  await screen.id('log-import').click();
  await expect(screen.id('import-report')).toContainText(`${String(rows)} rows read: 0 stored, ${String(rows)} held already, 0 refused`);
  await expect(screen.id('work-ended')).toHaveAttribute('data-work', 'import');
});

test('a file that is no export says what is wrong with it, and changes nothing', async ({ signedIn }) => {
  const screen = await signedIn('manager');
  await screen.goto('#/store');
  await screen.id('log-file').setInputFiles({ name: 'menu.jsonl', mimeType: 'application/json', buffer: Buffer.from('{"items":[]}\n') });
  await screen.id('log-import').click();
  await expect(screen.id('import-report')).toContainText('refused: line 1');
  await screen.id('verify').click();
  await expect(screen.id('work-ended')).toHaveAttribute('data-work', 'verify');
  await expect(screen.id('last-verify')).toContainText('every hash, signature and head holds');
});

test('whoever may not do it reads so, and no work begins', async ({ signedIn }) => {
  const screen = await signedIn('cashier');
  await screen.goto('#/store');
  await screen.id('export').click();
  await expect(screen.id('failure')).toHaveAttribute('data-code', 'role_not_allowed');
  await expect(screen.id('store-progress')).toBeHidden();
  await expect(screen.id('work-ended')).toBeHidden();
});
