// A lost answer is asked for again under the same command id, so that the act happens once.

import { asFailure, type Failure } from './backend';

/** Pauses between tries. After the last one the person is told; until then an ordinary hiccup stays unseen. */
export const RETRY_PAUSES_MS: readonly number[] = [150, 300, 600, 1_200, 2_400];

function worthAnotherTry(failure: Failure): boolean {
  return failure.code === 'no_answer' || failure.code === 'busy';
}

export async function withRetry<T>(
  attempt: () => Promise<T>,
  pauses: readonly number[] = RETRY_PAUSES_MS,
): Promise<T> {
  for (const pause of pauses) {
    try {
      return await attempt();
    } catch (thrown) {
      if (!worthAnotherTry(asFailure(thrown))) throw thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return attempt();
}
