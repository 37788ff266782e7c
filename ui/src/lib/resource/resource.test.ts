import { flushSync } from 'svelte';
import { expect, test, vi } from 'vitest';

import { Failure } from '../ipc';
import { FakeBackend } from '../ipc/fake';
import { PIN } from '../ipc/fake-menu';
import { Feed } from './feed.svelte';
import { Resource } from './resource.svelte';

test('calls_during_a_fetch_become_one_further_fetch', async () => {
  const backend = new FakeBackend();
  const query = vi.spyOn(backend, 'query');
  const resource = new Resource(backend, 'shop');
  resource.follow({});
  await Promise.all([resource.refresh(), resource.refresh(), resource.refresh()]);
  expect(query).toHaveBeenCalledTimes(2);
  expect(resource.value?.name).toBe('Corner café');
});

test('what_the_feed_has_fetched_is_not_fetched_again', async () => {
  const backend = new FakeBackend();
  const resource = new Resource(backend, 'shop');
  resource.follow({});
  await resource.refresh();
  const query = vi.spyOn(backend, 'query').mockResolvedValue({ ...resource.value, name: 'Renamed' } as never);
  const reached = resource.reach(({ name }) => name === 'Renamed');
  void resource.refresh();
  await reached;
  expect(query).toHaveBeenCalledTimes(1);
  await resource.reach(({ name }) => name === 'Renamed');
  expect(query).toHaveBeenCalledTimes(1);
});

test('a_feed_that_is_late_is_not_waited_for', async () => {
  const backend = new FakeBackend();
  const resource = new Resource(backend, 'shop');
  resource.follow({});
  await resource.refresh();
  const query = vi.spyOn(backend, 'query').mockResolvedValue({ ...resource.value, name: 'Renamed' } as never);
  await resource.reach(({ name }) => name === 'Renamed');
  expect(query).toHaveBeenCalledTimes(1);
  expect(resource.value?.name).toBe('Renamed');
});

test('an_answer_to_an_older_question_is_dropped', async () => {
  const backend = new FakeBackend();
  const { session } = await backend.command('sign_in', { person_id: 'p-chen', pin: PIN, station: 'till' });
  backend.session = session?.session_id ?? null;
  const waiting: (() => void)[] = [];
  const query = backend.query.bind(backend);
  vi.spyOn(backend, 'query').mockImplementation(async (name, input) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return query(name, input);
  });
  const resource = new Resource(backend, 'products');
  const ask = (text: string) => resource.follow({ category_id: null, text, after: null, limit: null });
  ask('latte');
  ask('water');
  waiting.shift()?.();
  await vi.waitFor(() => expect(waiting).toHaveLength(1));
  expect(resource.value).toBeNull();
  waiting.shift()?.();
  await vi.waitFor(() => expect(resource.value?.rows[0]?.name).toBe('Water'));
});

test('a_failed_fetch_keeps_the_last_answer', async () => {
  const backend = new FakeBackend();
  const resource = new Resource(backend, 'shop');
  resource.follow({});
  await resource.refresh();
  vi.spyOn(backend, 'query').mockRejectedValue(new Failure('busy', '', 'too many wait', true));
  await resource.refresh();
  expect(resource.value?.set_up).toBe(true);
  expect(resource.failure?.code).toBe('busy');
});

test('a_change_reaches_whom_it_concerns_and_a_reset_reaches_all', () => {
  const backend = new FakeBackend();
  const feed = new Feed(backend);
  const stop = feed.start();
  const [kitchen, mine, other] = [vi.fn(), vi.fn(), vi.fn()];
  feed.listen(() => ({ topics: ['kitchen'] }), kitchen);
  feed.listen(() => ({ topics: ['orders'], order: 'mine' }), mine);
  feed.listen(() => ({ topics: ['orders'], order: 'other' }), other);
  backend.touch(['orders'], 'mine');
  flushSync();
  expect([kitchen, mine, other].map((called) => called.mock.calls.length)).toEqual([0, 1, 0]);
  backend.touch(['orders', 'kitchen']);
  expect([kitchen, mine, other].map((called) => called.mock.calls.length)).toEqual([1, 2, 1]);
  backend.emit({ kind: 'reset', position: '1-1' });
  expect([kitchen, mine, other].map((called) => called.mock.calls.length)).toEqual([2, 3, 2]);
  stop();
  backend.touch(['kitchen']);
  expect(kitchen).toHaveBeenCalledTimes(2);
});

test('a_clock_that_was_set_is_told_once_two_heartbeats_have_it', () => {
  const backend = new FakeBackend();
  const feed = new Feed(backend);
  const jumped = vi.fn();
  feed.onjump = jumped;
  let upMs = 1_000;
  vi.spyOn(performance, 'now').mockImplementation(() => upMs);
  const stop = feed.start();
  const beat = (at_ms: number, laterMs = 1_000) => {
    upMs += laterMs;
    backend.emit({ kind: 'heartbeat', at_ms });
  };
  beat(1_700_000_000_000);
  beat(1_700_000_001_000);
  // Heartbeats that were held up come in at once, then the right one.
  beat(1_700_000_002_000, 60_000);
  beat(1_700_000_003_000, 0);
  beat(1_700_000_061_000, 0);
  expect(jumped).not.toHaveBeenCalled();
  // An old change that is told again says nothing of the clock.
  backend.emit({ kind: 'changed', position: '1-1', topics: ['orders'], order_id: null, at_ms: 1_600_000_000_000 });
  beat(1_700_000_062_000);
  beat(1_700_003_662_000);
  expect(jumped).not.toHaveBeenCalled();
  beat(1_700_003_663_000);
  beat(1_700_003_664_000);
  expect(jumped).toHaveBeenCalledExactlyOnceWith(1_700_003_663_000);
  stop();
  vi.restoreAllMocks();
});
