// English for the allergens of Regulation (EU) No 1169/2011, Annex II, in its order.

import type { Allergen } from '../ipc';

const names: { [K in Allergen as `allergen.${K}`]: string } = {
  'allergen.gluten': 'gluten',
  'allergen.crustaceans': 'crustaceans',
  'allergen.eggs': 'eggs',
  'allergen.fish': 'fish',
  'allergen.peanuts': 'peanuts',
  'allergen.soybeans': 'soya',
  'allergen.milk': 'milk',
  'allergen.nuts': 'nuts',
  'allergen.celery': 'celery',
  'allergen.mustard': 'mustard',
  'allergen.sesame': 'sesame',
  'allergen.sulphites': 'sulphites',
  'allergen.lupin': 'lupin',
  'allergen.molluscs': 'molluscs',
};

export const allergens = {
  ...names,
  'allergen.contains': (p: { allergens: string }) => `Contains: ${p.allergens}`,
};
