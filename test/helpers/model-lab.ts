// A laptop's model registry and benchmarks in a throw-away data folder, with real sidecars.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createBenchMachines } from '../../electron/backend/bench/bench-machines.ts';
import { type BenchService, createBenchService } from '../../electron/backend/bench/bench-service.ts';
import { createLocalMachine } from '../../electron/backend/bench/local-machine.ts';
import type { BenchMachine, BenchMachines } from '../../electron/backend/bench/machine.ts';
import { createMeasuringClaim } from '../../electron/backend/bench/measuring-claim.ts';
import { createModelRunner, type ModelRunner } from '../../electron/backend/bench/model-runner.ts';
import { createBlobStore } from '../../electron/backend/blob-store.ts';
import { type CompareService, createCompareService } from '../../electron/backend/compare/compare-service.ts';
import { type Database, openDatabase } from '../../electron/backend/database.ts';
import { createJobService, type JobService } from '../../electron/backend/jobs/job-service.ts';
import { createModelService, type ModelService } from '../../electron/backend/models/model-service.ts';
import type { SidecarCommand } from '../../electron/backend/ports.ts';
import { createProfileService, type ProfileService } from '../../electron/backend/profiles/profile-service.ts';
import type { BenchMachineRef } from '../../shared/contract/bench-result.ts';
import type { Job } from '../../shared/contract/jobs.ts';
import { AppError } from '../../shared/errors/app-error.ts';

export interface ModelLab {
  readonly dataDir: string;
  readonly db: Database;
  readonly models: ModelService;
  readonly runner: ModelRunner;
  readonly machines: BenchMachines;
  readonly bench: BenchService;
  readonly compare: CompareService;
  readonly profiles: ProfileService;
  readonly jobs: JobService;
  /** A path in the lab's folder, outside the data folder. */
  file(name: string): string;
  /** Paths of all files in a folder of the data folder, sorted; empty where there is none. */
  stored(folder: 'blobs' | 'models' | 'bench'): string[];
  /** The job's last state. */
  finished(jobId: string): Promise<Job>;
  close(): Promise<void>;
}

export interface ModelLabOptions {
  /** Another program in place of the real sidecar. */
  readonly benchRunner?: SidecarCommand;
  /** Of another lab, whose folder it stays; default: a new one. */
  readonly dataDir?: string;
  /** Devices by name; the machine is made when it is asked for. */
  readonly devices?: Readonly<Record<string, (ref: BenchMachineRef, sidecar: SidecarCommand) => Promise<BenchMachine>>>;
}

/** Path of a model in the fixtures, named without `.onnx`. */
export function fixtureModel(name: string): string {
  return fileURLToPath(new URL(`../fixtures/models/${name}.onnx`, import.meta.url));
}

/** The program of the real sidecar. */
export const BENCH_RUNNER = fileURLToPath(new URL('../../electron/hosts/bench-runner.ts', import.meta.url));

export function createModelLab(options: ModelLabOptions = {}): ModelLab {
  const root = mkdtempSync(join(tmpdir(), 'lineside-models-'));
  const dataDir = options.dataDir ?? join(root, 'data');
  const benchRunner = options.benchRunner ?? { command: process.execPath, args: [BENCH_RUNNER] };
  const silent = (): void => undefined;
  const log = { info: silent, warn: silent, error: silent };
  const ports = { dataDir, log, sidecars: { benchRunner } };
  const db = openDatabase(dataDir);
  const blobs = createBlobStore(dataDir);
  const jobs = createJobService(log);
  const runner = createModelRunner(ports);
  const models = createModelService({ ports, db, blobs, runner });
  const machines = createBenchMachines({
    claim: createMeasuringClaim(db),
    createLocal: (ref, priority) => createLocalMachine({ sidecar: benchRunner, ref, priority }),
    acquireDevice: (ref) => options.devices?.[ref.name]?.(ref, benchRunner) ?? Promise.reject(nobody(ref.name)),
    selectDevices: (selector) => {
      if (options.devices && selector in options.devices) return [selector];
      throw nobody(selector);
    },
  });
  const bench = createBenchService({ ports, db, jobs, models, machines });
  const compare = createCompareService({ ports, db, jobs, models, machines });
  const profiles = createProfileService({ ports, db, jobs, models, machines });
  return {
    ...{ dataDir, db, models, runner, machines, bench, compare, profiles, jobs },
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

function nobody(name: string): AppError {
  return new AppError('NOT_FOUND', `There is no device ${name}.`);
}
