// Acts whose answer was lost. Whether the till did them is not known, so when a person does the same thing once more it
// goes out under the same ids: the till then does it once, however often it is asked.

/** Longer ago, a person means a new act. */
const REMEMBERED_MS = 120_000;
const REMEMBERED_MAX = 32;

export class Unanswered<T> {
  private readonly kept = new Map<string, { value: T; untilMs: number }>();

  keep(what: string, value: T, nowMs = Date.now()): void {
    if (this.kept.size >= REMEMBERED_MAX) this.kept.delete(this.kept.keys().next().value ?? '');
    this.kept.set(what, { value, untilMs: nowMs + REMEMBERED_MS });
  }

  /** What was kept of the same act; it is handed out once. */
  take(what: string, nowMs = Date.now()): T | null {
    const found = this.kept.get(what);
    this.kept.delete(what);
    return found && nowMs < found.untilMs ? found.value : null;
  }

  /** An answer to anything later shows where the order stands: what is done from then on is new. */
  clear(): void {
    this.kept.clear();
  }
}
