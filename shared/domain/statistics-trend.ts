// Trend of a short series: how steep (Theil-Sen) and how sure (Mann-Kendall).

export interface Trend {
  /** Median slope of all pairs, per step. */
  readonly slope: number;
  /** Two-sided p-value of the Mann-Kendall test with its normal approximation; 1 for fewer than 5 values. */
  readonly pValue: number;
}

/** Looks at every pair of values, so meant for at most some hundreds. */
export function trendOf(series: ArrayLike<number>): Trend {
  const n = series.length;
  if (n < 5) return { slope: 0, pValue: 1 };
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let at = 0;
  let s = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const difference = (series[j] ?? 0) - (series[i] ?? 0);
      slopes[at++] = difference / (j - i);
      s += Math.sign(difference);
    }
  }
  slopes.sort();
  const slope = slopes[slopes.length >> 1] ?? 0;
  const deviation = Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const z = (s - Math.sign(s)) / deviation;
  return { slope, pValue: 2 * normalTail(Math.abs(z)) };
}

/** P(Z > z) for z >= 0 (Abramowitz and Stegun, 26.2.17; error below 7.5e-8). */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
