import { expect, test, vi } from 'vitest';

import { Acts } from './acts.svelte';
import { ACT_IDS, actOn, belongsToField, capsOf, chordOf, rowOf } from './keys';
import { Unanswered } from './unanswered';
import { actText } from './words';

const key = (init: KeyboardEventInit & { key: string }) => new KeyboardEvent('keydown', { cancelable: true, ...init });

test('every_act_has_a_key_of_its_own_and_a_text', () => {
  const chords = ACT_IDS.flatMap((id) => [...rowOf(id).keys]);
  expect(new Set(chords).size).toBe(chords.length);
  for (const id of ACT_IDS) {
    expect(rowOf(id).keys.length, id).toBeGreaterThan(0);
    expect(actText(id), id).not.toBe('');
    for (const chord of rowOf(id).keys) expect(actOn(chord)).toBe(id);
  }
});

test('no_act_takes_a_letter_or_digit_that_a_bar_code_gun_types', () => {
  for (const id of ACT_IDS) for (const chord of rowOf(id).keys) expect(chord, id).not.toMatch(/^[a-z0-9]$/i);
});

test('a_chord_is_read_alike_on_every_layout', () => {
  expect(chordOf(key({ key: 't', altKey: true }))).toBe('Alt+t');
  expect(chordOf(key({ key: 'F', altKey: true, shiftKey: true }))).toBe('Alt+Shift+f');
  expect(chordOf(key({ key: '?', shiftKey: true }))).toBe('?');
  // A French keyboard gives a sign, a Mac another letter; the key's place tells.
  expect(chordOf(key({ key: '&', code: 'Digit1', altKey: true }))).toBe('Alt+1');
  expect(chordOf(key({ key: '†', code: 'KeyT', altKey: true }))).toBe('Alt+t');
  expect(chordOf(key({ key: 'k', metaKey: true }))).toBe('Ctrl+k');
  expect(capsOf('Alt+Delete')).toEqual(['Alt', 'Del']);
  expect(capsOf('+')).toEqual(['+']);
});

test('a_field_keeps_the_keys_that_it_needs', () => {
  const [field, scan] = [document.createElement('input'), document.createElement('input')];
  scan.dataset['scan'] = '';
  expect(belongsToField('Delete', field)).toBe(true);
  expect(belongsToField('F9', field)).toBe(false);
  expect(belongsToField('Ctrl+z', field)).toBe(true);
  expect(belongsToField('+', scan)).toBe(false);
  scan.value = '4006381';
  expect(belongsToField('+', scan)).toBe(true);
});

test('an_act_that_is_under_way_is_deaf_and_one_that_counts_is_not', async () => {
  const acts = new Acts();
  let finish: () => void = () => undefined;
  const pay = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
  const more = vi.fn(() => new Promise<void>(() => undefined));
  acts.offer(() => ({ 'pay.exact': { run: pay }, 'line.more': { run: more, each: true } }));
  for (let press = 0; press < 3; press += 1) acts.press(key({ key: 'F9' }));
  for (let press = 0; press < 3; press += 1) acts.press(key({ key: '+' }));
  expect(pay).toHaveBeenCalledTimes(1);
  expect(more).toHaveBeenCalledTimes(3);
  finish();
  await vi.waitFor(() => {
    acts.press(key({ key: 'F9' }));
    expect(pay).toHaveBeenCalledTimes(2);
  });
});

test('what_is_not_allowed_is_not_done_and_the_browser_does_not_get_the_key', () => {
  const acts = new Acts();
  const send = vi.fn();
  const stop = acts.offer(() => ({ 'pay.send': { run: send, allowed: false } }));
  const event = key({ key: 'F8' });
  acts.press(event);
  expect(send).not.toHaveBeenCalled();
  expect(event.defaultPrevented).toBe(true);
  expect(acts.allows('pay.send')).toBe(false);
  stop();
  expect(acts.find('pay.send')).toBeNull();
});

test('a_key_that_is_held_down_pays_once', () => {
  const acts = new Acts();
  const pay = vi.fn();
  acts.offer(() => ({ 'pay.exact': { run: pay } }));
  acts.press(key({ key: 'F9', repeat: true }));
  expect(pay).not.toHaveBeenCalled();
});

test('what_went_unanswered_is_remembered_once_and_not_for_ever', () => {
  const lost = new Unanswered<string>();
  lost.keep('pay', 'id-1', 0);
  expect(lost.take('pay', 1_000)).toBe('id-1');
  expect(lost.take('pay', 1_000)).toBeNull();
  lost.keep('pay', 'id-2', 0);
  expect(lost.take('pay', 120_001)).toBeNull();
  lost.keep('pay', 'id-3', 0);
  lost.clear();
  expect(lost.take('pay', 1)).toBeNull();
});

test('a_key_that_comes_too_early_waits_and_one_whose_act_is_gone_then_is_nothing', async () => {
  const acts = new Acts();
  const [send, pay] = [vi.fn(), vi.fn()];
  acts.offer(() => ({ 'pay.send': { run: send, held: true }, 'pay.exact': { run: pay, held: true } }));
  acts.press(key({ key: 'F8' }));
  acts.press(key({ key: 'F8' }));
  acts.press(key({ key: 'F9' }));
  expect(send).not.toHaveBeenCalled();
  acts.offer(() => ({ 'pay.send': { run: send }, 'pay.exact': { run: pay, allowed: false } }));
  await vi.waitFor(() => expect(send).toHaveBeenCalledTimes(1));
  acts.offer(() => ({ 'pay.exact': { run: pay } }));
  acts.press(key({ key: 'F9' }));
  await vi.waitFor(() => expect(pay).toHaveBeenCalledTimes(1));
});
