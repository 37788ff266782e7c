// The steps on an order that nobody else has seen yet, and the way back from each of them.

import type { Result } from '../../lib/app/till.svelte';

export interface Step {
  /** What was done, in words. */
  what: string;
  /** Does the opposite. */
  back: () => Promise<Result | null>;
}

const MOST = 20;

export class Steps {
  private done = $state.raw<readonly Step[]>([]);

  get last(): Step | null {
    return this.done.at(-1) ?? null;
  }

  add(step: Step): void {
    this.done = [...this.done, step].slice(-MOST);
  }

  /** Takes the last step out, to be undone. */
  take(): Step | null {
    const { last } = this;
    this.done = this.done.slice(0, -1);
    return last;
  }

  /** What was done is out of these hands: it went to the kitchen, or another order is looked at. */
  forget(): void {
    if (this.done.length > 0) this.done = [];
  }
}
