// Arabic.

import type { Messages } from '../messages';

export const allergens = {
  'allergen.gluten': 'غلوتين',
  'allergen.crustaceans': 'قشريات',
  'allergen.eggs': 'بيض',
  'allergen.fish': 'سمك',
  'allergen.peanuts': 'فول سوداني',
  'allergen.soybeans': 'صويا',
  'allergen.milk': 'حليب',
  'allergen.nuts': 'مكسرات',
  'allergen.celery': 'كرفس',
  'allergen.mustard': 'خردل',
  'allergen.sesame': 'سمسم',
  'allergen.sulphites': 'كبريتيت',
  'allergen.lupin': 'ترمس',
  'allergen.molluscs': 'رخويات',
  'allergen.contains': (p) => `يحتوي على: ${p.allergens}`,
} satisfies Partial<Messages<'ar'>>;
