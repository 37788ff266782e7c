// The whole table.

import type { Refusals } from './case';
import { KITCHEN } from './kitchen';
import { LINES } from './lines';
import { ORDERS } from './orders';
import { SHOP } from './shop';

export const TABLE: readonly Refusals[] = [...LINES, ...ORDERS, ...KITCHEN, ...SHOP];
