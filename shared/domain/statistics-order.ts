// Order statistics: medians, and percentiles with intervals that assume nothing about the shape of the distribution.
import { binomialCdf } from './statistics-binomial.ts';

/**
 * Least effective sample size for each percentile: from LoadGen's one-sided 99 % binomial test with no sample over the limit to spare
 * (mlcommons/inference: loadgen/early_stopping.cc).
 */
export const REQUIRED_SAMPLES: Readonly<Record<number, number>> = { 50: 11, 90: 64, 95: 130, 99: 662, 99.9: 6636 };

/** Share of q * n that rounding may add: 99.9 % of 10,000 is rank 9,990, though 0.999 has no binary fraction. */
const ROUNDING = 1e-12;

/** A sorted copy. NaN is not expected. */
export function sorted(values: ArrayLike<number>): Float64Array {
  return new Float64Array(values).sort();
}

/** The value of rank ceil(q * n), 1-based, of values in ascending order; NaN without values. */
export function quantileOfSorted(ascending: Float64Array, q: number): number {
  const rank = Math.min(ascending.length, Math.max(1, Math.ceil(q * ascending.length * (1 - ROUNDING))));
  return ascending[rank - 1] ?? Number.NaN;
}

/** Median with the mean of the two middle values; NaN without values. */
export function median(values: ArrayLike<number>): number {
  const ascending = sorted(values);
  const middle = ascending.length >> 1;
  const upper = ascending[middle] ?? Number.NaN;
  return ascending.length % 2 === 1 ? upper : ((ascending[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Median of |x - median|, times 1.4826 so that it estimates the standard deviation of a normal distribution. */
export function robustSpread(values: ArrayLike<number>): number {
  const middle = median(values);
  return 1.4826 * median(Float64Array.from(values, (value) => Math.abs(value - middle)));
}

/**
 * Ranks (1-based) between which the quantile q of the distribution lies with at least 95 % confidence, two-sided, for n independent
 * samples: lower = largest l with P(B < l) <= 2.5 %, upper = smallest u with P(B < u) >= 97.5 %, B ~ Binomial(n, q). Null when a
 * side has no such rank.
 */
export function quantileRanks(n: number, q: number): { lower: number; upper: number } | null {
  const below = (rank: number): number => binomialCdf(rank - 1, n, q);
  const lower = firstRank(n, (rank) => below(rank) > 0.025) - 1;
  const upper = firstRank(n, (rank) => below(rank) >= 0.975);
  return lower >= 1 && upper <= n ? { lower, upper } : null;
}

/** Smallest rank in 1..n that satisfies a monotone condition; n + 1 when none does. */
function firstRank(n: number, satisfies: (rank: number) => boolean): number {
  let low = 1;
  let high = n + 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (satisfies(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Two-sided 95 % interval of the quantile q from ascending samples that are worth `effectiveCount` independent ones: the ranks for
 * that many, carried over to the ranks of all. Null when so few samples carry no interval.
 */
export function quantileInterval(
  ascending: Float64Array,
  q: number,
  effectiveCount: number,
): { low: number; high: number } | null {
  const n = ascending.length;
  const m = Math.min(n, Math.floor(effectiveCount));
  const ranks = m >= 1 ? quantileRanks(m, q) : null;
  if (!ranks) return null;
  const low = Math.max(1, Math.floor((ranks.lower / m) * n));
  const high = Math.min(n, Math.ceil((ranks.upper / m) * n));
  return { low: ascending[low - 1] ?? Number.NaN, high: ascending[high - 1] ?? Number.NaN };
}

/**
 * LoadGen's estimate of a percentile, an upper bound of quantile q that holds with at least 99 % confidence: the t-th largest sample,
 * t being the most samples over the limit that early stopping allows, the largest with P(Binomial(n, 1 - q) <= t) <= 1 %
 * (mlcommons/inference: loadgen/early_stopping.cc, results.cc). The rank for as many as the samples are worth, `effectiveCount`, is
 * carried over to all. Null when so few allow none.
 */
export function quantileUpperBound(ascending: Float64Array, q: number, effectiveCount: number): number | null {
  const n = ascending.length;
  const m = Math.min(n, Math.floor(effectiveCount));
  const allowed = m >= 1 ? firstRank(m, (t) => binomialCdf(t, m, 1 - q) > 0.01) - 1 : 0;
  if (allowed < 1) return null;
  const rank = Math.ceil(((m - allowed + 1) / m) * n * (1 - ROUNDING));
  return ascending[Math.min(n, rank) - 1] ?? null;
}

/** So many interquartile ranges from the quartiles (Tukey 1977, Exploratory Data Analysis). */
export function tukeyFences(ascending: Float64Array, ranges: number): { low: number; high: number } {
  const lower = quantileOfSorted(ascending, 0.25);
  const upper = quantileOfSorted(ascending, 0.75);
  const reach = ranges * (upper - lower);
  return { low: lower - reach, high: upper + reach };
}
