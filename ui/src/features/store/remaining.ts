// How long work will still take, from how fast it went. What is shown moves calmly: the rate is smoothed, and an estimate
// that is off is followed bit by bit, so that nobody sees two minutes become ten and then one.

/** Before this much was watched, nothing is foretold. */
const WATCHED_MS = 1_500;
/** How much of the past the rate remembers. */
const MEMORY_MS = 6_000;
/** How fast what is shown follows what is reckoned. */
const FOLLOW_MS = 4_000;

export interface Came {
  readonly done: number;
  readonly total: number;
  readonly atMs: number;
}

export class Remaining {
  private first: Came | null = null;
  private last: Came | null = null;
  /** Done per millisecond. */
  private rate = 0;
  private shownMs: number | null = null;

  /** Hears how far the work has come. Less than before means that it has begun anew. */
  tell(came: Came): void {
    const { first, last } = this;
    if (first === null || last === null || came.done < last.done) {
      [this.first, this.last, this.rate, this.shownMs] = [came, came, 0, null];
      return;
    }
    const spent = came.atMs - last.atMs;
    if (spent <= 0 || came.done === last.done) return;
    const rate = (came.done - last.done) / spent;
    const weight = this.rate === 0 ? 1 : 1 - Math.exp(-spent / MEMORY_MS);
    this.rate += weight * (rate - this.rate);
    this.last = came;
    if (came.atMs - first.atMs < WATCHED_MS) return;
    const reckoned = Math.max(0, came.total - came.done) / this.rate;
    const expected = this.shownMs === null ? reckoned : Math.max(0, this.shownMs - spent);
    const follow = this.shownMs === null ? 1 : 1 - Math.exp(-spent / FOLLOW_MS);
    this.shownMs = expected + follow * (reckoned - expected);
  }

  /** What is left, in steps that people think in; none as long as it can't be told. */
  leftMs(nowMs: number): number | null {
    if (this.shownMs === null || this.last === null) return null;
    return inSteps(Math.max(0, this.shownMs - Math.max(0, nowMs - this.last.atMs)));
  }
}

/** At least five seconds, then in fives up to a minute, in minutes up to an hour, then in tens of minutes. */
export function inSteps(ms: number): number {
  const up = (step: number) => Math.max(1, Math.round(ms / step)) * step;
  if (ms < 57_500) return up(5_000);
  if (ms < 59.5 * 60_000) return up(60_000);
  return up(600_000);
}
