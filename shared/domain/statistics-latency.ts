// From raw latencies to what a benchmark states: steady part, percentiles with intervals, and the points of its charts.
import { effectiveSampleSize } from './statistics-effective.ts';
import {
  quantileInterval,
  quantileOfSorted,
  quantileUpperBound,
  REQUIRED_SAMPLES,
  sorted,
  tukeyFences,
} from './statistics-order.ts';
import { findSteadyPart } from './statistics-steady.ts';

export interface StatedPercentile {
  readonly percentile: number;
  /** Null while the effective sample size does not carry it. */
  readonly valueMs: number | null;
  readonly lowMs: number | null;
  readonly highMs: number | null;
  /** One-sided 99 % upper bound, as LoadGen states it: the figure to sign off. */
  readonly signOffMs: number | null;
  /** Further samples needed; 0 when it is stated. */
  readonly samplesMissing: number;
}

export interface LatencyReport {
  readonly warmup: {
    readonly isSteady: boolean;
    readonly discarded: number;
    readonly discardedMs: number;
    readonly reason: string;
  };
  /**
   * Of the steady part, or of the whole run when there is none (effectively 0 samples then). `effectiveCount` is what they are worth
   * for the mean of log latency; a percentile may rest on fewer.
   */
  readonly samples: { readonly count: number; readonly effectiveCount: number };
  readonly latencyMs: {
    readonly min: number;
    readonly mean: number;
    readonly max: number;
    readonly percentiles: readonly StatedPercentile[];
  };
  /** Calls per second of the part that the samples are of. */
  readonly callsPerS: number;
  /** Of the whole run, at most 400 points in order of time. */
  readonly series: readonly { readonly timeMs: number; readonly latencyMs: number }[];
  /** Of the part that the samples are of. */
  readonly histogram: readonly { readonly fromMs: number; readonly toMs: number; readonly count: number }[];
}

/** A clock that did not move between two readings would give a logarithm of minus infinity. */
const SHORTEST_MS = 1e-6;
const MAX_POINTS = 400;
const HISTOGRAM_BINS = 50;
/** Samples worth so many times less with their outliers than without: those come in bursts. */
const BURSTS = 1.5;

/** Everything that is stated about a run of at least one call. Pure; 10^6 samples take about a second. */
export function reportLatencies(latenciesMs: Float64Array): LatencyReport {
  const steady = findSteadyPart(latenciesMs);
  const part = latenciesMs.subarray(steady.start);
  const ascending = sorted(part);
  const effectiveCount = steady.isSteady ? effectiveLatencyCount(part) : 0;
  const ceiling = steady.isSteady ? percentileCeiling(part, ascending, effectiveCount) : 0;
  const totalMs = sum(part);
  return {
    warmup: {
      isSteady: steady.isSteady,
      discarded: steady.start,
      discardedMs: sum(latenciesMs.subarray(0, steady.start)),
      reason: steady.reason,
    },
    samples: { count: part.length, effectiveCount },
    latencyMs: {
      min: ascending[0] ?? 0,
      mean: totalMs / part.length,
      max: ascending.at(-1) ?? 0,
      percentiles: Object.keys(REQUIRED_SAMPLES).map((key) =>
        steady.isSteady ? statePercentile(Number(key), part, ascending, ceiling) : unstated(Number(key)),
      ),
    },
    callsPerS: (part.length * 1000) / totalMs,
    series: timeSeries(latenciesMs),
    histogram: histogramOf(ascending),
  };
}

/** How many independent samples latencies are worth, for the mean of their logarithm: outliers count, but do not rule. */
export function effectiveLatencyCount(latenciesMs: Float64Array): number {
  return effectiveSampleSize(latenciesMs.map((value) => Math.log(Math.max(value, SHORTEST_MS))));
}

/**
 * What the samples may count for at most in `statePercentile`. Where outliers come in bursts, the few bursts that a run holds make each
 * percentile's own estimate promise too much (tried on simulated bursts), so it is what the mean is worth: when the samples are worth
 * clearly less with their outliers than with these clamped to Tukey's fences. Else there is no limit but their number: in series
 * correlated all over, the tail is worth more than the mean, and its own estimate covers as it should. Bursts so rare that a run may
 * hold none are beyond any estimate from that run; a longer one is the remedy.
 */
