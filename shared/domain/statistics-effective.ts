// How many independent samples a correlated series is worth.

/** Longer series are first averaged into at most this many blocks, so that slow correlation is seen at a bounded cost. */
const MAX_BLOCKS = 8192;

/**
 * Effective sample size for the mean of the series: n * var(x) / (block variance * integrated autocorrelation time of the blocks).
 * The autocorrelation is summed over Geyer's initial positive sequence (Geyer 1992, Practical Markov Chain Monte Carlo). Never more
 * than n; n for a constant series.
 */
export function effectiveSampleSize(series: ArrayLike<number>): number {
  const n = series.length;
  if (n < 4) return n;
  // From the first value on, so that a constant series is exactly zero and has no variance of rounding.
  const origin = series[0] ?? 0;
  const values = new Float64Array(series);
  for (let i = 0; i < n; i++) values[i] = (values[i] ?? 0) - origin;
  const blocks = blockMeans(values, Math.ceil(n / MAX_BLOCKS));
  const variance = varianceOf(values);
  const ofMean = (varianceOf(blocks) * autocorrelationTime(blocks)) / blocks.length;
  return variance > 0 && ofMean > 0 ? Math.min(n, Math.max(1, variance / ofMean)) : n;
}

/** 1 + 2 * sum of the autocorrelations while the sums of neighbouring pairs stay positive. */
function autocorrelationTime(series: Float64Array): number {
  const n = series.length;
  const mean = meanOf(series);
  const centred = series.map((value) => value - mean);
  const at = (lag: number): number => {
    let sum = 0;
    for (let i = lag; i < n; i++) sum += (centred[i] ?? 0) * (centred[i - lag] ?? 0);
    return sum / n;
  };
  const variance = at(0);
  if (variance === 0) return 1;
  let time = -1;
  let previousPair = Number.POSITIVE_INFINITY;
  for (let lag = 0; lag + 1 < n / 2; lag += 2) {
    // Monotone as well: a pair larger than the one before is noise.
    const pair = Math.min(previousPair, (at(lag) + at(lag + 1)) / variance);
    if (pair <= 0) break;
    time += 2 * pair;
    previousPair = pair;
  }
  // Alternating series would count for more than n; we do not claim that.
  return Math.max(1, time);
}

function blockMeans(series: Float64Array, size: number): Float64Array {
  const blocks = new Float64Array(Math.floor(series.length / size));
  for (let block = 0; block < blocks.length; block++) {
    let sum = 0;
    for (let i = block * size; i < (block + 1) * size; i++) sum += series[i] ?? 0;
    blocks[block] = sum / size;
  }
  return blocks;
}

function meanOf(series: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < series.length; i++) sum += series[i] ?? 0;
  return sum / series.length;
}

function varianceOf(series: Float64Array): number {
  const mean = meanOf(series);
  let sum = 0;
  for (let i = 0; i < series.length; i++) sum += ((series[i] ?? 0) - mean) ** 2;
  return sum / series.length;
}
