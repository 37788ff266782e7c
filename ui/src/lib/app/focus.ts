// Where a dialog begins: in its field, once the dialog has remembered whom to give the focus back to.

import { tick } from 'svelte';

export function focusFirst(field: HTMLElement): void {
  void tick().then(() => field.focus());
}
