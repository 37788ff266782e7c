// What is sold from each of the nine menus, and what the guest owes for it, added up by hand from the menu.

import type { Answers } from './support';

export interface Item {
  readonly product: string;
  /** Taps on the tile; the second makes the line two. */
  readonly taps?: number;
  /** What the product asks: forced groups, sizes, combos, an open price. */
  readonly asked?: Answers;
  /** What is chosen afterwards by editing the line. */
  readonly edited?: Answers;
}

export interface Sale {
  readonly items: readonly Item[];
  readonly total: string;
  readonly tax: string;
}

export interface MenuSales {
  readonly menu: string;
  readonly dineIn: Sale;
  readonly takeAway: Sale;
}

const choose = (...choices: NonNullable<Answers['choices']>): Answers => ({ choices });

export const SALES: readonly MenuSales[] = [
  {
    menu: 'odoo-restaurant',
    dineIn: {
      items: [
        { product: 'Bacon Burger', asked: choose(['Side dish', 'Sweet potato fries']) },
        { product: 'Burger Menu Combo', asked: choose(['Choice 1', 'Milkshake Banana'], ['Choice 2', 'Cheese Burger']) },
        { product: 'Espresso', taps: 2 },
      ],
      total: '36.90',
      tax: '0.00',
    },
    takeAway: {
      items: [
        // Two are in the price, the third costs its own.
        { product: 'Sushi Lunch Combo', asked: choose(['Choice 1', 'Minute Maid'], ['Choice 2', 'Lunch Maki 18pc', 3]) },
        { product: 'Pizza Margherita', edited: choose(['Pizza extras', 'Mushroom'], ['Pizza extras', 'Extra cheese']) },
      ],
      total: '47.00',
      tax: '0.00',
    },
  },
  {
    menu: 'odoo-bar',
    dineIn: { items: [{ product: 'Mojito', taps: 2 }, { product: 'Negroni' }], total: '34.00', tax: '0.00' },
    takeAway: { items: [{ product: 'Aperol Spritz' }, { product: 'Pina colada' }], total: '22.00', tax: '0.00' },
  },
  {
    menu: 'floreant-diner',
    dineIn: {
      items: [
        { product: '1 Egg Breakfast', asked: choose(['Eggs', 'Omlette'], ['Bacon & Sausage', 'Bacon']) },
        { product: '2 Egg Sandwitch', asked: choose(['Eggs', 'Scrambled', 3], ['Cheese', 'American']) },
        { product: '4 Vines Calif', asked: { price: '7.25' } },
        { product: 'Hammer Coffee', taps: 2 },
      ],
      // 1.50 + 2.50 + 7.25 + 4.00, and 6 % of each line: 0.09 + 0.15 + 0.435 + 0.24
      total: '16.17',
      tax: '0.92',
    },
    takeAway: {
      items: [{ product: 'Ice Tea', asked: { price: '1.75' } }, { product: 'Apple Juice', taps: 2 }],
      total: '2.92',
      tax: '0.17',
    },
  },
  {
    menu: 'saizeriya',
    dineIn: {
      items: [
        { product: 'ミラノ風ドリア', edited: choose(['トッピングチーズ', 'トッピングチーズ'], ['半熟卵', 'トッピング半熟卵']) },
        { product: '彩りイタリアンサラダ', taps: 2 },
      ],
      // 10 % is in the price: 42.5 of 468 and 63.5 of 698
      total: '1166',
      tax: '106',
    },
    takeAway: {
      items: [
        { product: 'ミラノ風ドリア', edited: choose(['トッピングチーズ', 'トッピングチーズ'], ['半熟卵', 'トッピング半熟卵']) },
        { product: '彩りイタリアンサラダ', taps: 2 },
      ],
      // 8 %: 34.7 and 51.7
      total: '1166',
      tax: '87',
    },
  },
  {
    menu: 'pizza-place',
    dineIn: {
      items: [{ product: 'Greek', asked: choose(['Size', 'XXL']) }, { product: 'Hawaiian', asked: choose(['Size', 'S']) }],
      total: '46.45',
      tax: '0.00',
    },
    takeAway: {
      items: [{ product: 'Five Cheese', asked: choose(['Size', 'L']) }, { product: 'Mexicana', asked: choose(['Size', 'M']) }],
      total: '34.50',
      tax: '0.00',
    },
  },
  {
    menu: 'chipotle-orders',
    dineIn: {
      items: [
        {
          product: 'Chicken Burrito',
          edited: choose(['Salsa', 'Fresh Tomato Salsa (Mild)'], ['Fillings', 'Rice'], ['Fillings', 'Guacamole']),
        },
        { product: 'Canned Soft Drink', asked: choose(['Soda', 'Sprite']) },
        { product: 'Chips', taps: 2 },
      ],
      total: '16.80',
      tax: '0.00',
    },
    takeAway: {
      items: [
        { product: 'Nantucket Nectar', asked: choose(['Flavour', 'Apple']) },
        { product: 'Veggie Bowl', edited: choose(['Salsa', 'Tomatillo-Red Chili Salsa (Hot)']) },
      ],
      total: '12.14',
      tax: '0.00',
    },
  },
  {
    menu: 'samba-turkish',
    dineIn: { items: [{ product: 'İskender' }, { product: 'Ayran', taps: 2 }, { product: 'Çay' }], total: '12.50', tax: '0.00' },
    takeAway: { items: [{ product: 'Dürüm Döner' }, { product: 'Kola' }], total: '10.00', tax: '0.00' },
  },
  {
    menu: 'kuwait-sushi',
    // 15 % service on 4.475 is 0.67125, on 13.700 it is 2.055
    dineIn: { items: [{ product: 'Rainbow Roll (half)' }, { product: 'Miso Soup (half)', taps: 2 }], total: '5.146', tax: '0.000' },
    takeAway: {
      items: [{ product: 'Sushi & Sashimi Platter (half)' }, { product: 'Steam Rice (half)' }],
      total: '15.755',
      tax: '0.000',
    },
  },
  {
    menu: 'clover-salads',
    dineIn: {
      items: [{ product: 'Caesar Salad', edited: choose(['Add-ons', 'Avocado'], ['Add-ons', 'Tofu', 2]) }, { product: 'Greek Salad' }],
      total: '25.00',
      tax: '0.00',
    },
    takeAway: { items: [{ product: 'Greek Salad', taps: 2 }], total: '20.00', tax: '0.00' },
  },
];
