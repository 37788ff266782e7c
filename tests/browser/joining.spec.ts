// A first start that joins a store of head office instead of making one.

import { expect, test } from './support';

test('before the first start a code of head office is enough, and a head office that is not there is said', async ({ till, open }) => {
  await till.serve();
  const screen = await open();
  await screen.id('setup-join').click();
  await screen.id('office-url').fill('http://127.0.0.1:9');
  await screen.id('office-code').fill('a code');
  await screen.id('office-plain').check();
  await screen.id('office-enrol').click();
  await expect(screen.id('failure')).toContainText('Head office cannot be reached');
  await screen.id('setup-own').click();
  await expect(screen.id('setup-next')).toBeVisible();
});
