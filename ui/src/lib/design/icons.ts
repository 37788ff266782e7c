// The icons of the screens, by what they mean here. All come from Lucide, one import each, so that only these are sent.

import Ban from '@lucide/svelte/icons/ban';
import Banknote from '@lucide/svelte/icons/banknote';
import BellRing from '@lucide/svelte/icons/bell-ring';
import Check from '@lucide/svelte/icons/check';
import CheckCheck from '@lucide/svelte/icons/check-check';
import ChefHat from '@lucide/svelte/icons/chef-hat';
import ChevronLeft from '@lucide/svelte/icons/chevron-left';
import ChevronRight from '@lucide/svelte/icons/chevron-right';
import Circle from '@lucide/svelte/icons/circle';
import CirclePlus from '@lucide/svelte/icons/circle-plus';
import Clock from '@lucide/svelte/icons/clock';
import ConciergeBell from '@lucide/svelte/icons/concierge-bell';
import Delete from '@lucide/svelte/icons/delete';
import Ellipsis from '@lucide/svelte/icons/ellipsis';
import Flame from '@lucide/svelte/icons/flame';
import Info from '@lucide/svelte/icons/info';
import Keyboard from '@lucide/svelte/icons/keyboard';
import ListChecks from '@lucide/svelte/icons/list-checks';
import Lock from '@lucide/svelte/icons/lock';
import Minus from '@lucide/svelte/icons/minus';
import Pencil from '@lucide/svelte/icons/pencil';
import Plus from '@lucide/svelte/icons/plus';
import Receipt from '@lucide/svelte/icons/receipt-text';
import Search from '@lucide/svelte/icons/search';
import Settings from '@lucide/svelte/icons/settings';
import Split from '@lucide/svelte/icons/split';
import Star from '@lucide/svelte/icons/star';
import Trash from '@lucide/svelte/icons/trash';
import TriangleAlert from '@lucide/svelte/icons/triangle-alert';
import Undo from '@lucide/svelte/icons/undo-2';
import User from '@lucide/svelte/icons/user';
import Utensils from '@lucide/svelte/icons/utensils';
import VolumeOff from '@lucide/svelte/icons/volume-off';
import VolumeOn from '@lucide/svelte/icons/volume-2';
import Unlinked from '@lucide/svelte/icons/wifi-off';
import Zap from '@lucide/svelte/icons/zap';
import Cross from '@lucide/svelte/icons/x';

export const icons = {
  add: Plus, alert: TriangleAlert, back: ChevronLeft, backspace: Delete, ban: Ban, cash: Banknote, check: Check, clock: Clock,
  close: Cross, cooking: Flame, done: CheckCheck, edit: Pencil, forward: ChevronRight, info: Info, kitchen: ChefHat,
  keyboard: Keyboard, list: ListChecks, lock: Lock, more: Ellipsis, minus: Minus, added: CirclePlus, plus: Plus, ready: BellRing,
  receipt: Receipt, rush: Zap, search: Search, serve: ConciergeBell, settings: Settings, silent: VolumeOff, sound: VolumeOn, split: Split,
  star: Star, trash: Trash, undo: Undo, unlinked: Unlinked, user: User, utensils: Utensils, waiting: Circle,
} as const;

export type IconName = keyof typeof icons;

/** Those that point somewhere, and so point the other way where people read from right to left. */
export const DIRECTED: ReadonlySet<IconName> = new Set(['back', 'forward', 'undo']);
