// Turkish, in the words of the trade: adisyon, marş, iptal, para üstü, pas.

import type { Language } from '../messages';
import { base } from './base';
import { errors } from './errors';
import { kitchen } from './kitchen';
import { sale } from './sale';
import { till } from './till';

export const tr: Language<'tr'> = { messages: { ...base, ...sale, ...till, ...kitchen }, errors };
