// German, in the short forms of the Annex: Schalenfrüchte are the nuts that grow on trees.

import type { Messages } from '../messages';

export const allergens = {
  'allergen.gluten': 'Gluten',
  'allergen.crustaceans': 'Krebstiere',
  'allergen.eggs': 'Eier',
  'allergen.fish': 'Fisch',
  'allergen.peanuts': 'Erdnüsse',
  'allergen.soybeans': 'Soja',
  'allergen.milk': 'Milch',
  'allergen.nuts': 'Schalenfrüchte',
  'allergen.celery': 'Sellerie',
  'allergen.mustard': 'Senf',
  'allergen.sesame': 'Sesam',
  'allergen.sulphites': 'Sulfite',
  'allergen.lupin': 'Lupinen',
  'allergen.molluscs': 'Weichtiere',
  'allergen.contains': (p) => `Enthält: ${p.allergens}`,
} satisfies Partial<Messages<'de'>>;
