// One piece of work at a time: benchmarks beside each other would measure each other.
import { cancelled } from '../../../shared/errors/app-error.ts';

export interface Turns {
  isBusy(): boolean;
  /** Runs `work` when all that was asked for before is done. Leaves the queue at once when the signal says so. @throws CANCELLED */
  take<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export function createTurns(): Turns {
  let last: Promise<void> = Promise.resolve();
  let taken = 0;
  return {
    isBusy: () => taken > 0,
    take: async (work, signal) => {
      const before = last;
      const turn = Promise.withResolvers<void>();
      // Whoever comes next waits for those before us as well, should we leave early.
      last = before.then(() => turn.promise);
      taken += 1;
      try {
        await settledOrAborted(before, signal);
        return await work();
      } finally {
        taken -= 1;
        turn.resolve();
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
