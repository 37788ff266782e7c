// A menu file on its way in, and what the till found in it.

import type { MenuCheck } from '../ipc';

/** What is offered for import: the text, the menu that was chosen in it, and what the till says of that. */
export interface MenuFile {
  readonly name: string;
  readonly text: string;
  readonly menuId: string | null;
  readonly check: MenuCheck;
}

/** The hosts take no larger body; a film that was dropped by mistake is not read first. */
export const MENU_FILE_BYTES_MAX = 4 * 1024 * 1024;

/** Whether it can be imported as it is. */
export const isGood = (file: MenuFile | null): file is MenuFile => file !== null && file.check.content !== null && file.check.currency_fits;

/** The file in what was dropped. */
export function fileIn(event: DragEvent): File | null {
  return event.dataTransfer?.files[0] ?? null;
}
