// Turkish, in the words of the Turkish labelling rules, which have the same list.

import type { Messages } from '../messages';

export const allergens = {
  'allergen.gluten': 'gluten',
  'allergen.crustaceans': 'kabuklular',
  'allergen.eggs': 'yumurta',
  'allergen.fish': 'balık',
  'allergen.peanuts': 'yer fıstığı',
  'allergen.soybeans': 'soya',
  'allergen.milk': 'süt',
  'allergen.nuts': 'sert kabuklu meyveler',
  'allergen.celery': 'kereviz',
  'allergen.mustard': 'hardal',
  'allergen.sesame': 'susam',
  'allergen.sulphites': 'sülfitler',
  'allergen.lupin': 'acı bakla',
  'allergen.molluscs': 'yumuşakçalar',
  'allergen.contains': (p) => `İçerir: ${p.allergens}`,
} satisfies Partial<Messages<'tr'>>;
