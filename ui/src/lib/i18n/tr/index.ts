// Turkish, in the words of the trade: adisyon, marş, iptal, para üstü, pas.

import type { Language } from '../messages';
import { allergens } from './allergens';
import { base } from './base';
import { errors } from './errors';
import { faults } from './faults';
import { kitchen } from './kitchen';
import { office } from './office';
import { people } from './people';
import { reports } from './reports';
import { sale } from './sale';
import { settling } from './settling';
import { till } from './till';
import { work } from './work';

export const tr: Language<'tr'> = { messages: { ...base, ...sale, ...till, ...kitchen, ...settling, ...people, ...work, ...allergens, ...faults, ...reports, ...office }, errors };
