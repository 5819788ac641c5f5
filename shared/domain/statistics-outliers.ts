// Outliers: counted by class and weighed by the variance that they bring in, never removed.
import type { Outliers } from '../contract/bench-result.ts';
import { sorted, tukeyFences } from './statistics-order.ts';

/** Upper ends of criterion's four grades of "variance introduced by outliers". */
const GRADES = [
  ['unaffected', 0.01],
  ['slight', 0.1],
  ['moderate', 0.5],
] as const;

/** Variance of normal values over that of the same values clamped to the inner fences, at 2.698 deviations. */
const NORMAL_EXCESS = 1.0129;

/**
 * Classes by Tukey's fences at 1.5 and 3 interquartile ranges; a value is counted once, mild or severe. `varianceShare` is how much of
 * the variance goes beyond what the values clamped to the inner fences have, next to the 1.3 % that it is for normal values; graded as
 * criterion does. Criterion itself guesses that share from mean and deviation alone, for samples that are batches of calls; for single
 * calls its formula would call 1,000 normal values "moderate" (47 %).
 */
export function classifyOutliers(samplesMs: Float64Array): Omit<Outliers, 'explained'> {
  const ascending = sorted(samplesMs);
  const inner = tukeyFences(ascending, 1.5);
  const outer = tukeyFences(ascending, 3);
  const counts = { mildLow: 0, mildHigh: 0, severeLow: 0, severeHigh: 0 };
  for (const value of samplesMs) {
    if (value < outer.low) counts.severeLow += 1;
    else if (value < inner.low) counts.mildLow += 1;
    else if (value > outer.high) counts.severeHigh += 1;
    else if (value > inner.high) counts.mildHigh += 1;
  }
  const variance = varianceOf(samplesMs, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  const clamped = varianceOf(samplesMs, inner.low, inner.high) * NORMAL_EXCESS;
  const varianceShare = variance > 0 ? Math.max(0, 1 - clamped / variance) : 0;
  const effect = GRADES.find(([, end]) => varianceShare < end)?.[0] ?? 'severe';
  return { ...counts, varianceShare, effect };
}

/** Of the values clamped to [low, high]. */
function varianceOf(values: Float64Array, low: number, high: number): number {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (const value of values) {
    const clamped = Math.min(high, Math.max(low, value));
    count += 1;
    const difference = clamped - mean;
    mean += difference / count;
    squares += difference * (clamped - mean);
  }
  return count > 0 ? squares / count : 0;
}
