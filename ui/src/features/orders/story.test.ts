import { expect, test } from 'vitest';

import type { HistoryEntry, PaymentView } from '../../lib/ipc';
import { asJson } from './clipboard';
import { filterOf, withPart } from './filter';
import { tell } from './sentences';

function history(...facts: [type: string, payload: unknown][]): HistoryEntry[] {
  return facts.map(([type, payload], index) => ({
    event_id: `fact-${String(index)}`, log: '0123456789abcdef', seq: index + 1, event_type: type, person: 'Cashier 2', role: 'cashier',
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload), station: 'till', device: 'device-b', at_ms: 0, level: 'L', hash: '',
  }));
}

const OPENED = ['order.opened', { label: 'B-042', order_type: 'take_away', terms: { currency: 'EUR' } }] as [string, unknown];
const latte = (quantity: string, more = {}) => ({ line_id: 'line', content: { name: 'Latte', quantity, modifiers: [{ name: 'oat', count: 1 }], ...more } });
const sentences = (...facts: [string, unknown][]) => tell(history(OPENED, ...facts), 2, []).slice(1).map(({ sentence }) => sentence);

test('a_history_reads_as_plain_sentences_with_the_tills_letter', () => {
  const [first] = tell(history(OPENED), 2, []);
  expect(first).toMatchObject({ sentence: 'Cashier 2 opened order B-042, Take away', letter: 'B' });
  expect(sentences(
    ['order.line_added', latte('2')],
    ['order.line_replaced', { ...latte('3', { note: 'hot' }), replaces: 'fact-1' }],
    ['order.lines_fired', { fired: ['fact-2'] }],
    ['order.preparation_started', { started: [{ version: 'fact-2' }] }],
    ['order.line_voided', { line_id: 'line', reason: 'dropped' }],
  )).toEqual([
    'Cashier 2 added 2 Latte, oat',
    'Cashier 2 changed 2 Latte, oat to 3 Latte, oat, “hot”',
    'Cashier 2 sent 3 Latte, oat, “hot” to the kitchen',
    'Cashier 2 started 3 Latte, oat, “hot”',
    'Cashier 2 voided 3 Latte, oat, “hot”: dropped',
  ]);
});

test('a_split_line_goes_on_as_two', () => {
  expect(sentences(
    ['order.line_added', latte('3')],
    ['order.line_split', { line_id: 'line', splits: 'fact-1', quantity: '1' }],
    ['order.line_split_off', { line_id: 'other', split: 'fact-2', splits: 'fact-1', quantity: '2' }],
    ['order.lines_handed_over', { handed_over: ['fact-2', 'fact-3'] }],
  ).slice(1)).toEqual([
    'Cashier 2 split 3 Latte, oat: 1 Latte, oat stays',
    'Cashier 2 put 2 Latte, oat on a line of its own',
    'Cashier 2 handed over 1 Latte, oat + 2 Latte, oat',
  ]);
});

test('money_is_told_in_the_currency_of_the_order_and_with_the_printed_receipt', () => {
  const paid = ['order.cash_paid', { payment_id: 'p', amount_minor: 760, tendered_minor: 1000, receipt: { series: 'B-1', number: 17 } }] as [string, unknown];
  expect(sentences(paid)).toEqual(['Cashier 2 took €10.00 in cash for €7.60, receipt B-1-17']);
  const printed = [{ payment_id: 'p', receipt: 'B-1-000017' }] as PaymentView[];
  expect(tell(history(OPENED, paid), 2, printed)[1]?.sentence).toContain('receipt B-1-000017');
  const yen = ['order.opened', { label: 'A-1', order_type: 'counter', terms: { currency: 'JPY' } }] as [string, unknown];
  expect(tell(history(yen, paid), 0, [])[1]?.sentence).toContain('¥1,000');
});

test('money_that_went_back_names_the_payment_and_the_reason', () => {
  const refunded = ['order.refunded', { payment_id: 'p', payout_minor: 450, credit_minor: 450, reason: 'wrong order' }] as [string, unknown];
  const printed = [{ payment_id: 'p', receipt: 'B-1-000017' }] as PaymentView[];
  expect(tell(history(OPENED, refunded), 2, printed)[1]?.sentence)
    .toBe('Cashier 2 gave back €4.50 of the cash payment B-1-000017: wrong order');
});

test('a_fact_that_this_program_does_not_know_is_still_told', () => {
  expect(sentences(['order.blessed', {}], ['order.line_added', 'no json'])).toEqual(['Cashier 2: order.blessed', 'Cashier 2 added 1 ']);
});

test('a_copy_holds_every_fact_as_stored', () => {
  const copied = JSON.parse(asJson('order-1', history(OPENED, ['order.placed', 'no json']))) as { order_id: string; facts: { payload: unknown }[] };
  expect(copied.order_id).toBe('order-1');
  expect(copied.facts.map(({ payload }) => payload)).toEqual([OPENED[1], 'no json']);
});

test('an_address_narrows_the_list_and_what_it_does_not_know_narrows_nothing', () => {
  expect(filterOf(new URLSearchParams('text= tea &which=open&status=ready&type=dine_in&from=2026-11-01&to=2026-11-21'))).toEqual({
    text: 'tea', open: true, status: 'ready', order_type: 'dine_in', from_day: 20261101, to_day: 20261121, person_id: null,
  });
  expect(filterOf(new URLSearchParams('which=some&status=x&type=y&from=soon'))).toEqual({
    text: null, open: null, status: null, order_type: null, from_day: null, to_day: null, person_id: null,
  });
  expect(withPart(new URLSearchParams('text=tea'), 'status', 'ready').toString()).toBe('text=tea&status=ready');
  expect(withPart(new URLSearchParams('text=tea'), 'text', '').toString()).toBe('');
});
