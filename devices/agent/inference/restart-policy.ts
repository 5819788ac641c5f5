// When a worker that died is started again: at once, then later and later while it keeps dying.

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
/** A worker that lived this long is taken for healthy: its death starts the count anew. */
const HEALTHY_AFTER_MS = 30_000;
/** Deaths in a row after which the worker is reported as failed; it is still tried again. */
const FAILED_AFTER = 5;

export interface RestartPolicy {
  /** Delay before the next start, for a worker that lived `livedMs`. */
  died(livedMs: number): number;
  readonly isFailed: boolean;
  reset(): void;
}

export function createRestartPolicy(): RestartPolicy {
  let deaths = 0;
  return {
    get isFailed() {
      return deaths >= FAILED_AFTER;
    },
    died(livedMs) {
      deaths = livedMs >= HEALTHY_AFTER_MS ? 1 : deaths + 1;
      return deaths === 1 ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (deaths - 2));
    },
    reset() {
      deaths = 0;
    },
  };
}
