// Tests without a distribution: Wilcoxon's signed ranks, and Holm's correction where several are made.
import { normalTail } from './statistics-trend.ts';

/** Up to here the distribution of the rank sum is counted out. */
const MAX_EXACT = 25;

/**
 * Two-sided p-value of "the values are symmetric about 0" (Wilcoxon 1945, Individual Comparisons by Ranking Methods). Zeros are left
 * out. Exact up to 25 values without ties, else the normal approximation with the variance corrected for ties.
 */
export function signedRankP(values: readonly number[]): number {
  const ordered = values.filter((value) => value !== 0).sort((a, b) => Math.abs(a) - Math.abs(b));
  const n = ordered.length;
  if (n === 0) return 1;
  let positive = 0;
  let tied = 0;
  for (let start = 0; start < n; ) {
    let end = start;
    while (end < n && Math.abs(ordered[end] ?? 0) === Math.abs(ordered[start] ?? 0)) end += 1;
    const count = end - start;
    const rank = (start + 1 + end) / 2;
    positive += rank * ordered.slice(start, end).filter((value) => value > 0).length;
    tied += count ** 3 - count;
    start = end;
  }
  const mean = (n * (n + 1)) / 4;
  if (tied === 0 && n <= MAX_EXACT) return exactP(Math.min(positive, 2 * mean - positive), n);
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - tied / 48;
  return Math.min(1, 2 * normalTail(Math.abs(positive - mean) / Math.sqrt(variance)));
}

/** 2 P(W <= sum) where every subset of the ranks 1..n is equally likely to be the positive one. */
function exactP(sum: number, n: number): number {
  const ways = new Float64Array((n * (n + 1)) / 2 + 1);
  ways[0] = 1;
  for (let rank = 1; rank <= n; rank++) {
    for (let total = ways.length - 1; total >= rank; total--)
      ways[total] = (ways[total] ?? 0) + (ways[total - rank] ?? 0);
  }
  let below = 0;
  for (let total = 0; total <= sum; total++) below += ways[total] ?? 0;
  return Math.min(1, (2 * below) / 2 ** n);
}

/** p-values adjusted for all being made at once, in the same order (Holm 1979, A Simple Sequentially Rejective Multiple Test Procedure). */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((i, j) => (pValues[i] ?? 0) - (pValues[j] ?? 0));
  const adjusted = new Array<number>(pValues.length).fill(1);
  let largest = 0;
  order.forEach((i, rank) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * (pValues[i] ?? 1)));
    adjusted[i] = largest;
  });
  return adjusted;
}
