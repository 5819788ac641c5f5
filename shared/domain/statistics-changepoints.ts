// Changepoints in mean and variance of a series, by PELT.

/** Shortest segment, in values. */
const MIN_SEGMENT = 5;
/** A segment's standard deviation is taken for at least this; on log latency 0.5 %, finer than any clock and scheduler allow. */
const MIN_DEVIATION = 0.005;

/**
 * Start indices of all segments, the first being 0: the partition with the least sum of normal costs, n * ln(variance), plus a
 * penalty for each changepoint of 4 ln n (its place, a mean, a variance, and some for correlated noise). Killick, Fearnhead and
 * Eckley 2012, Optimal Detection of Changepoints With a Linear Computational Cost. Meant for up to a few thousand values.
 */
export function segmentStarts(series: ArrayLike<number>): number[] {
  const n = series.length;
  if (n < 2 * MIN_SEGMENT) return [0];
  const cost = segmentCost(series);
  const penalty = 4 * Math.log(n);
  const best = new Float64Array(n + 1).fill(Number.POSITIVE_INFINITY);
  const previous = new Int32Array(n + 1);
  best[0] = -penalty;
  let candidates = [0];
  for (let end = MIN_SEGMENT; end <= n; end++) {
    for (const start of candidates) {
      const total = (best[start] ?? 0) + cost(start, end) + penalty;
      if (total < (best[end] ?? 0)) {
        best[end] = total;
        previous[end] = start;
      }
    }
    const bound = best[end] ?? 0;
    candidates = candidates.filter((start) => (best[start] ?? 0) + cost(start, end) <= bound);
    const next = end + 1 - MIN_SEGMENT;
    if (next >= MIN_SEGMENT) candidates.push(next);
  }
  const starts: number[] = [];
  for (let end = n; end > 0; end = previous[end] ?? 0) starts.unshift(previous[end] ?? 0);
  return starts;
}

function segmentCost(series: ArrayLike<number>): (start: number, end: number) => number {
  const n = series.length;
  // Offset by the first value: sums of squares of nearly equal numbers would cancel.
  const origin = series[0] ?? 0;
  const sums = new Float64Array(n + 1);
  const squares = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    const value = (series[i] ?? 0) - origin;
    sums[i + 1] = (sums[i] ?? 0) + value;
    squares[i + 1] = (squares[i] ?? 0) + value * value;
  }
  return (start, end) => {
    const length = end - start;
    const mean = ((sums[end] ?? 0) - (sums[start] ?? 0)) / length;
    const variance = ((squares[end] ?? 0) - (squares[start] ?? 0)) / length - mean * mean;
    const floored = Math.max(variance, MIN_DEVIATION ** 2);
    return length * (Math.log(floored) + Math.min(1, variance / floored));
  };
}
