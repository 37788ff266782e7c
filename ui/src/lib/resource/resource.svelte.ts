// One read model on a screen: its query, the last answer, and whether that is being fetched anew.

import { asFailure, type Backend, type Failure, type QueryInput, type QueryName, type QueryOutput } from '../ipc';

/** The feed mostly tells of an act a moment after the act's own answer. */
const FEED_GRACE_MS = 30;

export class Resource<N extends QueryName> {
  value = $state.raw<QueryOutput<N> | null>(null);
  failure = $state.raw<Failure | null>(null);
  loading = $state(false);
  /** Counts the answers. */
  version = $state(0);
  private input: QueryInput<N> | null = null;
  private inputText = '';
  private running: Promise<void> | null = null;
  private again = false;
  private onbegin: (() => void) | null = null;

  constructor(private readonly backend: Backend, readonly name: N) {}

  /** Points the resource at an input; the old answer stays until the new one is there. `null` empties it. */
  follow(input: QueryInput<N> | null, keepValue = true): void {
    const text = JSON.stringify(input);
    if (text === this.inputText) return;
    this.inputText = text;
    this.input = input;
    if (input === null || !keepValue) this.value = null;
    if (input === null) this.failure = null;
    else void this.refresh();
  }

  /** Fetches anew. Calls during a fetch become one further fetch, so the answer is never older than the call. */
  refresh(): Promise<void> {
    if (this.input === null) return Promise.resolve();
    if (this.running !== null) {
      this.again = true;
      return this.running;
    }
    this.onbegin?.();
    this.running = this.fetchUntilCurrent();
    return this.running;
  }

  /**
   * Ends once the answer is as new as `current` asks. The feed mostly has it fetched in that moment, so that an act costs one
   * fetch and not two; where the feed is late or gone, it is fetched here.
   */
  async reach(current: (value: QueryOutput<N>) => boolean): Promise<void> {
    if (this.input === null) return;
    const there = () => this.value !== null && current(this.value);
    if (!there() && this.running === null) {
      await Promise.race([new Promise<void>((begun) => (this.onbegin = begun)), new Promise((late) => setTimeout(late, FEED_GRACE_MS))]);
    }
    await this.running;
    if (!there()) await this.refresh();
  }

  private async fetchUntilCurrent(): Promise<void> {
    this.loading = true;
    do {
      this.again = false;
      await this.fetchOnce();
    } while (this.again);
    this.loading = false;
    // In the same breath as the last look at `again`: a call in between would be lost.
    this.running = null;
  }

  private async fetchOnce(): Promise<void> {
    const asked = this.inputText;
    const input = this.input;
    if (input === null) return;
    try {
      const value = await this.backend.query(this.name, input);
      if (asked !== this.inputText) {
        this.again = this.input !== null;
        return;
      }
      this.value = value;
      this.failure = null;
      this.version += 1;
    } catch (thrown) {
      if (asked !== this.inputText) this.again = this.input !== null;
      else this.failure = asFailure(thrown);
    }
  }
}
