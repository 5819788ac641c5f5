// Finding one percentile in a result.
import type { BenchResult, Percentile } from '../../../shared/contract/bench.ts';

export function percentileOf(result: BenchResult, percentile: number): Percentile | undefined {
  return result.latencyMs.percentiles.find((one) => one.percentile === percentile);
}
