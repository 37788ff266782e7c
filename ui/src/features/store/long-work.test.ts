// Long work on the screen: how far it is, how it is ended early, and how it ended.

import axe from 'axe-core';
import { beforeEach, expect, test, vi } from 'vitest';

import type { StatusView } from '../../lib/ipc';
import { FakeBackend } from '../../lib/ipc/fake';
import { openWindow, signIn } from '../../lib/testing/window';

beforeEach(() => localStorage.clear());

/** A till whose state can be set. */
class WorkingBackend extends FakeBackend {
  more: Partial<StatusView> = {};

  set(more: Partial<StatusView>): void {
    this.more = more;
    this.touch(['status']);
  }
}

async function store() {
  const backend = new WorkingBackend();
  const query = backend.query.bind(backend);
  vi.spyOn(backend, 'query').mockImplementation((async (...call: Parameters<typeof backend.query>) => {
    const answer = (await query(...call)) as object;
    return call[0] === 'status' ? { ...answer, ...backend.more } : answer;
  }) as typeof backend.query);
  const window = await openWindow('#/store', backend);
  await signIn(window, 'Mara');
  await expect.element(window.screen.getByTestId('verify')).toBeVisible();
  return { ...window, backend };
}

test('work under way shows its share, can be cancelled once, and says that nothing was changed', async () => {
  const { backend, screen } = await store();
  backend.set({ progress: { work: 'rebuild', done: 250, total: 1000 } });
  await expect.element(screen.getByTestId('store-progress')).toHaveTextContent('25 % done');
  expect((await axe.run(document)).violations.map(({ id }) => id)).toEqual([]);
  await screen.getByTestId('store-progress-cancel').click();
  await expect.element(screen.getByTestId('store-progress')).toHaveTextContent('Stopping…');
  await expect.element(screen.getByTestId('store-progress-cancel')).toBeDisabled();
  expect(backend.called('cancel_work').map(({ input }) => input)).toEqual([{ work: 'rebuild' }]);
  backend.set({ ended: { work: 'rebuild', end: 'cancelled', at_ms: 0, text: '', failure: null } });
  await expect.element(screen.getByTestId('work-ended')).toHaveTextContent('Everything is as it was.');
});

test('a failure is said by its code, an export by its file', async () => {
  const { backend, screen } = await store();
  const failure = { code: 'disk_full', field: 'data', rule: 'no room', retryable: true } as const;
  backend.set({ ended: { work: 'export', end: 'failed', at_ms: 0, text: '', failure } });
  await expect.element(screen.getByTestId('failure')).toHaveAttribute('data-code', 'disk_full');
  backend.set({ ended: { work: 'export', end: 'done', at_ms: 0, text: '/srv/docket/exports/today.jsonl', failure: null } });
  await expect.element(screen.getByTestId('export-file')).toHaveTextContent('/srv/docket/exports/today.jsonl');
});

test('a file is sent in parts and taken in; one that is stopped on its way is dropped', async () => {
  const { backend, screen } = await store();
  const bytes = new Uint8Array(1024 * 1024 + 10).fill(0x41);
  const choose = (name: string) => screen.getByTestId('log-file').upload(new File([bytes], name));
  await choose('till-b.jsonl');
  await screen.getByTestId('log-import').click();
  await expect.poll(() => backend.called('import_log').length).toBe(1);
  const parts = backend.called('import_part').map(({ input }) => input as { at: number; bytes: string; file_id: string });
  expect(parts.map(({ at, bytes: text }) => [at, atob(text).length])).toEqual([[0, 1024 * 1024], [1024 * 1024, 10]]);
  expect(backend.called('import_log')[0]?.input).toEqual({ file_id: parts[0]?.file_id });

  let letGo: () => void = () => undefined;
  backend.gate = new Promise<void>((resolve) => (letGo = resolve));
  await screen.getByTestId('log-import').click();
  await screen.getByTestId('log-progress-cancel').click();
  letGo();
  await expect.poll(() => backend.called('cancel_work').map(({ input }) => input)).toEqual([{ work: 'import' }]);
  expect([backend.called('import_part').length, backend.called('import_log').length]).toEqual([3, 1]);
});
