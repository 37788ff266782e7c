// The favourites of this device: which products, in the order in which they were chosen.

const KEY = 'docket.favourites';
const MOST = 48;

export class Favourites {
  ids = $state.raw<readonly string[]>(read());

  has(id: string): boolean {
    return this.ids.includes(id);
  }

  toggle(id: string): void {
    this.ids = this.has(id) ? this.ids.filter((other) => other !== id) : [...this.ids, id].slice(-MOST);
    try {
      localStorage.setItem(KEY, JSON.stringify(this.ids));
    } catch {
      // Without storage they last as long as the window.
    }
  }
}

function read(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id): id is string => typeof id === 'string').slice(0, MOST) : [];
  } catch {
    return [];
  }
}
