import { expect, test, vi } from 'vitest';

import { Chime } from './chime.svelte';

/** An audio context that counts the tones which it is asked for. */
function studio() {
  const tones = vi.fn();
  const param = { setValueAtTime: () => undefined, exponentialRampToValueAtTime: () => undefined };
  const node = { gain: param, frequency: param, type: '', connect: () => undefined, stop: () => undefined, start: tones };
  const context = { state: 'running', currentTime: 0, destination: {}, createGain: () => node, createOscillator: () => node, resume: () => Promise.resolve(), close: () => Promise.resolve() };
  return { tones, make: () => context as unknown as AudioContext };
}

test('it_is_silent_until_someone_has_touched_the_page', async () => {
  localStorage.removeItem('docket.kitchen.sound');
  vi.spyOn(navigator, 'userActivation', 'get').mockReturnValue({ hasBeenActive: false, isActive: false });
  const { tones, make } = studio();
  const chime = new Chime(make);
  const stop = chime.start();
  chime.ring('ticket');
  expect([chime.awake, tones.mock.calls.length]).toEqual([false, 0]);
  dispatchEvent(new PointerEvent('pointerdown'));
  await vi.waitFor(() => expect(chime.awake).toBe(true));
  chime.ring('ticket');
  expect(tones.mock.calls.length).toBeGreaterThan(0);
  expect(chime.rung).toEqual({ count: 1, last: 'ticket' });
  stop();
});

test('the_switch_is_kept_and_silences', async () => {
  const { tones, make } = studio();
  const chime = new Chime(make);
  const stop = chime.start();
  dispatchEvent(new PointerEvent('pointerdown'));
  await vi.waitFor(() => expect(chime.awake).toBe(true));
  chime.turn(false);
  chime.ring('change');
  expect(tones).not.toHaveBeenCalled();
  expect(new Chime(make).on).toBe(false);
  chime.turn(true);
  expect(tones, 'turned on, it lets itself be heard').toHaveBeenCalled();
  expect(new Chime(make).on).toBe(true);
  stop();
});

test('a_machine_without_sound_says_so', () => {
  const chime = new Chime(null);
  chime.ring('ticket');
  expect([chime.possible, chime.rung.count]).toEqual([false, 0]);
});
