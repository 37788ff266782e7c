// What can be done on the screen as it is: each part of it offers its acts, and keys, palette and help ask here.

import { untrack } from 'svelte';

import { actOn, belongsToField, chordOf, type ActId } from './keys';

export interface Doing {
  run: () => unknown;
  /** False while it can't be done; the same condition as that of its button. */
  allowed?: boolean;
  /** What it depends on is under way: a press waits for that. */
  held?: boolean;
  /** Every press counts, also while the one before is under way. Others are deaf until they have ended. */
  each?: boolean;
}

export type Layer = () => Partial<Record<ActId, Doing>>;

export class Acts {
  private layers = $state.raw<readonly Layer[]>([]);
  private readonly running = new Set<ActId>();

  /** Offers acts until the returned function is called. A later layer's act hides an earlier one's of the same name. */
  offer(layer: Layer): () => void {
    untrack(() => (this.layers = [...this.layers, layer]));
    return () => {
      this.layers = this.layers.filter((other) => other !== layer);
    };
  }

  find(id: ActId): Doing | null {
    for (const layer of this.layers.toReversed()) {
      const doing = layer()[id];
      if (doing) return doing;
    }
    return null;
  }

  allows(id: ActId): boolean {
    const doing = this.find(id);
    return doing !== null && doing.allowed !== false;
  }

  /** Does it if it can be done now; a second call while it is being done is one too many. */
  async run(id: ActId): Promise<void> {
    const doing = untrack(() => this.find(id));
    if (doing === null || doing.allowed === false || this.running.has(id)) return;
    if (!doing.each) this.running.add(id);
    try {
      const free = doing.held ? await this.freed(id) : doing;
      await free?.run();
    } finally {
      this.running.delete(id);
    }
  }

  /** The act once nothing holds it any more; null if it can't be done then. */
  private freed(id: ActId): Promise<Doing | null> {
    return new Promise((resolve) => {
      const stop = $effect.root(() => {
        $effect(() => {
          const doing = this.find(id);
          if (doing?.held) return;
          resolve(doing?.allowed === false ? null : doing);
          queueMicrotask(() => stop());
        });
      });
    });
  }

  /** Does what a key means, unless a field or a dialog has the word. */
  press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const chord = chordOf(event);
    const id = actOn(chord);
    if (id === null || belongsToField(chord, event.target) || document.querySelector('[role=dialog]')) return;
    const doing = untrack(() => this.find(id));
    if (doing === null) return;
    // Also where it is not allowed now: a browser's own meaning of the key would be a surprise.
    event.preventDefault();
    if (event.repeat && !doing.each) return;
    void this.run(id);
  }
}
