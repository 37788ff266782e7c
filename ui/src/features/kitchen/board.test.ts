import { expect, test } from 'vitest';

import type { TicketLineView, TicketView } from '../../lib/ipc';
import { isAllergy, linesFor, NewsWatch, nextAct, progressOf } from './board';
import { AGE_LIMITS, ageState } from './limits';
import { beyond, paging, slotOf } from './paging';

const line = (line_id: string, state: TicketLineView['state']): TicketLineView =>
  ({ line_id, name: line_id, quantity: '1', modifiers: [], note: null, allergens: [], state, round: 0 });
const ticket = (order_id: string, more: Partial<TicketView> = {}): TicketView => ({
  order_id, label: order_id, order_type: 'counter', table: null, covers: null, rush: false, note: null, version: '1', fired_at_ms: 0, lines: [], changes: [],
  actions: ['start', 'ready'], cancelled: false, ...more,
});
const changed = (order_id: string, ...facts: string[]) =>
  ticket(order_id, { changes: facts.map((fact_id) => ({ fact_id, kind: 'voided', line: null, reason: null })) });

test('each_order_type_has_its_two_limits_and_they_hold_from_the_first_millisecond', () => {
  for (const [type, { dueAfterMs, lateAfterMs }] of Object.entries(AGE_LIMITS) as [keyof typeof AGE_LIMITS, typeof AGE_LIMITS.counter][]) {
    expect(dueAfterMs).toBeLessThan(lateAfterMs);
    const states = [dueAfterMs - 1, dueAfterMs, lateAfterMs - 1, lateAfterMs].map((age) => ageState(type, 1_000, 1_000 + age));
    expect(states, type).toEqual(['on_time', 'due', 'due', 'late']);
  }
  expect(ageState('counter', 0, 9 * 60_000)).toBe('due');
  expect(ageState('dine_in', 0, 9 * 60_000)).toBe('on_time');
  expect(ageState('counter', 10_000, 0), 'a clock that jumps back').toBe('on_time');
});

test('changes_are_seen_before_the_next_step_is_made', () => {
  expect(nextAct(ticket('a'))).toBe('start');
  expect(nextAct(ticket('a', { actions: ['ready'] }))).toBe('ready');
  const actions: TicketView['actions'] = ['start', 'acknowledge_changes'];
  expect(nextAct({ ...changed('a', 'f'), actions })).toBe('acknowledge_changes');
  expect(nextAct(ticket('a', { actions: ['acknowledge_changes'] }))).toBeNull();
});

test('a_cook_takes_the_lines_that_were_seen', () => {
  const one = ticket('a', { lines: [line('1', 'fired'), line('2', 'started'), line('3', 'ready'), line('4', 'voided')] });
  expect(linesFor(one, 'start')).toEqual(['1']);
  expect(linesFor(one, 'ready')).toEqual(['1', '2']);
  expect(linesFor(one, 'hand_over'), 'all that fit').toEqual([]);
  expect(progressOf(one)).toEqual({ done: 1, total: 3 });
});

test('what_is_new_rings_and_what_was_there_does_not', () => {
  const watch = new NewsWatch();
  expect(watch.look({ cooking: [ticket('a')], ready: [ticket('b')] }), 'the first look').toBeNull();
  expect(watch.look({ cooking: [ticket('a'), ticket('c')], ready: [ticket('b')] })).toBe('ticket');
  expect(watch.look({ cooking: [ticket('a'), ticket('b')], ready: [ticket('c')] }), 'ready, and a recall').toBeNull();
  expect(watch.look({ cooking: [changed('a', 'f'), ticket('b')], ready: [] })).toBe('change');
  expect(watch.look({ cooking: [changed('a', 'f'), ticket('b')], ready: [] }), 'it stays').toBeNull();
  expect(watch.look({ cooking: [changed('a', 'f', 'g')], ready: [] })).toBe('change');
});

test('an_allergy_is_known_in_every_language_of_the_screens', () => {
  const notes = ['ALLERGY: nuts', 'Nussallergie', 'allergique au lait', 'alérgico', 'fıstık alerjisi', 'حساسية من المكسرات', 'ナッツアレルギー'];
  expect(notes.filter((note) => !isAllergy(note))).toEqual([]);
  expect(['no salt', '', null].filter(isAllergy)).toEqual([]);
});

test('tickets_stand_on_the_page_where_their_first_column_is', () => {
  // Three columns of 100 with a gap of 10: a page every 330.
  const starts = [0, 0, 110, 220, 330, 440, 660];
  const { pages, spans } = paging(starts.map((start) => ({ start, end: start })), 330, 100);
  expect(pages).toBe(3);
  expect(spans.map(({ first }) => first)).toEqual([0, 0, 0, 0, 1, 1, 2]);
  expect(beyond(spans, 0)).toEqual({ before: 0, after: 3 });
  expect(beyond(spans, 1)).toEqual({ before: 4, after: 1 });
  expect(spans.map((_, index) => slotOf(spans, index, 1))).toEqual([null, null, null, null, 1, 2, null]);
});

test('a_ticket_that_goes_on_behind_the_page_is_on_both', () => {
  const { pages, spans } = paging([{ start: 0, end: 0 }, { start: 220, end: 330 }], 330, 100);
  expect(pages).toBe(2);
  expect(spans[1]).toEqual({ first: 0, last: 1, goesOn: true });
  expect(beyond(spans, 0), 'a part of it is behind').toEqual({ before: 0, after: 1 });
  expect(beyond(spans, 1)).toEqual({ before: 2, after: 0 });
  expect([slotOf(spans, 1, 0), slotOf(spans, 1, 1)]).toEqual([2, 1]);
});

test('only_nine_tickets_of_a_page_have_a_key', () => {
  const { spans } = paging(Array.from({ length: 11 }, () => ({ start: 0, end: 0 })), 330, 100);
  expect(spans.map((_, index) => slotOf(spans, index, 0)).slice(7)).toEqual([8, 9, null, null]);
});

test('a_place_without_width_has_one_page', () => {
  expect(paging([{ start: 0, end: 0 }], 0, 0)).toEqual({ pages: 1, spans: [{ first: 0, last: 0, goesOn: false }] });
});
