// A small menu and staff for component tests.

import type { Allergen, CategoryView, GroupView, Money, PersonView, ModifierView, ProductView } from './bindings';

export const eur = (amount: string): Money => ({ amount, currency: 'EUR' });

export const CASHIER: PersonView = { person_id: 'p-chen', name: 'Chen', role: 'cashier' };
export const PEOPLE: readonly PersonView[] = [
  { person_id: 'p-mara', name: 'Mara', role: 'manager' },
  CASHIER,
  { person_id: 'p-kofi', name: 'Kofi', role: 'kitchen' },
];
export const PIN = '1234';

const ORDER: readonly Allergen[] = ['gluten', 'eggs', 'milk', 'sesame'];

export const GROUPS: readonly GroupView[] = [
  {
    id: 'side', name: 'Side dish', min: 1, max: 1,
    options: ['Fries', 'Sweet potato fries', 'Grilled vegetables'].map((name) => ({ id: name, name, price: eur('0.00'), extra_price: null, allergens: [] })),
  },
  {
    id: 'extra', name: 'Extras', min: 0, max: 2,
    options: ([['Bacon', '1.50', []], ['Cheddar', '1.00', ['milk']], ['Egg', '1.20', ['eggs']]] as const)
      .map(([name, price, allergens]) => ({ id: name, name, price: eur(price), extra_price: null, allergens: [...allergens] })),
  },
];

const rows: readonly (readonly [string, string, string | null, boolean?])[] = [
  ['Espresso', 'Coffee', '2.20'], ['Latte', 'Coffee', '3.80'], ['Cappuccino', 'Coffee', '3.50'], ['Flat white', 'Coffee', '3.90'],
  ['Bacon Burger', 'Food', '15.50', true], ['Cheese Burger', 'Food', '13.00', true], ['Pasta Bolognese', 'Food', '11.50'],
  ['Salmon and Avocado sandwich on toasted bread', 'Food', '9.20'], ['Water', 'Drinks', '2.00'], ['Coca-Cola', 'Drinks', '2.20'],
  ['Schweppes', 'Drinks', '2.20'], ['Cake of the day', 'Bakery', '4.10'], ['Croissant', 'Bakery', '2.40'], ['Special', 'Bakery', null],
];

const CONTAINS: Readonly<Partial<Record<string, readonly Allergen[]>>> = {
  Latte: ['milk'], 'Bacon Burger': ['gluten', 'sesame'], Croissant: ['gluten', 'milk'],
};

export const PRODUCTS: readonly ProductView[] = rows.map(([name, category, price, asks]) => ({
  product_id: `product-${name}`, name, category_id: category, price: price === null ? null : eur(price), from_price: null,
  asks: asks === true || price === null, has_modifiers: asks === true, allergens: [...CONTAINS[name] ?? []],
}));

export const CATEGORIES: readonly CategoryView[] = ['Coffee', 'Food', 'Drinks', 'Bakery'].map((name) => ({
  id: name, name, products: PRODUCTS.filter(({ category_id }) => category_id === name).length,
}));

export const groupsOf = (product: ProductView): readonly GroupView[] => (product.has_modifiers ? GROUPS : []);

/** What the menu says of a product and what was chosen for it, in the menu's order. */
export function allergensOf(productId: string, chosen: readonly ModifierView[]): Allergen[] {
  const product = PRODUCTS.find(({ product_id }) => product_id === productId);
  if (!product) return [];
  const options = groupsOf(product).flatMap(({ id, options }) => options.filter((option) => chosen.some(({ group_id, option_id }) => group_id === id && option_id === option.id)));
  const stated = new Set([...product.allergens, ...options.flatMap(({ allergens }) => allergens)]);
  return ORDER.filter((allergen) => stated.has(allergen));
}
