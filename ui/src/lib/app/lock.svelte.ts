// A window that nobody has touched for a while asks for the PIN again. It only covers the screen: what is open under it
// stays as it was, and the session goes on.

const key = (station: string) => `docket.locked.${station}`;
const TOUCHES = ['pointerdown', 'keydown', 'wheel'] as const;

export class Lock {
  locked = $state(false);
  private station = '';
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** A window that is loaded again is as locked as it was. */
  enter(station: string): void {
    this.station = station;
    this.locked = sessionStorage.getItem(key(station)) !== null;
  }

  lock(): void {
    sessionStorage.setItem(key(this.station), '1');
    this.locked = true;
  }

  /** Someone has shown who they are, or has left. */
  open(): void {
    sessionStorage.removeItem(key(this.station));
    this.locked = false;
  }

  /** Locks after so many minutes without a touch, until the returned function is called; after 0 it never does. */
  watch(minutes: number): () => void {
    if (minutes === 0) return () => undefined;
    const rest = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.lock(), minutes * 60_000);
    };
    rest();
    for (const touch of TOUCHES) addEventListener(touch, rest, { capture: true, passive: true });
    return () => {
      clearTimeout(this.timer);
      for (const touch of TOUCHES) removeEventListener(touch, rest, { capture: true });
    };
  }
}
