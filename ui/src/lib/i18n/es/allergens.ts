// Spanish, in the short forms of the Annex.

import type { Messages } from '../messages';

export const allergens = {
  'allergen.gluten': 'gluten',
  'allergen.crustaceans': 'crustáceos',
  'allergen.eggs': 'huevos',
  'allergen.fish': 'pescado',
  'allergen.peanuts': 'cacahuetes',
  'allergen.soybeans': 'soja',
  'allergen.milk': 'leche',
  'allergen.nuts': 'frutos de cáscara',
  'allergen.celery': 'apio',
  'allergen.mustard': 'mostaza',
  'allergen.sesame': 'sésamo',
  'allergen.sulphites': 'sulfitos',
  'allergen.lupin': 'altramuces',
  'allergen.molluscs': 'moluscos',
  'allergen.contains': (p) => `Contiene: ${p.allergens}`,
} satisfies Partial<Messages<'es'>>;
