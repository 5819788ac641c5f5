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
/** A stretch shorter than this share of the run is a disturbance and stays in, not a new level. */
const DISTURBANCE = 0.1;
const MIN_STEADY_SAMPLES = 500;
/** Beside the number of samples: 500 calls of a fast model are a moment, not a state. */
const MIN_STEADY_SHARE = 0.25;
const TREND_POINTS = 60;

/**
 * Splits log latency into segments of equal mean and variance; the steady part reaches from the end back over all segments at the level
 * of the last lasting one. It must hold at least 500 samples and a quarter of the run, or half of the run, and must not drift by 5 % or
 * more. After Barrett et al., Virtual Machine Warmup Blows Hot and Cold (arXiv 1602.00602).
 */
export function findSteadyPart(latenciesMs: ArrayLike<number>): SteadyPart {
  const n = latenciesMs.length;
  if (n < 2) return unsteady('There are too few calls to tell whether the latency is steady.');
  const size = Math.ceil(n / MAX_BLOCKS);
  const levels = blockLevels(latenciesMs, size);
  const segments = segmentsOf(levels);
  const first = firstSteadyBlock(levels, segments);
  const start = first * size;
  const count = n - start;
  const isLong = count >= n / 2 || (count >= MIN_STEADY_SAMPLES && count >= n * MIN_STEADY_SHARE);
  if (!isLong) {
    const change = percent(median(levels.subarray(first)) - median(levels.subarray(0, first)));
    return unsteady(`The latency changed its level by ${change} late in the run, after ${start} of ${n} calls.`);
  }
  const drift = driftOf(levels.subarray(first));
  if (drift !== null) return unsteady(`The latency drifted by ${percent(drift)} and did not settle.`);
  if (start === 0) return { isSteady: true, start, reason: 'No warm-up was found, so every call counts.' };
  const change = percent(median(levels.subarray(0, first)) - median(levels.subarray(first)));
  return {
    isSteady: true,
    start,
    reason: `The first ${start} calls were at another level (${change}) and were left out.`,
  };
}

interface Segment {
  readonly start: number;
  readonly end: number;
}

function segmentsOf(levels: Float64Array): Segment[] {
  const starts = segmentStarts(levels);
  return starts.map((start, i) => ({ start, end: starts[i + 1] ?? levels.length }));
}

/** Walks back from the last lasting segment over those at its level; disturbances are stepped over while they stay few. */
function firstSteadyBlock(levels: Float64Array, segments: readonly Segment[]): number {
  const allowance = levels.length * DISTURBANCE;
  const lastingAt = segments.findLastIndex(({ start, end }) => end - start >= allowance);
  const reference = segments[lastingAt];
  if (!reference) return segments.at(-1)?.start ?? 0;
  const own = levels.subarray(reference.start, reference.end);
  const level = median(own);
  const tolerance = Math.max(Math.log1p(SAME_LEVEL), 2 * robustSpread(own));
  let first = reference.start;
  let disturbed = levels.length - reference.end;
  // A run that ends on a longer stretch at other levels has not come back.
  if (disturbed > allowance) return segments.at(-1)?.start ?? 0;
  let pending = 0;
  for (const { start, end } of segments.slice(0, lastingAt).reverse()) {
    const isSame = Math.abs(median(levels.subarray(start, end)) - level) <= tolerance;
    if (isSame) {
      first = start;
      disturbed += pending;
      pending = 0;
      continue;
    }
    pending += end - start;
    if (disturbed + pending > allowance) break;
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

function blockLevels(latenciesMs: ArrayLike<number>, size: number): Float64Array {
  // A clock that did not move would give minus infinity.
  return blockMedians(latenciesMs, size).map((value) => Math.log(Math.max(value, 1e-6)));
}

/** Medians of consecutive blocks; a shorter rest at the end joins the last whole block. */
function blockMedians(series: ArrayLike<number>, size: number): Float64Array {
  const count = Math.max(1, Math.floor(series.length / size));
  return Float64Array.from({ length: count }, (_, block) => {
    const end = block === count - 1 ? series.length : (block + 1) * size;
    return median(Array.prototype.slice.call(series, block * size, end) as number[]);
  });
}

function percent(logRatio: number): string {
  const change = Math.expm1(logRatio) * 100;
  return `${change >= 0 ? '+' : '−'}${Math.abs(change).toFixed(Math.abs(change) < 10 ? 1 : 0)} %`;
}

function unsteady(reason: string): SteadyPart {
  return { isSteady: false, start: 0, reason };
}
