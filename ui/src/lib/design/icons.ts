// The icons of the screens, by what they mean here. All come from Lucide; only these are sent.

import {
  Ban, Banknote, BellRing, Check, CheckCheck, ChefHat, ChevronLeft, ChevronRight, Circle, CirclePlus, Clock,
  ConciergeBell, Delete, Ellipsis, Flame, Info, Keyboard, ListChecks, Lock, Minus, Pencil, Plus, ReceiptText, Search,
  Settings, Split, Star, Trash, TriangleAlert, Undo2, User, Utensils, Volume2, VolumeOff, Wheat, WifiOff, X, Zap,
} from 'lucide';

const nodes = {
  add: Plus, alert: TriangleAlert, back: ChevronLeft, backspace: Delete, ban: Ban, cash: Banknote, check: Check, clock: Clock,
  close: X, contains: Wheat, cooking: Flame, done: CheckCheck, edit: Pencil, forward: ChevronRight, info: Info, kitchen: ChefHat,
  keyboard: Keyboard, list: ListChecks, lock: Lock, more: Ellipsis, minus: Minus, added: CirclePlus, plus: Plus, ready: BellRing,
  receipt: ReceiptText, rush: Zap, search: Search, serve: ConciergeBell, settings: Settings, silent: VolumeOff, sound: Volume2, split: Split,
  star: Star, trash: Trash, undo: Undo2, unlinked: WifiOff, user: User, utensils: Utensils, waiting: Circle,
} as const;

export type IconName = keyof typeof nodes;

/** What stands between a drawing's tags: markup is drawn faster than a component for each stroke, and a tap may draw several. */
export const ICONS = Object.fromEntries(Object.entries(nodes).map(([name, strokes]) => [name, strokes.map(markup).join('')])) as Readonly<Record<IconName, string>>;

function markup([tag, attributes]: (typeof Ban)[number]): string {
  return `<${tag} ${Object.entries(attributes).map(([name, value]) => `${name}="${String(value)}"`).join(' ')}/>`;
}

/** Those that point somewhere, and so point the other way where people read from right to left. */
export const DIRECTED: ReadonlySet<IconName> = new Set(['back', 'forward', 'undo']);
