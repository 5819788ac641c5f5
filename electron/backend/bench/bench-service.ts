// Benchmarks: runs of many rows as jobs, each row's result kept as soon as it is there, whatever becomes of the others.
import { randomUUID } from 'node:crypto';
import type { BenchRun, Capacity, ExportFormat, StartBench } from '../../../shared/contract/bench.ts';
import type { BenchResult } from '../../../shared/contract/bench-result.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../database.ts';
import type { JobHandle, JobService } from '../jobs/job-service.ts';
import type { ModelService } from '../models/model-service.ts';
import type { Ports } from '../ports.ts';
import { createBenchStore } from './bench-store.ts';
import type { BenchMachines } from './machine.ts';
import { DEFAULT_CALL_TIMEOUT_S, planRows } from './plan-rows.ts';
import { runOfOne } from './row-summary.ts';
import { createRunStore, noSuchRun, type RunSettings } from './run-store.ts';

export interface StartedRun {
  readonly jobId: string;
  readonly runId: string;
}

export interface CapacityQuestion {
  readonly id: string;
  readonly ratePerS: number;
  readonly limitMs?: number | undefined;
  readonly percentile?: number | undefined;
  readonly reserve?: number | undefined;
}

export interface BenchService {
  /**
   * Keeps the run and works on its rows as a job whose result is the run's id. A job with a single row fails with that row's error.
   * @throws NOT_FOUND, NAME_INVALID, SELECTOR_INVALID, SELECTOR_EMPTY, INPUT_INVALID
   */
  start(input: StartBench): Promise<StartedRun>;
  /** Goes on with the rows that wait. @throws NOT_FOUND, INPUT_INVALID */
  resume(runId: string): StartedRun;
  /** Newest first. Results of the time before there were runs are runs of one row. */
  runs(): BenchRun[];
  /** @throws NOT_FOUND */
  run(runId: string): BenchRun;
  /** With its results. @throws NOT_FOUND, IN_USE while it is worked on */
  removeRun(runId: string): Promise<{ removed: string }>;
  /** Newest first; `modelRef` as a bare name takes all versions. */
  list(modelRef?: string): BenchResult[];
  /** @throws NOT_FOUND */
  get(id: string): BenchResult;
  /** Its row stays, without it; a run of one row goes with it. @throws NOT_FOUND */
  remove(id: string): Promise<{ removed: string }>;
  /** `id` of a result or of a run. @throws NOT_FOUND, FILE_WRITE_FAILED, LOCAL_DISK_FULL, FILE_NOT_FOUND */
  export(id: string, format: ExportFormat, path: string): Promise<{ path: string; sizeBytes: number }>;
  /** @throws NOT_FOUND, FILE_NOT_FOUND, INPUT_INVALID when the result says nothing about such a limit */
  capacity(question: CapacityQuestion): Promise<Capacity>;
}

export interface BenchServiceOptions {
  readonly ports: Pick<Ports, 'dataDir' | 'log'>;
  readonly db: Database;
  readonly jobs: JobService;
  readonly models: Pick<ModelService, 'resolve' | 'get'>;
  readonly machines: BenchMachines;
}

