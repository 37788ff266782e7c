// Brings a file to the till in parts. Nothing of it counts there until the whole of it is named.

import type { Till } from '../../lib/app/till.svelte';
import { newId, type Failure } from '../../lib/ipc';

/** Bytes of a part; the till takes no more at once. */
const PART_BYTES = 1024 * 1024;

export type Sent = { ok: true } | { ok: false; failure: Failure | null };

export interface Watch {
  /** Hears how many bytes are there. */
  tell(bytes: number): void;
  /** Asked before each part. */
  goesOn(): boolean;
}

/** Sends a file and has it taken in. Without a failure and not ok: it was stopped. */
export async function sendFile(till: Till, file: Blob, watch: Watch): Promise<Sent> {
  const fileId = newId();
  for (let at = 0; at === 0 || at < file.size; at += PART_BYTES) {
    if (!watch.goesOn()) return stop(till);
    const part = await till.attempt('import_part', { file_id: fileId, at, bytes: await base64(file.slice(at, at + PART_BYTES)) });
    if (!part.ok) return part;
    watch.tell(Math.min(file.size, at + PART_BYTES));
  }
  if (!watch.goesOn()) return stop(till);
  const taken = await till.attempt('import_log', { file_id: fileId });
  return taken.ok ? { ok: true } : taken;
}

async function stop(till: Till): Promise<Sent> {
  const dropped = await till.attempt('cancel_work', { work: 'import' });
  // Before the first part there is nothing to drop.
  const failure = dropped.ok || dropped.failure.code === 'nothing_to_do' ? null : dropped.failure;
  return { ok: false, failure };
}

/** Base64 as the browser's own reader gives it: it takes a part at once, and not byte by byte. */
function base64(part: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,?/, ''));
    reader.onerror = () => reject(reader.error ?? new Error('the file could not be read'));
    reader.readAsDataURL(part);
  });
}