export function percentileCeiling(samples: Float64Array, ascending: Float64Array, effectiveCount: number): number {
  const { low, high } = tukeyFences(ascending, 1.5);
  if ((ascending[0] ?? 0) >= low && (ascending.at(-1) ?? 0) <= high) return samples.length;
  const clamped = effectiveLatencyCount(samples.map((value) => Math.min(high, Math.max(low, value))));
  return effectiveCount < clamped / BURSTS ? effectiveCount : samples.length;
}

/**
 * A percentile with its 95 % interval and its sign-off value. The samples count for what the indicator "at most this percentile" is
 * worth, and for no more than `ceiling`. On simulated series the intervals cover 93 to 97 %: independent, autocorrelated up to 0.9, and
 * bimodal ones (`npm run bench:statistics`).
 */
export function statePercentile(
  percentile: number,
  samples: Float64Array,
  ascending: Float64Array,
  ceiling: number,
): StatedPercentile {
  const required = REQUIRED_SAMPLES[percentile] ?? Number.POSITIVE_INFINITY;
  const q = percentile / 100;
  const value = quantileOfSorted(ascending, q);
  const worth = Math.min(
    ceiling,
    cautious(effectiveSampleSize(samples.map((sample) => (sample <= value ? 1 : 0))), samples),
  );
  const interval = worth >= required ? quantileInterval(ascending, q, worth) : null;
  if (interval) {
    const signOffMs = quantileUpperBound(ascending, q, worth);
    return { percentile, valueMs: value, lowMs: interval.low, highMs: interval.high, signOffMs, samplesMissing: 0 };
  }
  const samplesMissing = Math.max(1, Math.ceil((required - worth) * (samples.length / Math.max(1, worth))));
  return { ...unstated(percentile), samplesMissing };
}

/** Where correlation is long there are few stretches to estimate it from, and the estimate is high by about its own error as often. */
function cautious(worth: number, { length }: Float64Array): number {
  return worth < length / 2 ? worth - Math.sqrt(worth) : worth;
}

/** Without a steady part no sample counts. */
function unstated(percentile: number): StatedPercentile {
  const samplesMissing = REQUIRED_SAMPLES[percentile] ?? 1;
  return { percentile, valueMs: null, lowMs: null, highMs: null, signOffMs: null, samplesMissing };
}

/** Medians of equal slices against the time at which each slice began, calls taken as back to back. */
function timeSeries(latenciesMs: Float64Array): { timeMs: number; latencyMs: number }[] {
  const size = Math.ceil(latenciesMs.length / MAX_POINTS);
  const points: { timeMs: number; latencyMs: number }[] = [];
  let timeMs = 0;
  for (let start = 0; start < latenciesMs.length; start += size) {
    const slice = latenciesMs.subarray(start, start + size);
    points.push({ timeMs, latencyMs: quantileOfSorted(sorted(slice), 0.5) });
    timeMs += sum(slice);
  }
  return points;
}

/** Bins of equal width up to the 99.5th percentile; the last one reaches to the largest value. */
function histogramOf(ascending: Float64Array): { fromMs: number; toMs: number; count: number }[] {
  const low = ascending[0] ?? 0;
  const high = ascending.at(-1) ?? 0;
  const cut = quantileOfSorted(ascending, 0.995);
  if (!(cut > low)) return [{ fromMs: low, toMs: high, count: ascending.length }];
  const width = (cut - low) / HISTOGRAM_BINS;
  const bins = Array.from({ length: HISTOGRAM_BINS }, (_, i) => ({
    fromMs: low + i * width,
    toMs: i === HISTOGRAM_BINS - 1 ? high : low + (i + 1) * width,
    count: 0,
  }));
  for (const value of ascending) {
    const bin = bins[Math.min(HISTOGRAM_BINS - 1, Math.floor((value - low) / width))];
    if (bin) bin.count += 1;
  }
  return bins;
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
