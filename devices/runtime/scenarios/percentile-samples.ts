// How many calls a trial of a percentile needs, as in LoadGen.
import { binomialCdf } from '../../../shared/domain/statistics-binomial.ts';

const CONFIDENCE = 0.99;

/**
 * Least number of calls of which one may be late and the percentile is still met with 99 % confidence, one-sided: 11 for the median,
 * 64 for 90, 130 for 95, 662 for 99, 6,636 for 99.9 (mlcommons/inference: loadgen/early_stopping.cc).
 */
export function samplesFor(percentile: number): number {
  const late = 1 - percentile / 100;
  const isEnough = (n: number): boolean => binomialCdf(1, n, late) <= 1 - CONFIDENCE;
  let high = 2;
  while (!isEnough(high)) high *= 2;
  let low = high / 2;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
