// The whole table.

import type { Refusals } from './case';
import { LINES } from './lines';

export const TABLE: readonly Refusals[] = [...LINES];
