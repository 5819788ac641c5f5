// A thermometer for machines without sensors: the time of a fixed piece of integer work, which changes only with the clock of the core.

/** About 1 ms on a core of 3 GHz: three shifts and exclusive-ors a step, each waiting for the one before. */
const STEPS = 400_000;
const REPETITIONS = 3;
const PERIOD_MS = 2000;
const WARMUP_RUNS = 20;

export interface Calibration {
  /** About how long one measurement takes. */
  readonly durationMs: number;
  isDue(nowMs: number): boolean;
  /** Milliseconds of the fastest of three repetitions; what interrupts one of them does not count. */
  measure(): number;
}

/** Compiles and measures once, before anything else is on the clock. */
export function createCalibration(): Calibration {
  let state = 1;
  const fastest = (repetitions: number): number => {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < repetitions; i++) {
      const startMs = performance.now();
      state = kernel(state);
      best = Math.min(best, performance.now() - startMs);
    }
    return best;
  };
  const durationMs = fastest(WARMUP_RUNS) * REPETITIONS;
  let nextMs = 0;
  return {
    durationMs,
    isDue: (nowMs) => nowMs >= nextMs,
    measure: () => {
      const result = fastest(REPETITIONS);
      nextMs = performance.now() + PERIOD_MS;
      return result;
    },
  };
}

/** xorshift32 (Marsaglia 2003); the state goes in and out so that no compiler can leave the work away. */
function kernel(seed: number): number {
  let state = seed | 1;
  for (let i = 0; i < STEPS; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  return state;
}
