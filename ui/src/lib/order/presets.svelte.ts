// The notes that a house writes again and again, kept on this device. Everything that offers them asks here.

import { t } from '../i18n';

const KEY = 'docket.note_presets';
const MOST = 24;

class NotePresets {
  private kept = $state.raw<readonly string[] | null>(read());

  /** The house's own list, or ours until it has one. */
  get all(): readonly string[] {
    return this.kept ?? [
      t('preset.no_onion'), t('preset.extra_hot'), t('preset.on_the_side'), t('preset.allergy'), t('preset.together'), t('preset.hurry'),
    ];
  }

  keep(note: string): void {
    const text = note.trim();
    if (text !== '' && !this.all.includes(text)) this.write([...this.all, text].slice(-MOST));
  }

  forget(note: string): void {
    this.write(this.all.filter((other) => other !== note.trim()));
  }

  /** Reads the list anew, for a window in which another one changed it. */
  reload(): void {
    this.kept = read();
  }

  private write(notes: readonly string[]): void {
    this.kept = notes;
    try {
      localStorage.setItem(KEY, JSON.stringify(notes));
    } catch {
      // Without storage they last as long as the window.
    }
  }
}

function read(): readonly string[] | null {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null');
    return Array.isArray(kept) ? kept.filter((note): note is string => typeof note === 'string').slice(0, MOST) : null;
  } catch {
    return null;
  }
}

export const notePresets = new NotePresets();

const PARTS = /\s*;\s*/;

/** The note with a preset in it, or without it where it was in it. */
export function toggled(note: string, preset: string): string {
  const parts = note.trim() === '' ? [] : note.trim().split(PARTS);
  return (parts.includes(preset) ? parts.filter((part) => part !== preset) : [...parts, preset]).join('; ');
}

export function isIn(note: string, preset: string): boolean {
  return note.trim().split(PARTS).includes(preset);
}