export function createBenchService({ ports, db, jobs, models, machines }: BenchServiceOptions): BenchService {
  const store = createBenchStore(db, ports.dataDir);
  const runs = createRunStore(db);

  async function work(run: BenchRun, settings: RunSettings, job: JobHandle): Promise<string> {
    try {
      // What measures is needed only by whoever measures.
      const { runRows } = await import('./run-rows.ts');
      await runRows(
        { runId: run.id, rows: run.rows, settings, job, saveRow: (row) => runs.saveRow(run.id, row) },
        { dataDir: ports.dataDir, store, models, machines, log: ports.log },
      );
    } catch (thrown) {
      runs.release(run.id);
      throw toAppError(thrown).code === 'CANCELLED' ? stopped(runOf(run.id)) : thrown;
    }
    runs.release(run.id);
    const [row, ...others] = runOf(run.id).rows;
    if (row?.error && others.length === 0) throw toAppError(row.error);
    return run.id;
  }

  function begin(run: BenchRun, settings: RunSettings): StartedRun {
    const jobId = jobs.start('bench', subjectOf(run), (job) => work(run, settings, job));
    return { jobId, runId: run.id };
  }

  function runOf(id: string): BenchRun {
    const run = runs.find(id);
    if (run) return run;
    const alone = store.listWithoutRun().find((result) => result.id === id);
    if (alone) return runOfOne(alone);
    throw noSuchRun(id);
  }

  return {
    start: async (input) => {
      const found = input.modelRefs.map((ref) => models.get(ref));
      const rows = planRows(input, found, machines.resolve(input.machines ?? []));
      const run: BenchRun = { id: randomUUID(), startedAtMs: Date.now(), finishedAtMs: null, state: 'running', rows };
      const { noiseFloor = true, callTimeoutS = DEFAULT_CALL_TIMEOUT_S } = input;
      const settings = { hasNoiseFloor: noiseFloor, callTimeoutMs: callTimeoutS * 1000 };
      runs.add(run, settings);
      return begin(run, settings);
    },
    resume: (runId) => {
      const { run, settings } = runs.claim(runId);
      return begin(run, settings);
    },
    runs: () => [...runs.list(), ...store.listWithoutRun().map(runOfOne)].sort((a, b) => b.startedAtMs - a.startedAtMs),
    run: runOf,
    removeRun: async (runId) => {
      const run = runOf(runId);
      if (run.state === 'running')
        throw new AppError('IN_USE', 'This benchmark run is being worked on; cancel it before you remove it.');
      for (const { resultId } of run.rows) if (resultId !== null) await store.remove(resultId);
      runs.remove(runId);
      return { removed: runId };
    },
    list: (modelRef) => store.list().filter(({ model }) => modelRef === undefined || isMeant(modelRef, model)),
    get: store.get,
    remove: async (id) => {
      const run = runs.find(store.get(id).runId);
      await store.remove(id);
      const row = run?.rows.find(({ resultId }) => resultId === id);
      if (!run || !row) return { removed: id };
      // A run of one row is its result.
      if (run.rows.length === 1 && run.state !== 'running') runs.remove(run.id);
      else runs.saveRow(run.id, { ...row, resultId: null });
      return { removed: id };
    },
    export: async (id, format, path) => {
      const { exportResults } = await import('./files/export-results.ts');
      const result = store.find(id);
      const run = result ? null : runOf(id);
      const ids = run?.rows.flatMap(({ resultId }) => resultId ?? []) ?? [];
      const results = result ? [result] : ids.map(store.get);
      return exportResults({ run, results, samplesPath: store.samplesPath }, format, path);
    },
    capacity: async ({ id, ...question }) => {
      const { answerCapacity } = await import('./answer-capacity.ts');
      return answerCapacity(store.get(id), store.samplesPath(id), question);
    },
  };
}

const NAMED_MODELS = 3;

function subjectOf({ rows }: BenchRun): string {
  const refs = [...new Set(rows.map(({ model }) => formatRef(model)))];
  return refs.slice(0, NAMED_MODELS).join(', ') + (refs.length > NAMED_MODELS ? ' …' : '');
}

function stopped({ rows }: BenchRun): AppError {
  const done = rows.filter(({ state }) => state === 'done').length;
  const kept = done > 0 ? `; ${done} of its ${rows.length} rows are measured and kept, and it can be resumed` : '';
  return new AppError('CANCELLED', `The benchmark was cancelled${kept}.`);
}

function isMeant(modelRef: string, model: BenchResult['model']): boolean {
  return modelRef === model.name || modelRef === formatRef(model) || modelRef === model.digest;
}
