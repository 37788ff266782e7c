import { test } from 'vitest';

import { CONTRACT, Desk } from './contract';
import { FakeBackend } from './fake';
import { PIN } from './fake-menu';

for (const [sentence, holds] of Object.entries(CONTRACT)) {
  test(`the_fake_till_too: ${sentence}`, () => holds(new Desk(new FakeBackend(), { manager: PIN, cashier: PIN, kitchen: PIN })));
}
