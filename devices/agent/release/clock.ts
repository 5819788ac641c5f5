// The clocks that the release engine uses: wall time for people, monotonic time for deadlines.
import { setTimeout as delay } from 'node:timers/promises';

export interface Clock {
  /** Wall clock, milliseconds since the epoch; may jump. */
  nowMs(): number;
  /** Monotonic clock, milliseconds; never jumps. */
  monotonicMs(): number;
  /** Resolves after `durationMs`, or at once when `signal` is aborted. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (durationMs, signal) => {
    if (signal?.aborted) return;
    try {
      await delay(durationMs, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  },
};
