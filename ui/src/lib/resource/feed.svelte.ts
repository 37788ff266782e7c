// The change feed of this window: it says which read models moved, and when the till was last heard.

import type { Backend, Change, Failure, Topic } from '../ipc';
import { clock } from './clock.svelte';

/** After so much silence the screens say that they may be out of date; the till speaks at least every second. */
export const SILENCE_LIMIT_MS = 3_000;
/** A clock that moves by more than this at once is told of: less is a slow line, or a clock that is kept right. */
export const JUMP_LIMIT_MS = 30_000;

/** Heartbeats that come in at once were held up on the way, and prove nothing. */
const BELIEVED_AFTER_MS = 500;

export interface Interest {
  readonly topics: readonly Topic[];
  /** Only changes of this order, where the read model is about one. */
  readonly order?: string | null;
}

type Listener = { interest: () => Interest; invalidate: () => void };

export class Feed {
  /** The writer's wall time in its last message. */
  lastWordMs = $state<number | null>(null);
  /** The writer's clock was set, or the machine slept; told with what it shows now. */
  onjump: ((nowMs: number) => void) | null = null;
  /** The till refused the feed. */
  onrefused: ((failure: Failure) => void) | null = null;
  /** When the last message came in, and before the first one when the feed began; on the even clock. */
  private heardUpMs = $state(performance.now());
  /** How far the writer's clock is ahead of the even one. */
  private aheadMs = $state(Date.now() - performance.now());
  private clockKnown = false;
  private moved: { readonly aheadMs: number; readonly upMs: number } | null = null;
  private readonly listeners = new Set<Listener>();

  constructor(private readonly backend: Backend) {}

  /** Since when nothing was heard. The machine's own clock has no say in it: it may be set while the line is down. */
  get silenceMs(): number {
    return Math.max(0, clock.upMs - this.heardUpMs);
  }

  get stale(): boolean {
    return this.silenceMs > SILENCE_LIMIT_MS;
  }

  /** Now, as the writer's clock has it. */
  get writerNowMs(): number {
    return clock.upMs + this.aheadMs;
  }

  start(): () => void {
    this.heardUpMs = performance.now();
    return this.backend.changes({
      onOpen: () => this.invalidateAll(),
      onChange: (change) => this.hear(change),
      onRefused: (failure) => this.onrefused?.(failure),
    });
  }

  listen(interest: () => Interest, invalidate: () => void): () => void {
    const listener = { interest, invalidate };
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  invalidateAll(): void {
    for (const listener of this.listeners) listener.invalidate();
  }

  private hear(change: Change): void {
    this.heardUpMs = performance.now();
    if (change.kind === 'reset') {
      this.invalidateAll();
      return;
    }
    this.lastWordMs = change.at_ms;
    // A change may be an old one that is told again after a break; a heartbeat has the time as it is now.
    if (change.kind === 'heartbeat' || !this.clockKnown) this.setClock(change.at_ms);
    if (change.kind === 'changed') this.invalidate(change.topics, change.order_id ?? null);
  }

  /** Follows the writer's clock. A jump is believed once a second heartbeat has it: a late one may only have been held up. */
  private setClock(atMs: number): void {
    const ahead = atMs - this.heardUpMs;
    const near = (other: number) => Math.abs(ahead - other) <= JUMP_LIMIT_MS;
    if (!this.clockKnown || near(this.aheadMs)) {
      this.clockKnown = true;
      this.aheadMs = ahead;
      this.moved = null;
    } else if (this.moved === null || !near(this.moved.aheadMs)) {
      this.moved = { aheadMs: ahead, upMs: this.heardUpMs };
    } else if (this.heardUpMs - this.moved.upMs >= BELIEVED_AFTER_MS) {
      this.aheadMs = ahead;
      this.moved = null;
      this.onjump?.(atMs);
    }
  }

  private invalidate(topics: readonly Topic[], order: string | null): void {
    for (const { interest, invalidate } of this.listeners) {
      const wanted = interest();
      if (!wanted.topics.some((topic) => topics.includes(topic))) continue;
      if (wanted.order != null && order !== null && wanted.order !== order) continue;
      invalidate();
    }
  }
}
