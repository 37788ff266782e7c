// One clock for everything on a screen that grows older: age timers, the feed's silence, a lock that ends.

class Clock {
  /** Milliseconds since 1970, moved four times a second while anything looks at it. */
  nowMs = $state(Date.now());

  start(): () => void {
    const timer = setInterval(() => {
      this.nowMs = Date.now();
    }, 250);
    return () => clearInterval(timer);
  }
}

export const clock = new Clock();
