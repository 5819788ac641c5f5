// A laptop's model registry and benchmarks in a throw-away data folder, with real sidecars.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchService, createBenchService } from '../../electron/backend/bench/bench-service.ts';
import { createModelRunner, type ModelRunner } from '../../electron/backend/bench/model-runner.ts';
import { createBlobStore } from '../../electron/backend/blob-store.ts';
import { type Database, openDatabase } from '../../electron/backend/database.ts';
import { createJobService, type JobService } from '../../electron/backend/jobs/job-service.ts';
import { createModelService, type ModelService } from '../../electron/backend/models/model-service.ts';
import type { SidecarCommand } from '../../electron/backend/ports.ts';
import type { Job } from '../../shared/contract/jobs.ts';

export interface ModelLab {
  readonly dataDir: string;
  readonly db: Database;
  readonly models: ModelService;
  readonly runner: ModelRunner;
  readonly bench: BenchService;
  readonly jobs: JobService;
  /** A path in the lab's folder, outside the data folder. */
  file(name: string): string;
  /** Paths of all files in a folder of the data folder, sorted; empty where there is none. */
  stored(folder: 'blobs' | 'models' | 'bench'): string[];
  /** The job's last state. */
  finished(jobId: string): Promise<Job>;
  close(): Promise<void>;
}

/** Path of a model in the fixtures, named without `.onnx`. */
export function fixtureModel(name: string): string {
  return fileURLToPath(new URL(`../fixtures/models/${name}.onnx`, import.meta.url));
}

/** The program of the real sidecar. */
export const BENCH_RUNNER = fileURLToPath(new URL('../../electron/hosts/bench-runner.ts', import.meta.url));

/** The real sidecar, or Node with other arguments in its place. */
export function createModelLab(options: { benchRunner?: SidecarCommand; silenceMs?: number } = {}): ModelLab {
  const root = mkdtempSync(join(tmpdir(), 'lineside-models-'));
  const dataDir = join(root, 'data');
  const ports = {
    dataDir,
    sidecars: { benchRunner: options.benchRunner ?? { command: process.execPath, args: [BENCH_RUNNER] } },
  };
  const db = openDatabase(dataDir);
  const blobs = createBlobStore(dataDir);
  const silent = (): void => undefined;
  const jobs = createJobService({ info: silent, warn: silent, error: silent });
  const runner = createModelRunner(ports);
  const models = createModelService({ ports, db, blobs, runner });
  const silence = options.silenceMs === undefined ? {} : { silenceMs: options.silenceMs };
  const bench = createBenchService({ ports, db, jobs, models, ...silence });
  return {
    ...{ dataDir, db, models, runner, bench, jobs },
    file: (name) => join(root, name),
    stored: (folder) => {
      const path = join(dataDir, folder);
      if (!existsSync(path)) return [];
      const entries = readdirSync(path, { recursive: true, withFileTypes: true });
      return entries
        .filter((each) => !each.isDirectory())
        .map((each) => join(each.parentPath, each.name))
        .sort();
    },
    finished: async (jobId) => {
      let last: Job | undefined;
      for await (const job of jobs.watch(jobId, undefined)) last = job;
      if (!last) throw new Error(`the job ${jobId} told nothing`);
      return last;
    },
    close: async () => {
      await jobs.close();
      db.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
