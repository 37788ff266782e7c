import { afterEach, expect, test, vi } from 'vitest';

import { Failure } from './backend';
import { HttpBackend } from './http';
import { newId } from './ids';
import { withRetry } from './retry';

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' } });

afterEach(() => {
  vi.restoreAllMocks();
});

test('an_id_is_a_uuid_of_version_seven_and_sorts_by_time', () => {
  expect(newId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(newId(1_000) < newId(2_000)).toBe(true);
  expect(new Set(Array.from({ length: 500 }, () => newId())).size).toBe(500);
  expect(newId(0x0123456789ab).startsWith('01234567-89ab-7')).toBe(true);
});

test('a_lost_answer_is_asked_for_again_under_the_same_command_id', async () => {
  const fetched = vi.spyOn(window, 'fetch')
    .mockRejectedValueOnce(new TypeError('network'))
    .mockResolvedValueOnce(json({ applied: true }));
  const backend = new HttpBackend('./api');
  backend.session = 'session-1';
  await expect(backend.command('send', { order_id: 'one' }, { expectedVersion: 'v1' })).resolves.toEqual({ applied: true });
  const bodies = fetched.mock.calls.map(([, init]) => String(init?.body));
  expect(bodies[0]).toBe(bodies[1]);
  expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ expected_version: 'v1', input: { order_id: 'one' } });
  expect(fetched.mock.calls[0]?.[0]).toBe('./api/commands/send');
  expect(fetched.mock.calls[0]?.[1]?.headers).toMatchObject({ 'Docket-Session': 'session-1' });
});

test('a_refusal_is_not_asked_for_again_and_keeps_code_field_and_rule', async () => {
  const fetched = vi.spyOn(window, 'fetch').mockResolvedValue(
    json({ code: 'stale_version', field: 'expected_version', rule: 'the order has moved', retryable: false, details: ['v2'], status: 409 }, 409),
  );
  const failure = await new HttpBackend().command('send', { order_id: 'one' }).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(Failure);
  expect(failure).toMatchObject({ code: 'stale_version', field: 'expected_version', rule: 'the order has moved', details: ['v2'] });
  expect(fetched).toHaveBeenCalledTimes(1);
});

test('a_query_is_flat_and_leaves_out_what_is_not_asked', async () => {
  const fetched = vi.spyOn(window, 'fetch').mockResolvedValue(json({ rows: [], next: null }));
  await new HttpBackend('./api').query('products', { category_id: null, text: 'café au lait', after: null, limit: 10 });
  expect(fetched.mock.calls[0]?.[0]).toBe('./api/queries/products?text=caf%C3%A9+au+lait&limit=10');
});

test('trying_again_has_an_end', async () => {
  const attempt = vi.fn(() => Promise.reject(new Failure('no_answer', '', 'gone', true)));
  await expect(withRetry(attempt, [1, 1])).rejects.toMatchObject({ code: 'no_answer' });
  expect(attempt).toHaveBeenCalledTimes(3);
});
