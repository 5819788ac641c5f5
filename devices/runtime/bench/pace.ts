// Turns of the event loop during a run: the end of stdin is noticed in them, and progress is told at most ten times a second.
import type { RunnerProgress } from '../runner/runner-protocol.ts';

/** Time between two turns while calls follow each other. */
export const SLICE_MS = 100;

export interface Pace {
  /** Time of the last turn. */
  readonly lastMs: number;
  turn(progress: RunnerProgress): Promise<void>;
}

export function createPace(onProgress: (progress: RunnerProgress) => void): Pace {
  let toldMs = Number.NEGATIVE_INFINITY;
  let lastMs = performance.now();
  let step = '';
  return {
    get lastMs() {
      return lastMs;
    },
    turn: async (progress) => {
      const nowMs = performance.now();
      if (nowMs - toldMs >= SLICE_MS || progress.step !== step) {
        toldMs = nowMs;
        step = progress.step;
        onProgress(progress);
      }
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      lastMs = performance.now();
    },
  };
}
