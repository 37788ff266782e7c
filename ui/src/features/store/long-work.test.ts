// Long work on the screen: how far it is, how it is ended early, and how it ended.

import axe from 'axe-core';
import { beforeEach, expect, test, vi } from 'vitest';
import { userEvent } from 'vitest/browser';

import { Failure, type Backend, type ImportedView, type StatusView } from '../../lib/ipc';
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
  backend.set({ ended: { work: 'rebuild', end: 'cancelled', at_ms: 0, text: '', imported: null, failure: null } });
  await expect.element(screen.getByTestId('work-ended')).toHaveTextContent('Everything is as it was.');
});

test('a failure is said by its code, an export by its file', async () => {
  const { backend, screen } = await store();
  const failure = { code: 'disk_full', field: 'data', rule: 'no room', retryable: true } as const;
  backend.set({ ended: { work: 'export', end: 'failed', at_ms: 0, text: '', imported: null, failure } });
  await expect.element(screen.getByTestId('failure')).toHaveAttribute('data-code', 'disk_full');
  backend.set({ ended: { work: 'export', end: 'done', at_ms: 0, text: '/srv/docket/exports/today.jsonl', imported: null, failure: null } });
  await expect.element(screen.getByTestId('export-file')).toHaveTextContent('/srv/docket/exports/today.jsonl');
});

test('what an import and a verification found is said in figures, and the rest is for support', async () => {
  const { backend, screen } = await store();
  const imported: ImportedView = {
    rows: 12, stored: 3, held: 8, refused: 1, logs: 1, orders: 2, documents: 0, stubs: 0, healed: 1, forks: [{ log: 'ab', seq: 4 }], clocks: [], renewed: true,
    refusals: ['line 7: is no row'],
  };
  backend.set({
    ended: { work: 'import', end: 'done', at_ms: 0, text: 'in English', imported, failure: null },
    last_verify: 'in English', verified: { rows: 5, logs: 1, faults: 2, first: 'log ab: row 3 is damaged' },
    incidents: [{ kind: 'row_damaged', text: 'in English', facts: { kind: 'row_damaged', log: 'ab', seq: 3, reason: 'hash' }, at_ms: 0 }],
  });
  const report = screen.getByTestId('import-report');
  await expect.element(report).toHaveTextContent('12 rows read: 3 stored, 8 held already, 1 refused');
  for (const part of ['1 rows healed', 'Log ab parts at row 4', 'receipt series begin here', 'refused: line 7: is no row']) await expect.element(report).toHaveTextContent(part);
  await expect.element(screen.getByTestId('last-verify')).toHaveTextContent('2 faults in 5 rows of 1 logs');
  await expect.element(screen.getByTestId('incident')).toHaveTextContent('Row 3 of log ab.');
  expect(document.body.textContent).not.toContain('in English');
  expect((await axe.run(document)).violations.map(({ id }) => id)).toEqual([]);
});

test('an export for a browser waits to be saved, by a press or a key, and says nothing of the till’s folders', async () => {
  const { backend, screen } = await store();
  const saved = vi.fn(() => Promise.resolve());
  expect(screen.getByTestId('export-waits').query()).toBeNull();
  // This host's files are the person's own, so nothing is offered to be saved.
  backend.set({ download: { name: 'docket-2026-11-21-170000.jsonl', bytes: 10 } });
  await screen.getByTestId('export').click();
  expect(backend.called('export')[0]?.input).toEqual({ download: false });
  expect(screen.getByTestId('export-waits').query()).toBeNull();

  (backend as Backend).download = saved;
  backend.set({ ended: { work: 'export', end: 'done', at_ms: 0, text: '', imported: null, failure: null }, download: { name: 'docket-2026-11-21-170000.jsonl', bytes: 10 } });
  await expect.element(screen.getByTestId('export-waits')).toHaveTextContent('docket-2026-11-21-170000.jsonl');
  expect(screen.getByTestId('export-file').query()).toBeNull();
  expect((await axe.run(document)).violations.map(({ id }) => id)).toEqual([]);
  await screen.getByTestId('export-save').click();
  await userEvent.keyboard('{Alt>}{Shift>}s{/Shift}{/Alt}');
  await expect.poll(() => saved.mock.calls.length).toBe(2);
  saved.mockRejectedValueOnce(new Failure('nothing_to_do', '', 'gone', false));
  await screen.getByTestId('export-save').click();
  await expect.element(screen.getByTestId('notice')).toHaveTextContent('nothing left to do');
  await screen.getByTestId('export').click();
  expect(backend.called('export')[1]?.input).toEqual({ download: true });
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
