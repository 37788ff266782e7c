// What is typed into the search: how many, and of what. `3 x latte` and `3*` before a tap mean three.

export interface Wanted {
  /** How many, as the till takes it; null where nothing was said. */
  quantity: string | null;
  text: string;
}

const TIMES = /^(\d{1,4}(?:[.,]\d{1,3})?)\s*[x×*]\s*(.*)$/iu;

export function readWanted(typed: string): Wanted {
  const text = typed.trim();
  const found = TIMES.exec(text);
  const quantity = found?.[1]?.replace(',', '.');
  if (quantity === undefined || Number(quantity) === 0) return { quantity: null, text };
  return { quantity: plain(quantity), text: found?.[2] ?? '' };
}

/** Without zeros that say nothing, as the till writes quantities. */
function plain(quantity: string): string {
  const [whole = '0', rest = ''] = quantity.split('.');
  const fraction = rest.replace(/0+$/, '');
  const figure = whole.replace(/^0+(?=\d)/, '');
  return fraction === '' ? figure : `${figure}.${fraction}`;
}
