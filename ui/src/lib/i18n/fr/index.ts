// French, in the words of the trade: bon, envoyer, addition, rendu, au passe.

import type { Language } from '../messages';
import { base } from './base';
import { errors } from './errors';
import { kitchen } from './kitchen';
import { sale } from './sale';
import { till } from './till';

export const fr: Language<'fr'> = { messages: { ...base, ...sale, ...till, ...kitchen }, errors };
