// A colour for each category that stays the same from day to day, whatever is added before it in the menu.

export const HUES = 8;

/** The category's own place on the wheel, or the next free one, so that the first eight differ. */
export function huesOf(ids: readonly string[]): ReadonlyMap<string, number> {
  const hues = new Map<string, number>();
  const taken = new Set<number>();
  for (const id of ids.toSorted()) {
    let hue = placeOf(id);
    while (taken.size < HUES && taken.has(hue)) hue = (hue + 1) % HUES;
    taken.add(hue);
    hues.set(id, hue);
  }
  return hues;
}

/** FNV-1a over the id. */
function placeOf(id: string): number {
  let hash = 0x811c9dc5;
  for (const char of id) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash % HUES;
}
