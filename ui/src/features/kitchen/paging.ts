// Which tickets stand on which page of columns. Places are measured in the reading direction, from the first column on.

export interface Place {
  /** Where its first part starts, in pixels. */
  readonly start: number;
  /** Where its last part starts; in another column than the first where it goes on there. */
  readonly end: number;
}

export interface Span {
  readonly first: number;
  readonly last: number;
  /** It starts in one column and ends in another. */
  readonly goesOn: boolean;
}

export interface Paging {
  readonly pages: number;
  readonly spans: readonly Span[];
}

/** `stride` is the way from one page to the next, `column` the width of a column. */
export function paging(places: readonly Place[], stride: number, column: number): Paging {
  if (stride <= 0) return { pages: 1, spans: places.map(() => ({ first: 0, last: 0, goesOn: false })) };
  // Half a column of slack: engines round the width of columns.
  const pageOf = (at: number) => Math.max(0, Math.floor((at + column / 2) / stride));
  const spans = places.map(({ start, end }) => ({ first: pageOf(start), last: pageOf(end), goesOn: end - start > column / 2 }));
  return { pages: spans.reduce((most, { last }) => Math.max(most, last + 1), 1), spans };
}

/** How many are not all on a page: those with a part before it, and those with a part behind it. */
export function beyond(spans: readonly Span[], page: number): { before: number; after: number } {
  return {
    before: spans.filter(({ first }) => first < page).length,
    after: spans.filter(({ last }) => last > page).length,
  };
}

export const isOn = (span: Span | undefined, page: number): boolean => span === undefined || (span.first <= page && span.last >= page);

/** The number that a ticket's key has on its page: 1 to 9, and none beyond. */
export function slotOf(spans: readonly Span[], index: number, page: number): number | null {
  const span = spans[index];
  if (span === undefined || !isOn(span, page)) return null;
  const slot = spans.slice(0, index).filter((earlier) => isOn(earlier, page)).length + 1;
  return slot <= 9 ? slot : null;
}
