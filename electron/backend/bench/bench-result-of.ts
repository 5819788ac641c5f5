// Puts a result together: what the run reported, what was measured around it, and the verdict on all of it.
import type { BenchReport } from '../../../devices/runtime/runner/runner-protocol.ts';
import type { BenchRow } from '../../../shared/contract/bench.ts';
import type { BenchMachineRef, BenchResult, MachineFingerprint, Noise } from '../../../shared/contract/bench-result.ts';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { judgeRun } from '../../../shared/domain/bench-verdict.ts';
import { INPUT_SEED, type PreparedModel } from './prepare-model.ts';

export interface MeasuredRun {
  readonly id: string;
  readonly runId: string;
  readonly detail: ModelDetail;
  readonly machine: BenchMachineRef;
  readonly options: BenchRow['options'];
  readonly prepared: PreparedModel;
  readonly report: BenchReport;
  readonly placement: BenchResult['placement'];
  readonly noise: Pick<Noise, 'floor' | 'busyBefore' | 'servedRequests'>;
  readonly fingerprint: MachineFingerprint;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
}

export function benchResultOf(run: MeasuredRun): BenchResult {
  const { report, prepared, detail } = run;
  const { latencies } = report;
  const measured: Omit<BenchResult, 'verdict'> = {
    id: run.id,
    runId: run.runId,
    model: { name: detail.name, version: detail.version, digest: detail.digest },
    machine: run.machine,
    startedAtMs: run.startedAtMs,
    finishedAtMs: run.finishedAtMs,
    options: {
      ...run.options,
      batch: prepared.spec.batch,
      dimensions: prepared.dimensions,
      isDynamic: prepared.isDynamic,
    },
    placement: run.placement,
    binding: report.binding,
    coldLoadMs: report.coldLoadMs,
    firstRunMs: report.firstRunMs,
    warmup: latencies.warmup,
    samples: { ...latencies.samples, total: report.totalCalls, keptEvery: report.keptEvery },
    latencyMs: { ...latencies.latencyMs, percentiles: [...latencies.latencyMs.percentiles] },
    outliers: report.outliers,
    drift: report.drift,
    noise: { ...report.noise, ...run.noise },
    outcome: report.outcome,
    throughputPerS: report.throughputPerS,
    peakRssBytes: report.peakRssBytes,
    modelRssBytes: report.modelRssBytes,
    series: [...latencies.series],
    histogram: [...latencies.histogram],
    seconds: [...report.seconds],
    inputs: report.inputs.map((input) => ({ ...input, shape: [...input.shape] })),
    inputDigest: report.inputDigest,
    seed: INPUT_SEED,
    fingerprint: run.fingerprint,
  };
  return { ...measured, verdict: judgeRun({ ...measured, nanOutputs: report.nanOutputs }) };
}
