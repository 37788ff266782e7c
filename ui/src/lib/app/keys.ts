// Every act's keys, in one place. Plain letters and digits are missing on purpose: they belong to the search, where a
// bar-code gun types.

import type { MessageKey } from '../i18n';

export type KeyGroup = 'app' | 'products' | 'order' | 'line' | 'pay' | 'orders';

export interface KeyRow {
  readonly keys: readonly string[];
  readonly group: KeyGroup;
  readonly text: MessageKey;
  /** What the text counts, where one text serves several keys. */
  readonly place?: number;
}

export const KEYS = {
  'app.keys': { keys: ['F1', '?'], group: 'app', text: 'do.keys' },
  'app.palette': { keys: ['Ctrl+k'], group: 'app', text: 'do.palette' },
  'app.read': { keys: ['Alt+m'], group: 'app', text: 'do.read' },
  'app.status': { keys: ['Alt+i'], group: 'app', text: 'do.status' },
  'app.settings': { keys: ['Alt+w'], group: 'app', text: 'settings.open' },
  'go.till': { keys: ['Alt+1'], group: 'app', text: 'do.go_till' },
  'go.orders': { keys: ['Alt+2'], group: 'app', text: 'do.go_orders' },
  'go.kitchen': { keys: ['Alt+3'], group: 'app', text: 'do.go_kitchen' },
  'go.store': { keys: ['Alt+4'], group: 'app', text: 'do.go_store' },
  'store.verify': { keys: ['Alt+Shift+v'], group: 'app', text: 'store.verify' },
  'store.export': { keys: ['Alt+Shift+e'], group: 'app', text: 'store.export' },
  'store.save': { keys: ['Alt+Shift+s'], group: 'app', text: 'store.save' },
  'store.cancel': { keys: ['Alt+Shift+x'], group: 'app', text: 'work.cancel' },
  'store.rebuild': { keys: ['Alt+Shift+r'], group: 'app', text: 'store.rebuild' },
  'go.manage': { keys: ['Alt+5'], group: 'app', text: 'do.go_manage' },
  'app.switch': { keys: ['Alt+Shift+q'], group: 'app', text: 'do.switch' },
  'app.lock': { keys: ['Alt+Shift+l'], group: 'app', text: 'do.lock' },
  'app.sign_out': { keys: ['Alt+q'], group: 'app', text: 'do.sign_out' },

  'catalogue.search': { keys: ['F2'], group: 'products', text: 'do.search' },
  'catalogue.quantity': { keys: ['Alt+x'], group: 'products', text: 'do.quantity' },
  'catalogue.favourites': { keys: ['Alt+f'], group: 'products', text: 'do.favourites' },
  'catalogue.mark': { keys: ['Alt+Shift+f'], group: 'products', text: 'do.mark' },
  'catalogue.before': { keys: ['Alt+ArrowUp'], group: 'products', text: 'do.category_before' },
  'catalogue.next': { keys: ['Alt+ArrowDown'], group: 'products', text: 'do.category_next' },

  'order.new': { keys: ['F4'], group: 'order', text: 'do.new_order' },
  'order.open': { keys: ['F3'], group: 'order', text: 'do.open_orders' },
  'order.tab_before': { keys: ['Alt+PageUp'], group: 'order', text: 'do.tab_before' },
  'order.tab_next': { keys: ['Alt+PageDown'], group: 'order', text: 'do.tab_next' },
  'order.type': { keys: ['Alt+t'], group: 'order', text: 'do.type_next' },
  'order.table': { keys: ['F6'], group: 'order', text: 'do.table' },
  'order.more': { keys: ['F7'], group: 'order', text: 'do.more' },
  'order.undo': { keys: ['Ctrl+z', 'Alt+z'], group: 'order', text: 'do.undo' },
  'order.receipt': { keys: ['Alt+r'], group: 'order', text: 'do.receipt' },
  'order.place': { keys: ['Alt+p'], group: 'order', text: 'action.place' },
  'order.start': { keys: ['Alt+b'], group: 'order', text: 'action.start' },
  'order.ready': { keys: ['Alt+d'], group: 'order', text: 'action.ready' },
  'order.hand_over': { keys: ['Alt+h'], group: 'order', text: 'action.hand_over' },
  'order.note': { keys: ['Alt+n'], group: 'order', text: 'action.set_note' },
  'order.covers': { keys: ['Alt+Shift+g'], group: 'order', text: 'action.set_covers' },
  'order.rush': { keys: ['Alt+Shift+h'], group: 'order', text: 'action.set_rush' },
  'order.guest': { keys: ['Alt+g'], group: 'order', text: 'action.set_customer' },
  'order.refund': { keys: ['Alt+Shift+p'], group: 'order', text: 'action.refund' },
  'order.cancel': { keys: ['Alt+Delete'], group: 'order', text: 'action.cancel' },
  'order.reinstate': { keys: ['Alt+Insert'], group: 'order', text: 'action.reinstate' },

  'line.before': { keys: ['ArrowUp'], group: 'line', text: 'do.line_before' },
  'line.next': { keys: ['ArrowDown'], group: 'line', text: 'do.line_next' },
  'line.more': { keys: ['+'], group: 'line', text: 'do.line_more' },
  'line.less': { keys: ['-'], group: 'line', text: 'do.line_less' },
  'line.edit': { keys: ['Alt+e'], group: 'line', text: 'do.line_edit' },
  'line.split': { keys: ['Alt+s'], group: 'line', text: 'do.line_split' },
  'line.void': { keys: ['Delete'], group: 'line', text: 'do.line_void' },

  'pay.send': { keys: ['F8'], group: 'pay', text: 'do.send' },
  'pay.exact': { keys: ['F9'], group: 'pay', text: 'do.pay_exact' },
  'pay.note_1': { keys: ['Alt+7'], group: 'pay', text: 'do.pay_note', place: 1 },
  'pay.note_2': { keys: ['Alt+8'], group: 'pay', text: 'do.pay_note', place: 2 },
  'pay.note_3': { keys: ['Alt+9'], group: 'pay', text: 'do.pay_note', place: 3 },
  'pay.other': { keys: ['F10'], group: 'pay', text: 'do.pay_other' },
  'pay.complete': { keys: ['Alt+c'], group: 'pay', text: 'do.complete' },
  'pay.next': { keys: ['Alt+Enter'], group: 'pay', text: 'do.next_order' },

  'orders.text': { keys: ['Alt+y'], group: 'orders', text: 'do.filter_text' },
  'orders.all': { keys: ['Alt+a'], group: 'orders', text: 'do.filter_all' },
  'orders.only_open': { keys: ['Alt+o'], group: 'orders', text: 'do.filter_open' },
  'orders.closed': { keys: ['Alt+l'], group: 'orders', text: 'do.filter_closed' },
  'orders.settle': { keys: ['Alt+u'], group: 'orders', text: 'do.settle' },
  'orders.copy': { keys: ['Alt+j'], group: 'orders', text: 'do.copy_json' },
  'orders.continue': { keys: ['Alt+k'], group: 'orders', text: 'do.continue' },
  'orders.back': { keys: ['Alt+Backspace'], group: 'orders', text: 'do.back' },
} as const satisfies Record<string, KeyRow>;

