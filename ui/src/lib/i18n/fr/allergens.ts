// French, in the short forms of the Annex.

import type { Messages } from '../messages';

export const allergens = {
  'allergen.gluten': 'gluten',
  'allergen.crustaceans': 'crustacés',
  'allergen.eggs': 'œufs',
  'allergen.fish': 'poisson',
  'allergen.peanuts': 'arachides',
  'allergen.soybeans': 'soja',
  'allergen.milk': 'lait',
  'allergen.nuts': 'fruits à coque',
  'allergen.celery': 'céleri',
  'allergen.mustard': 'moutarde',
  'allergen.sesame': 'sésame',
  'allergen.sulphites': 'sulfites',
  'allergen.lupin': 'lupin',
  'allergen.molluscs': 'mollusques',
  'allergen.contains': (p) => `Contient : ${p.allergens}`,
} satisfies Partial<Messages<'fr'>>;
