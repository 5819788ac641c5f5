// Finds the steady part of a run of latencies: warm-up is detected, not counted off, and a run without a steady part is said to have none.
import { segmentStarts } from './statistics-changepoints.ts';
import { median, robustSpread } from './statistics-order.ts';
import { trendOf } from './statistics-trend.ts';

export interface SteadyPart {
  readonly isSteady: boolean;
  /** Index of the first sample of the steady part; 0 when there is none. */
  readonly start: number;
  /** One sentence on why. */
  readonly reason: string;
}

/** The series is looked at in this many blocks, by their medians, so that single outliers are no changepoints. */
const MAX_BLOCKS = 500;
/** Levels closer than this (or than the noise within) count as the same. */
const SAME_LEVEL = 0.05;
/** A stretch at another level that is shorter than this share of the run is a disturbance and stays in, not a new level … */
const DISTURBANCE = 0.1;
/** … unless disturbances make up more than this share of what would be the steady part. */
const MAX_DISTURBED = 1 / 3;
const MIN_STEADY_SAMPLES = 500;
/** Beside the number of samples: 500 calls of a fast model are a moment, not a state. */
const MIN_STEADY_SHARE = 0.25;
const TREND_POINTS = 60;

/**
 * Splits log latency into segments of equal mean and variance. The level is that of the second half; the steady part reaches from the
 * end back over all segments at that level, short disturbances included. It must hold at least 500 samples and a quarter of the run,
 * or half of the run, and must not drift by 5 % or more. After Barrett et al., Virtual Machine Warmup Blows Hot and Cold
 * (arXiv 1602.00602).
 */
export function findSteadyPart(latenciesMs: Float64Array): SteadyPart {
  const n = latenciesMs.length;
  if (n < 2) return unsteady('There are too few calls to tell whether the latency is steady.');
  const size = Math.ceil(n / MAX_BLOCKS);
  const levels = blockMedians(latenciesMs, size).map((value) => Math.log(Math.max(value, SHORTEST_MS)));
  const level = median(levels.subarray(levels.length >> 1));
  const first = firstSteadyBlock(levels, level);
  if (first === null) return unsteady('The latency did not stay at one level in the second half of the run.');
  const start = first * size;
  const count = n - start;
  const isLong = count >= n / 2 || (count >= MIN_STEADY_SAMPLES && count >= n * MIN_STEADY_SHARE);
  if (!isLong) return unsteady(`The latency reached its level only after ${start} of ${n} calls.`);
  const drift = driftOf(levels.subarray(first));
  if (drift !== null) return unsteady(`The latency drifted by ${percent(drift)} and did not settle.`);
  if (start === 0) return { isSteady: true, start, reason: 'No warm-up was found, so every call counts.' };
  const change = median(levels.subarray(0, first)) - level;
  const what =
    Math.abs(change) >= Math.log1p(SAME_LEVEL) ? `were at another level (${percent(change)})` : 'were unsettled';
  return { isSteady: true, start, reason: `The first ${start} calls ${what} and were left out.` };
}

/** A clock that did not move between two readings would give a logarithm of minus infinity. */
const SHORTEST_MS = 1e-6;

/** Walks back from the end; null when the run does not end at its level. */
function firstSteadyBlock(levels: Float64Array, level: number): number | null {
  const starts = segmentStarts(levels);
  const longest = levels.length * DISTURBANCE;
  const tolerance = Math.max(Math.log1p(SAME_LEVEL), 2 * robustSpread(levels.subarray(levels.length >> 1)));
  let first: number | null = null;
  let disturbed = 0;
  let stretch = 0;
  for (let i = starts.length - 1; i >= 0; i--) {
    const start = starts[i] ?? 0;
    const end = starts[i + 1] ?? levels.length;
    if (Math.abs(median(levels.subarray(start, end)) - level) <= tolerance) {
      disturbed += stretch;
      stretch = 0;
      if (disturbed <= (levels.length - start) * MAX_DISTURBED) first = start;
    } else {
      stretch += end - start;
      if (stretch > longest) break;
    }
  }
  return first;
}

/** Total change over the part, on a log scale, when it is significant and as large as another level; else null. */
function driftOf(levels: Float64Array): number | null {
  const points = blockMedians(levels, Math.ceil(levels.length / TREND_POINTS));
  const { slope, pValue } = trendOf(points);
  const total = slope * (points.length - 1);
  return pValue < 0.01 && Math.abs(total) >= Math.log1p(SAME_LEVEL) ? total : null;
}

/** Medians of consecutive blocks; a shorter rest at the end joins the last whole block. */
function blockMedians(series: Float64Array, size: number): Float64Array {
  const count = Math.max(1, Math.floor(series.length / size));
  return Float64Array.from({ length: count }, (_, block) => {
    const end = block === count - 1 ? series.length : (block + 1) * size;
    return median(series.subarray(block * size, end));
  });
}

function percent(logRatio: number): string {
  const change = Math.expm1(logRatio) * 100;
  return `${change >= 0 ? '+' : '−'}${Math.abs(change).toFixed(Math.abs(change) < 10 ? 1 : 0)} %`;
}

function unsteady(reason: string): SteadyPart {
  return { isSteady: false, start: 0, reason };
}
