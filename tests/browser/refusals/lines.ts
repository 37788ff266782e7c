// Commands that put lines on an order and take them off.

import type { Call } from '../support';
import { set, STRANGER, type Case, type Refusals, type Stage } from './case';
import { CANCELLED, NEW, SENT, SERVED, to, toLine, toVoidedLine } from './states';

/** The line that a call asks for. */
const lineOf = (call: Call) => call.input.line ?? call.input.lines[0];

/** A line of another product, with what is chosen for it. */
function selling(product: string, choices: readonly (readonly [group: string, option: string, count?: number])[], more: object = {}) {
  return async ({ api }: Stage) => {
    const product_id = await api.productId(product);
    const { groups } = await api.query('product', { product_id });
    const modifiers = choices.map(([group, option, count = 1]) => {
      const found = groups.find(({ name }) => name === group);
      const chosen = found?.options.find(({ name }) => name === option);
      return { group_id: found?.id ?? group, option_id: chosen?.id ?? option, count };
    });
    return (call: Call) => {
      Object.assign(lineOf(call), { product_id, modifiers, ...more });
    };
  };
}

const having = (more: object) => (call: Call) => {
  Object.assign(lineOf(call), more);
};

/** What a line may not hold; the same for a new order, a new line and a changed one. */
const CONTENT: readonly Case[] = [
  { code: 'unknown_product', bend: having({ product_id: STRANGER }) },
  { code: 'quantity_not_positive', bend: having({ quantity: '0' }) },
  { code: 'quantity_too_large', bend: having({ quantity: '10000' }) },
  { code: 'unknown_modifier_group', bend: having({ modifiers: [{ group_id: 'hat', option_id: 'red', count: 1 }] }) },
  { code: 'unknown_modifier', bent: selling('Latte', [['Milk', 'Yak milk']]) },
  { code: 'modifier_missing', bent: selling('Latte', [['Milk', 'Oat drink']]) },
  { code: 'modifier_forbidden', bent: selling('Latte', [['Milk', 'Oat drink'], ['Milk', 'Soy drink'], ['Cup', 'Large']]) },
  { code: 'modifier_count_out_of_range', bent: selling('Americano', [['Extras', 'Extra shot', 0]]) },
  { code: 'too_many_modifiers', bent: selling('Americano', Array.from({ length: 101 }, () => ['Extras', 'Decaf'] as const)) },
  { code: 'price_required', bent: selling('Gift voucher', []) },
  { code: 'price_not_open', bend: having({ open_price: '1.00' }) },
  { code: 'price_negative', bent: selling('Gift voucher', [], { open_price: '-1.00' }) },
  { code: 'price_too_large', bent: selling('Gift voucher', [], { open_price: '99999999999.00' }) },
  { code: 'too_many_decimals', bent: selling('Gift voucher', [], { open_price: '1.234' }) },
  { code: 'amount_invalid', bent: selling('Gift voucher', [], { open_price: 'ten' }) },
  { code: 'note_too_long', bend: having({ note: 'x'.repeat(281) }) },
];

/** An order with as many lines as it can hold; the last one is named. */
async function full(stage: Stage) {
  const other = await stage.other({ lines: Array.from({ length: 200 }, () => 'Espresso') });
  return (call: Call) => {
    call.input.order_id = other.orderId;
    if ('line_id' in call.input) call.input.line_id = other.lineIds[199];
  };
}

export const LINES: readonly Refusals[] = [
  {
    command: 'create_order',
    arrive: ({ screen }) => screen.tile('Espresso').waitFor(),
    press: ({ screen }) => screen.tile('Espresso').click(),
    usual: ['read', 'once', 'allowed', 'signed_in'],
    cases: [
      ...CONTENT,
      { code: 'line_exists', bend: (call) => call.input.lines.push(call.input.lines[0]) },
      { code: 'too_many_lines', bend: (call) => { call.input.lines = Array.from({ length: 201 }, (_, at) => ({ ...call.input.lines[0], line_id: `01890a5d-ac96-774b-bcce-${String(at).padStart(12, '0')}` })); } },
      { code: 'text_too_long', bend: set('table', 'x'.repeat(41)) },
    ],
  },
  {
    command: 'add_line',
    order: NEW,
    arrive: ({ screen }) => screen.tile('Espresso').waitFor(),
    press: ({ screen }) => screen.tile('Espresso').click(),
    cases: [
      ...CONTENT,
      { code: 'too_many_lines', bent: full },
      { code: 'status_forbids', bent: to(CANCELLED) },
    ],
  },
  {
    command: 'change_line',
    order: NEW,
    arrive: ({ screen }) => screen.line('Cheesecake').click(),
    press: ({ screen }) => screen.id('line-plus').click(),
    cases: [
      ...CONTENT,
      { code: 'line_not_found', bend: having({ line_id: STRANGER }) },
      { code: 'line_voided', bent: toVoidedLine },
      { code: 'line_in_kitchen', bent: toLine(SENT) },
      { code: 'line_handed_over', bent: toLine(SERVED) },
      { code: 'status_forbids', bent: toLine(CANCELLED) },
    ],
  },
  {
    command: 'split_line',
    order: { lines: ['Cheesecake', 'Espresso'] },
    arrive: ({ screen }) => screen.line('Cheesecake').click(),
    press: async ({ screen }) => {
      await screen.id('line-split').click();
      await screen.id('split-submit').click();
    },
    cases: [
      { code: 'split_quantity', press: (stage) => splitOff(stage, '2') },
      { code: 'quantity_not_positive', press: (stage) => splitOff(stage, '0') },
      { code: 'line_not_found', bend: set('line_id', STRANGER) },
      { code: 'line_exists', bent: async ({ order }) => set('new_line_id', order.lineIds[1]) },
      { code: 'line_voided', bent: toVoidedLine },
      { code: 'line_handed_over', bent: toLine(SERVED) },
      { code: 'status_forbids', bent: toLine(CANCELLED) },
    ],
  },
  {
    command: 'void_line',
    order: NEW,
    arrive: ({ screen }) => screen.line('Cheesecake').click(),
    press: ({ screen }) => screen.id('line-void').click(),
    cases: [
      { code: 'line_not_found', bend: set('line_id', STRANGER) },
      { code: 'reason_required', bent: toLine(SENT) },
      { code: 'text_too_long', bend: set('reason', 'x'.repeat(201)) },
      { code: 'line_handed_over', bent: toLine(SERVED) },
      { code: 'status_forbids', bent: toLine(CANCELLED) },
    ],
  },
];

async function splitOff({ screen }: Stage, quantity: string): Promise<void> {
  await screen.id('line-split').click();
  await screen.id('key-back').click();
  await screen.id(`key-${quantity}`).click();
  await screen.id('split-submit').click();
}