export type ActId = keyof typeof KEYS;
export const ACT_IDS = Object.keys(KEYS) as ActId[];
export const rowOf = (id: ActId): KeyRow => KEYS[id];

const ON_KEY = new Map<string, ActId>(ACT_IDS.flatMap((id) => rowOf(id).keys.map((key) => [key, id] as const)));

/** The act of a chord such as `Alt+t`. */
export function actOn(chord: string): ActId | null {
  return ON_KEY.get(chord) ?? null;
}

/**
 * What was pressed, in the words of the table. With Alt some layouts give a sign instead of the letter or digit on the
 * key; the key's place tells then.
 */
export function chordOf(event: KeyboardEvent): string {
  const placed = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1];
  const plain = event.altKey && placed !== undefined && !/^[a-z0-9]$/i.test(event.key) ? placed : event.key;
  const key = plain.length === 1 ? plain.toLowerCase() : plain;
  const shifted = event.shiftKey && (event.altKey || event.ctrlKey || key.length > 1);
  const parts = [event.ctrlKey || event.metaKey ? 'Ctrl' : '', event.altKey ? 'Alt' : '', shifted ? 'Shift' : '', key];
  return parts.filter((part) => part !== '').join('+');
}

const TEXT_FIELD = 'input:not([type=checkbox], [type=radio], [type=file]), textarea, select, [contenteditable]';
const OWN_ARROWS = '[role=radiogroup], [role=listbox], [role=menu], [role=tablist], select';

/** Whether a field or a group of choices has a better use for this chord. */
export function belongsToField(chord: string, target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  if (chord.startsWith('Arrow') && target.closest(OWN_ARROWS)) return true;
  const field = target.closest(TEXT_FIELD);
  if (!field || /^(?:Alt\+|F\d)/.test(chord) || chord === 'Ctrl+k') return false;
  // The search field is where a gun's focus rests: as long as nothing is typed, the keys still mean the order.
  return !(field instanceof HTMLInputElement && field.dataset['scan'] !== undefined && field.value === '');
}

const CAPS: Readonly<Record<string, string>> = {
  ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Delete: 'Del', Insert: 'Ins', Backspace: '⌫', PageUp: 'PgUp',
  PageDown: 'PgDn', Enter: '⏎', '-': '−',
};

/** The caps to press at once, as they are printed on most keyboards. */
export function capsOf(chord: string): string[] {
  if (chord.length === 1) return [CAPS[chord] ?? chord];
  return chord.split('+').map((part) => CAPS[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}
