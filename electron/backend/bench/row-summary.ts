// What a table shows of a result, and a result that belongs to no run as a run of its own.
import type { BenchRow, BenchRun } from '../../../shared/contract/bench.ts';
import type { BenchResult } from '../../../shared/contract/bench-result.ts';

/** What a table shows of a result. */
export function rowSummary({ latencyMs, ...result }: BenchResult): NonNullable<BenchRow['summary']> {
  const at = (percentile: number) => latencyMs.percentiles.find((one) => one.percentile === percentile);
  const p50 = at(50);
  return {
    p50Ms: p50?.valueMs ?? null,
    p50LowMs: p50?.lowMs ?? null,
    p50HighMs: p50?.highMs ?? null,
    p95Ms: at(95)?.valueMs ?? null,
    p99Ms: at(99)?.valueMs ?? null,
    throughputPerS: result.throughputPerS,
    peakRssBytes: result.peakRssBytes,
    verdict: result.verdict.verdict,
    noiseFloor: result.noise.floor,
  };
}

/** A result of the time before there were runs, as a run of one row. */
export function runOfOne(result: BenchResult): BenchRun {
  const row: BenchRow = {
    index: 0,
    model: { name: result.model.name, version: result.model.version },
    machine: result.machine,
    options: result.options,
    state: 'done',
    resultId: result.id,
    error: null,
    summary: rowSummary(result),
  };
  const { startedAtMs, finishedAtMs } = result;
  return { id: result.id, startedAtMs, finishedAtMs, state: 'done', rows: [row] };
}
