// Takes what a timed loop measured: raw samples and seconds, and the calibration kernel between the calls.
import { type Calibration, createCalibration } from './calibration.ts';
import type { MachineWatch } from './machine-watch.ts';
import type { ProcessWatch } from './process-watch.ts';
import { createSampleStore, type SampleStore } from './sample-store.ts';
import { createSecondLog, type SecondLog } from './second-log.ts';

/** At a tenth of a second a slice, enough for calls of 2 us. */
const SLICE_CALLS = 1 << 16;

export interface Recorder {
  /** Where a loop puts its milliseconds, from the start; `take` empties it. */
  readonly slice: Float64Array;
  readonly store: SampleStore;
  readonly log: SecondLog;
  /** Since `begin`. */
  readonly elapsedMs: number;
  /** How long the calibration kernel takes. */
  readonly calibrationMs: number;
  /** Runs the calibration kernel, forgets everything and starts the clock. */
  begin(): void;
  /** Takes over the first `count` of the slice. */
  take(count: number): void;
  /** Runs the calibration kernel, unless it ran in the last two seconds. */
  calibrate(): void;
  /** Stops the clock. */
  finish(): void;
}

export function createRecorder(machine: MachineWatch, watch: ProcessWatch): Recorder {
  const slice = new Float64Array(SLICE_CALLS).fill(1);
  const store = createSampleStore();
  const log = createSecondLog(machine, watch);
  const calibration: Calibration = createCalibration();
  let startMs = performance.now();
  let endMs: number | null = null;
  return {
    slice,
    store,
    log,
    calibrationMs: calibration.durationMs,
    get elapsedMs() {
      return (endMs ?? performance.now()) - startMs;
    },
    begin: () => {
      store.clear();
      endMs = null;
      const calibrationMs = calibration.measure();
      startMs = performance.now();
      log.begin(startMs);
      log.noteCalibration(calibrationMs);
    },
    take: (count) => {
      const taken = slice.subarray(0, count);
      store.add(taken);
      log.add(taken, performance.now());
    },
    calibrate: () => {
      if (calibration.isDue(performance.now())) log.noteCalibration(calibration.measure());
    },
    finish: () => {
      endMs = performance.now();
      log.finish(endMs);
    },
  };
}
