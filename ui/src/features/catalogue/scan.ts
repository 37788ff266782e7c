// What Enter means in the search field: one product goes into the order, several or none are said.

import type { ProductView } from '../../lib/ipc';

export type ScanAnswer = { kind: 'one'; product: ProductView } | { kind: 'several' } | { kind: 'none' };

/** The single hit, or the one whose whole name was typed. */
export function pickScanned(rows: readonly ProductView[], wanted: string): ScanAnswer {
  const [first, ...others] = rows;
  if (!first) return { kind: 'none' };
  if (others.length === 0) return { kind: 'one', product: first };
  const named = rows.filter(({ name }) => name.toLocaleLowerCase() === wanted.toLocaleLowerCase());
  return named.length === 1 && named[0] ? { kind: 'one', product: named[0] } : { kind: 'several' };
}
