// An act that can be set off in several ways (a button, Enter in a field, a key) and must still happen once.

/** The act, deaf while it is under way. */
export function once<A extends unknown[], T>(act: (...args: A) => Promise<T>): (...args: A) => Promise<T | undefined> {
  let running = false;
  return async (...args) => {
    if (running) return undefined;
    running = true;
    try {
      return await act(...args);
    } finally {
      running = false;
    }
  };
}
