// One clock for everything on a screen that grows older: age timers, the feed's silence, a lock that ends.

class Clock {
  /** Milliseconds since 1970, moved four times a second while anything looks at it. */
  nowMs = $state(Date.now());
  /** Milliseconds since this window was opened: it runs on evenly when someone sets the machine's clock. */
  upMs = $state(performance.now());

  start(): () => void {
    const timer = setInterval(() => {
      this.nowMs = Date.now();
      this.upMs = performance.now();
    }, 250);
    return () => clearInterval(timer);
  }
}

export const clock = new Clock();
