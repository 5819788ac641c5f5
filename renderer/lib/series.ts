// Turns samples into the columns that a chart draws, with holes where samples are missing.
import type { Sample } from '../../shared/agent-protocol/sample.ts';

/** One value of a sample, or null when the device has none. */
export type Reading = (sample: Sample) => number | null;

export interface Columns {
  /** Seconds since the epoch by the device's clock. */
  readonly times: number[];
  readonly values: Array<Array<number | null>>;
}

/** A hole longer than this, or a jump in `seq`, is drawn as a gap. */
const GAP_MS = 2600;

/** Columns of the samples from `sinceMs` on; a null row stands in every gap so that lines break there. */
export function toColumns(samples: readonly Sample[], readings: readonly Reading[], sinceMs: number): Columns {
  const times: number[] = [];
  const values: Array<Array<number | null>> = readings.map(() => []);
  let previous: Sample | undefined;
  for (const sample of samples) {
    if (sample.timeMs < sinceMs) continue;
    if (previous && isGap(previous, sample)) {
      times.push((previous.timeMs + sample.timeMs) / 2000);
      for (const column of values) column.push(null);
    }
    times.push(sample.timeMs / 1000);
    readings.forEach((read, index) => values[index]?.push(read(sample)));
    previous = sample;
  }
  return { times, values };
}

/** True when at least one tick is missing between two neighbours. */
export function isGap(before: Sample, after: Sample): boolean {
  return after.timeMs - before.timeMs > GAP_MS || after.seq !== before.seq + 1;
}
