/** What `crates/bench/pages/bare.js` offers to the bench. */
declare var bare: {
  signIn(name: string, pin: string): Promise<void>;
  /** Begins the next order. */
  next(): void;
  /** Shows so many tiles. */
  show(count: number): void;
};
