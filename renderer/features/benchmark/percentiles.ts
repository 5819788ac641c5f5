// Finding one percentile in a result.
import type { BenchResult, Percentile } from '../../../shared/contract/bench-result.ts';

export function percentileOf(result: BenchResult, percentile: number): Percentile | undefined {
  return result.latencyMs.percentiles.find((one) => one.percentile === percentile);
}
