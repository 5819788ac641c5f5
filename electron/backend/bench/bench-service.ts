// Benchmarks on this computer: one at a time, each in a sidecar of its own, as jobs whose results are kept.
import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { BenchProgress } from '../../../devices/runtime/bench-engine.ts';
import type { BenchOptions, BenchResult } from '../../../shared/contract/bench.ts';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { REQUIRED_SAMPLES } from '../../../shared/domain/statistics-order.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../database.ts';
import type { JobHandle, JobService } from '../jobs/job-service.ts';
import type { ModelService } from '../models/model-service.ts';
import type { Ports } from '../ports.ts';
import { createBenchStore } from './bench-store.ts';
import { machineFingerprint } from './fingerprint.ts';
import { unexpected } from './model-runner.ts';
import { runSidecar } from './run-sidecar.ts';
import type { RunnerRequest, WireBenchReport } from './runner-protocol.ts';
import { createTurns } from './turns.ts';

export interface StartBenchInput {
  /** Name, `name:version` or digest. */
  readonly modelRef: string;
  /** Default 1: the figure that compares best between machines. */
  readonly threads?: number | undefined;
  /** Default 1. */
  readonly batch?: number | undefined;
  /** Least duration of the timed part in seconds, default 10; the run may take up to three times as long to become steady. */
  readonly durationS?: number | undefined;
}

export interface BenchService {
  /** Returns the id of the job, whose result will be the id of the BenchResult. @throws NOT_FOUND, NAME_INVALID, INPUT_INVALID */
  start(input: StartBenchInput): Promise<string>;
  /** Newest first; `modelRef` as a bare name takes all versions. @throws NAME_INVALID */
  list(modelRef?: string): BenchResult[];
  /** @throws NOT_FOUND */
  get(id: string): BenchResult;
  /** @throws NOT_FOUND */
  remove(id: string): Promise<{ removed: string }>;
}

export interface BenchServiceOptions {
  readonly ports: Pick<Ports, 'dataDir' | 'sidecars'>;
  readonly db: Database;
  readonly jobs: JobService;
  readonly models: Pick<ModelService, 'resolve'>;
  /** How long a sidecar may say nothing. */
  readonly silenceMs?: number;
}

const DEFAULT_DURATION_S = 10;
const MAX_DURATION_S = 3600;
const MAX_THREADS = 256;
/** Seeds of inputs are fixed, so that two runs see the same data. */
const SEED = 1;
/** A run goes on until it can state the 95th percentile of independent samples. */
const MIN_SAMPLES = REQUIRED_SAMPLES[95] ?? 0;
const PATIENCE = 3;

export function createBenchService({
  ports,
  db,
  jobs,
  models,
  silenceMs = 300_000,
}: BenchServiceOptions): BenchService {
  const store = createBenchStore(db, ports.dataDir);
  const turns = createTurns();

  async function run(detail: ModelDetail, onnxPath: string, options: BenchOptions, job: JobHandle): Promise<string> {
    const subject = `The benchmark of ${formatRef(detail)}`;
    const id = randomUUID();
    const startedAtMs = Date.now();
    const minDurationMs = options.durationS * 1000;
    job.report({ step: STEPS.loading, done: 0, total: minDurationMs, unit: 'ms' });
    const samplesPath = await store.makeDraft(id);
    try {
      const request: RunnerRequest = {
        kind: 'bench',
        onnxPath,
        samplesPath,
        seed: SEED,
        threads: options.threads,
        batch: options.batch,
        minSamples: MIN_SAMPLES,
        minDurationMs,
        maxDurationMs: PATIENCE * minDurationMs,
      };
      const answer = await runSidecar(ports.sidecars.benchRunner, request, {
        subject,
        signal: job.signal,
        silenceMs,
        onProgress: ({ step, elapsedMs }) =>
          job.report({ step: STEPS[step], done: elapsedMs, total: Math.max(minDurationMs, elapsedMs) }),
      });
      if (answer.type !== 'benched') throw unexpected(answer.type);
      await store.keep(benchResult(id, detail, startedAtMs, options, answer.report));
    } finally {
      await store.dropDraft(id);
    }
    return id;
  }

  return {
    start: async (input) => {
      const options = checkOptions(input);
      const { detail, onnxPath } = await models.resolve(input.modelRef);
      return jobs.start('bench', formatRef(detail), async (job) => {
        if (turns.isBusy()) job.report({ step: 'Waiting for another benchmark to end', unit: 'ms' });
        return turns.take(() => run(detail, onnxPath, options, job), job.signal);
      });
    },
    list: (modelRef) => store.list().filter(({ model }) => modelRef === undefined || isMeant(modelRef, model)),
    get: (id) => store.get(id),
    remove: async (id) => {
      await store.remove(id);
      return { removed: id };
    },
  };
}

const STEPS: Readonly<Record<BenchProgress['step'], string>> = {
  loading: 'Loading the model',
  measuring: 'Measuring',
  extending: 'Measuring on until the latency is steady',
  evaluating: 'Evaluating',
};

/** @throws INPUT_INVALID */
function checkOptions({ threads = 1, batch = 1, durationS = DEFAULT_DURATION_S }: StartBenchInput): BenchOptions {
  const most = Math.max(MAX_THREADS, availableParallelism());
  if (threads > most) throw invalid(`at most ${most} threads can be asked for, not ${threads}`);
  if (durationS > MAX_DURATION_S)
    throw invalid(`a benchmark lasts at most ${MAX_DURATION_S} seconds, not ${durationS}`);
  return { threads, batch, durationS };
}

function invalid(reason: string): AppError {
  return new AppError('INPUT_INVALID', `The benchmark cannot be started: ${reason}.`);
}

function isMeant(modelRef: string, model: BenchResult['model']): boolean {
  return modelRef === model.name || modelRef === formatRef(model) || modelRef === model.digest;
}

function benchResult(
  id: string,
  { name, version, digest }: ModelDetail,
  startedAtMs: number,
  options: BenchOptions,
  report: WireBenchReport,
): BenchResult {
  const { warmup, samples, latencyMs, callsPerS, series, histogram } = report.latencies;
  return {
    id,
    model: { name, version, digest },
    startedAtMs,
    finishedAtMs: Date.now(),
    options,
    provider: report.provider,
    coldLoadMs: report.coldLoadMs,
    firstRunMs: report.firstRunMs,
    warmup,
    samples,
    latencyMs: { ...latencyMs, percentiles: [...latencyMs.percentiles] },
    throughputPerS: callsPerS * options.batch,
    peakRssBytes: report.peakRssBytes,
    modelRssBytes: report.modelRssBytes,
    series: [...series],
    histogram: [...histogram],
    inputs: report.inputs.map((input) => ({ ...input, shape: [...input.shape] })),
    fingerprint: machineFingerprint(report.nodeVersion),
  };
}
