// Spanish, in the words of the trade: comanda, marchar, anular, cambio, pase.

import type { Language } from '../messages';
import { base } from './base';
import { errors } from './errors';
import { kitchen } from './kitchen';
import { sale } from './sale';
import { till } from './till';

export const es: Language<'es'> = { messages: { ...base, ...sale, ...till, ...kitchen }, errors };
