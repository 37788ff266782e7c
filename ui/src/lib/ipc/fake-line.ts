// A line of the fake till: priced from its small menu, and refused where the menu does not have what is asked for.

import { Failure } from './backend';
import type { ErrorCode, GroupView, LineInput, LineView, ModifierView, Money, Params, SelectionInput } from './bindings';
import { eur, groupsOf, PRODUCTS } from './fake-menu';
import { newId } from './ids';

export function refuse(code: ErrorCode, field: string, rule: string, details: readonly string[] = [], params: Params = {}): never {
  throw new Failure(code, field, rule, false, details, params);
}

export const cents = (money: Money): number => Math.round(Number(money.amount) * 100);
export const fromCents = (value: number): Money => eur((value / 100).toFixed(2));

/** The cents of an amount as someone typed it. */
export function amountOf(field: string, text: string): number {
  if (!/^-?\d+(\.\d+)?$/.test(text)) return refuse('amount_invalid', field, 'write a decimal number such as 3.80 or -2');
  if (/\.\d\d\d*[1-9]/.test(text)) return refuse('too_many_decimals', field, `${field}: at most 2 decimals are allowed`);
  return cents(eur(text));
}

/** The line as it would be sold; `place` stands before the name of a field at fault. */
export function toView(input: LineInput, place: string): LineView {
  const { line_id, product_id, quantity = '1', modifiers: chosen = [], open_price = null, note: word = null } = input;
  const given = open_price === null ? null : amountOf(`${place}open_price`, open_price);
  const product = PRODUCTS.find((row) => row.product_id === product_id)
    ?? refuse('unknown_product', `${place}product_id`, `the catalogue has no product ${product_id}`);
  const count = Number(quantity);
  if (count <= 0) refuse('quantity_not_positive', `${place}quantity`, 'the quantity must be more than zero');
  if (count > 9_999) refuse('quantity_too_large', `${place}quantity`, 'the quantity must be at most 9999');
  const note = word?.trim() || null;
  if ((note?.length ?? 0) > 280) refuse('note_too_long', `${place}note`, 'the note must have at most 280 characters');
  if (product.price === null && given === null) {
    refuse('price_required', `${place}open_price`, `"${product.name}" has an open price: say what it costs`);
  }
  if (product.price !== null && given !== null) refuse('price_not_open', `${place}open_price`, `"${product.name}" has a fixed price`);
  const groups = groupsOf(product);
  const stray = chosen.find(({ group_id }) => !groups.some(({ id }) => id === group_id));
  if (stray) refuse('unknown_modifier_group', `${place}modifiers`, `"${product.name}" has no modifier group "${stray.group_id}"`);
  const modifiers = groups.flatMap((group) => choicesIn(group, chosen.filter(({ group_id }) => group_id === group.id), `${place}modifiers`));
  const price = product.price ?? fromCents(given ?? 0);
  const unit = modifiers.reduce((sum, modifier) => sum + cents(modifier.price), cents(price));
  return {
    line_id, version_id: newId(), product_id, name: product.name, quantity: String(count), unit_price: price, open_price: given !== null,
    modifiers, note, state: 'new', round: 0, amount: fromCents(Math.round(unit * count)), void_reason: null, editable: true, superseded: [],
  };
}

function choicesIn(group: GroupView, chosen: readonly SelectionInput[], field: string): ModifierView[] {
  let taken = 0;
  const modifiers = chosen.map(({ option_id, count = 1 }) => {
    const option = group.options.find(({ id }) => id === option_id)
      ?? refuse('unknown_modifier', field, `"${group.name}" has no option "${option_id}"`);
    taken += count;
    if (group.max !== null && taken > group.max) {
      refuse('modifier_forbidden', field, `"${group.name}" takes at most ${String(group.max)}, "${option.name}" is one too many`);
    }
    return { group_id: group.id, option_id, count, name: option.name, price: fromCents(cents(option.price) * count) };
  });
  if (taken < group.min) refuse('modifier_missing', field, `"${group.name}" needs at least ${String(group.min)}, ${String(taken)} chosen`, [], { name: group.name, least: group.min });
  return modifiers;
}
