// What a refusal is about, in words: the field as the screen calls it, and the limit, amount or name that the rule
// speaks of. Never the till's own sentence where there are words for it.

import type { Failure, OrderStatus } from '../ipc';
import { dateAndTime, money } from './format';
import type { MessageKey } from './messages';
import { t } from './text';

/** How the screens call the fields of the commands. */
const FIELDS = {
  amount: 'refund.amount', city: 'guest.city', country: 'guest.country', currency: 'setup.currency', lines: 'guest.street',
  manager_name: 'setup.manager_name', menu: 'store.import_text', menu_id: 'store.import_id', name: 'guest.name',
  note: 'order_note.text', open_price: 'modifier.open_price', phone: 'guest.phone', pin: 'sign_in.pin',
  postal_code: 'guest.postal_code', quantity: 'modifier.quantity', reason: 'reason.label', sample_menu: 'setup.menu',
  shop_name: 'setup.shop_name', table: 'cart.table_name', tendered: 'pay.received', text: 'orders.text',
  url: 'office.url', code: 'office.code',
} as const satisfies Record<string, MessageKey>;

/** Codes whose sentence does not say which field it is about. */
const NAMELESS = new Set<string>(['amount_invalid', 'bad_input', 'name_invalid', 'text_empty', 'text_too_long', 'too_many_decimals']);

/** Codes whose amount is the most that is taken; others name what is open. */
const CAPPED = new Set<string>(['order_too_large', 'payment_amount', 'price_out_of_range', 'price_too_large', 'refund_amount']);

/** The field concerned, where the sentence needs it. */
function fieldText({ code, field }: Failure): string | null {
  if (!NAMELESS.has(code)) return null;
  const last = field.replaceAll(/\[\d+\]/g, '').split('.').at(-1) ?? '';
  return Object.hasOwn(FIELDS, last) ? t(FIELDS[last as keyof typeof FIELDS]) : null;
}

/** What else is to be said beside the sentence of its code, part by part. */
export function aboutFailure(failure: Failure): string[] {
  const { most, least, amount, name, status, until_ms } = failure.params;
  const field = fieldText(failure);
  return [
    field,
    name ?? null,
    failure.code === 'clock_jumped' && until_ms != null ? dateAndTime(until_ms) : null,
    status == null ? null : t('fact.status', { status: t(`status.${status satisfies OrderStatus}`) }),
    least == null ? null : t('fact.least', { least }),
    most == null ? null : t('fact.most', { most }),
    amount == null ? null : CAPPED.has(failure.code) ? t('fact.amount_most', { amount: money(amount) }) : t('fact.open', { amount: money(amount) }),
  ].filter((part) => part !== null);
}
