// What is chosen in the groups of a product, and what is still missing. The limits are the catalogue's.

import type { GroupView, ModifierView, OptionView, SelectionInput } from '../../lib/ipc';

/** Option id → how often, per group id. */
export type Selection = Readonly<Record<string, Readonly<Record<string, number>>>>;

export const NOTHING: Selection = {};

export function fromModifiers(modifiers: readonly ModifierView[]): Selection {
  return modifiers.reduce<Selection>((chosen, { group_id, option_id, count }) => put(chosen, group_id, option_id, count), NOTHING);
}

export function countOf(selection: Selection, group: GroupView, option: OptionView): number {
  return selection[group.id]?.[option.id] ?? 0;
}

export function countIn(selection: Selection, group: GroupView): number {
  return Object.values(selection[group.id] ?? {}).reduce((sum, count) => sum + count, 0);
}

/** Whether one more of the option fits: below the limit, or beyond it where the option has a price for that. */
export function fits(selection: Selection, group: GroupView, option: OptionView): boolean {
  return group.max === null || countIn(selection, group) < group.max || option.extra_price !== null;
}

/** A tap on an option: chosen becomes not chosen and the other way round; in a choice of one it replaces. */
export function toggle(selection: Selection, group: GroupView, option: OptionView): Selection {
  if (countOf(selection, group, option) > 0) return put(selection, group.id, option.id, 0);
  if (group.max === 1 && option.extra_price === null) return { ...selection, [group.id]: { [option.id]: 1 } };
  return add(selection, group, option, 1);
}

export function add(selection: Selection, group: GroupView, option: OptionView, by: 1 | -1): Selection {
  if (by > 0 && !fits(selection, group, option)) return selection;
  return put(selection, group.id, option.id, Math.max(0, countOf(selection, group, option) + by));
}

/** The first group that still asks, and for how many. */
export function missing(selection: Selection, groups: readonly GroupView[]): { group: GroupView; count: number } | null {
  for (const group of groups) {
    const count = group.min - countIn(selection, group);
    if (count > 0) return { group, count };
  }
  return null;
}

/** How many of the choices that must be made are made. */
export function progress(selection: Selection, groups: readonly GroupView[]): { done: number; of: number } {
  const forced = groups.filter(({ min }) => min > 0);
  return { done: forced.reduce((sum, group) => sum + Math.min(group.min, countIn(selection, group)), 0), of: forced.reduce((sum, { min }) => sum + min, 0) };
}

export function toInput(selection: Selection): SelectionInput[] {
  return Object.entries(selection).flatMap(([group_id, options]) =>
    Object.entries(options)
      .filter(([, count]) => count > 0)
      .map(([option_id, count]) => ({ group_id, option_id, count })));
}

function put(selection: Selection, groupId: string, optionId: string, count: number): Selection {
  return { ...selection, [groupId]: { ...selection[groupId], [optionId]: count } };
}
