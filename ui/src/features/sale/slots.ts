// Where the tabs of the open orders stand. An order keeps its place for as long as it is open, whatever comes and goes
// beside it, so that a hand finds it again without reading; a place that comes free goes to the next new order.

export type Slots = readonly (string | null)[];

/** `open` is in the order in which places are given away. */
export function placed(slots: Slots, open: readonly string[]): Slots {
  const still = new Set(open);
  const next = slots.map((id) => (id !== null && still.has(id) ? id : null));
  const known = new Set(next);
  for (const id of open) {
    if (known.has(id)) continue;
    const free = next.indexOf(null);
    if (free >= 0) next[free] = id;
    else next.push(id);
  }
  while (next.at(-1) === null) next.pop();
  return next;
}
