// German, in the words of the trade: Bon, Storno, Pass, Wechselgeld.

import type { Language } from '../messages';
import { base } from './base';
import { errors } from './errors';
import { kitchen } from './kitchen';
import { sale } from './sale';
import { till } from './till';

export const de: Language<'de'> = { messages: { ...base, ...sale, ...till, ...kitchen }, errors };
