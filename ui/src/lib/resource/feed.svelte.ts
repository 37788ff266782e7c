// The change feed of this window: it says which read models moved, and when the till was last heard.

import type { Backend, Change, Topic } from '../ipc';
import { clock } from './clock.svelte';

/** After so much silence the screens say that they may be out of date; the till speaks at least every second. */
export const SILENCE_LIMIT_MS = 3_000;

export interface Interest {
  readonly topics: readonly Topic[];
  /** Only changes of this order, where the read model is about one. */
  readonly order?: string | null;
}

type Listener = { interest: () => Interest; invalidate: () => void };

export class Feed {
  /** When the last message came in, by this machine's clock. */
  lastHeardMs = $state<number | null>(null);
  /** The writer's wall time in that message. */
  lastWordMs = $state<number | null>(null);
  /** How far the writer's clock is ahead of this machine's. */
  offsetMs = $state(0);
  private startedMs = Date.now();
  private readonly listeners = new Set<Listener>();

  constructor(private readonly backend: Backend) {}

  get stale(): boolean {
    return clock.nowMs - (this.lastHeardMs ?? this.startedMs) > SILENCE_LIMIT_MS;
  }

  /** Now, as the writer's clock has it. */
  get writerNowMs(): number {
    return clock.nowMs + this.offsetMs;
  }

  start(): () => void {
    this.startedMs = Date.now();
    return this.backend.changes({
      onOpen: () => this.invalidateAll(),
      onChange: (change) => this.hear(change),
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
    this.lastHeardMs = Date.now();
    if (change.kind === 'reset') {
      this.invalidateAll();
      return;
    }
    this.lastWordMs = change.at_ms;
    this.offsetMs = change.at_ms - this.lastHeardMs;
    if (change.kind === 'changed') this.invalidate(change.topics, change.order_id ?? null);
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
