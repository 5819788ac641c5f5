// One piece of work at a time: benchmarks beside each other would measure each other.
import { cancelled } from '../../../shared/errors/app-error.ts';

export interface Turns {
  isBusy(): boolean;
  /**
   * Resolves when all that was asked for before is done; the function that it gives ends the turn, and may be called twice.
   * Leaves the queue at once when the signal says so. @throws CANCELLED
   */
  wait(signal: AbortSignal): Promise<() => void>;
}

export function createTurns(): Turns {
  let last: Promise<void> = Promise.resolve();
  let taken = 0;
  return {
    isBusy: () => taken > 0,
    wait: async (signal) => {
      const before = last;
      const turn = Promise.withResolvers<void>();
      // Whoever comes next waits for those before us as well, should we leave early.
      last = before.then(() => turn.promise);
      taken += 1;
      let isOver = false;
      const end = (): void => {
        if (isOver) return;
        isOver = true;
        taken -= 1;
        turn.resolve();
      };
      try {
        await settledOrAborted(before, signal);
        return end;
      } catch (error) {
        end();
        throw error;
      }
    },
  };
}

function settledOrAborted(before: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(cancelled('The benchmark'));
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort, { once: true });
    void before.then(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}
