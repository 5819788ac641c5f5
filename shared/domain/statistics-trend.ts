// Trend of a short series: how steep (Theil-Sen) and how sure (Mann-Kendall).

export interface Trend {
  /** Median slope of all pairs, per step or per unit of the times given. */
  readonly slope: number;
  /** Two-sided p-value of the Mann-Kendall test with its normal approximation; 1 for fewer than 5 values. */
  readonly pValue: number;
}

/** Looks at every pair of values, so meant for at most some hundreds. Takes the values for independent. */
export function trendOf(series: ArrayLike<number>): Trend {
  const n = series.length;
  if (n < 5) return { slope: 0, pValue: 1 };
  const { slope, s } = pairs(series, (i) => i);
  return { slope, pValue: pValueOf(s, kendallVariance(n)) };
}

/**
 * The same for values at given times that may depend on their neighbours: Mann-Kendall's variance is enlarged as for an
 * autoregressive series, after Hamed and Rao 1998, A modified Mann-Kendall trend test for autocorrelated data. The coefficient comes
 * from the ranks of what the slope leaves over, times n / (n - 4), since it is underestimated in short series (Marriott and Pope 1954);
 * n / (n - 4) rather than their larger correction because it keeps the power of ten values. For 10 values of a coefficient of 0.6 the
 * test alone errs in some 10 % of cases, so pair it with a least change that matters.
 */
export function correlatedTrendOf(series: ArrayLike<number>, times: ArrayLike<number>): Trend {
  const n = series.length;
  if (n < 5) return { slope: 0, pValue: 1 };
  const { slope, s } = pairs(series, (i) => times[i] ?? 0);
  const rest = Array.from(series, (value, i) => value - slope * (times[i] ?? 0));
  const coefficient = Math.min(0.95, Math.max(0, (neighbourCorrelation(ranks(rest)) * n) / (n - 4)));
  let inflation = 1;
  let power = coefficient;
  for (let lag = 1; lag < n - 2 && power > 1e-6; lag++) {
    inflation += ((2 * (n - lag) * (n - lag - 1) * (n - lag - 2)) / (n * (n - 1) * (n - 2))) * power;
    power *= coefficient;
  }
  return { slope, pValue: pValueOf(s, kendallVariance(n) * inflation) };
}

/** Median slope, and by how many more pairs rise than fall. */
function pairs(series: ArrayLike<number>, timeOf: (i: number) => number): { slope: number; s: number } {
  const n = series.length;
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let at = 0;
  let s = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const difference = (series[j] ?? 0) - (series[i] ?? 0);
      slopes[at++] = difference / (timeOf(j) - timeOf(i));
      s += Math.sign(difference);
    }
  }
  slopes.sort();
  return { slope: slopes[slopes.length >> 1] ?? 0, s };
}

function kendallVariance(n: number): number {
  return (n * (n - 1) * (2 * n + 5)) / 18;
}

function pValueOf(s: number, variance: number): number {
  return Math.min(1, 2 * normalTail(Math.max(0, Math.abs(s) - 1) / Math.sqrt(variance)));
}

function ranks(values: readonly number[]): Float64Array {
  const order = values.map((_, i) => i).sort((i, j) => (values[i] ?? 0) - (values[j] ?? 0));
  const result = new Float64Array(values.length);
  order.forEach((i, rank) => {
    result[i] = rank;
  });
  return result;
}

/** Autocorrelation at lag 1 of a series of distinct ranks. */
function neighbourCorrelation(series: Float64Array): number {
  const mean = (series.length - 1) / 2;
  let variance = 0;
  let covariance = 0;
  for (let i = 0; i < series.length; i++) {
    const value = (series[i] ?? 0) - mean;
    variance += value * value;
    if (i > 0) covariance += value * ((series[i - 1] ?? 0) - mean);
  }
  return covariance / variance;
}

/** P(Z > z) for z >= 0 (Abramowitz and Stegun, 26.2.17; error below 7.5e-8). */
export function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
