// Comparisons as jobs: models against each other, or one against a stored result, on one machine.

import type { BenchPriority, OptimizationLevel, Provider } from '../../../shared/contract/bench-options.ts';
import type { Comparison } from '../../../shared/contract/compare.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { resolveOne } from '../bench/bench-machines.ts';
import type { BenchMachines } from '../bench/machine.ts';
import { checkBounds } from '../bench/plan-rows.ts';
import type { Database } from '../database.ts';
import type { JobService } from '../jobs/job-service.ts';
import type { ModelService } from '../models/model-service.ts';
import type { Ports } from '../ports.ts';
import { createCompareStore } from './compare-store.ts';

/** Where and how is measured; what is missing has its default. */
export interface CompareSetup {
  /** `local` or a device name. */
  readonly machine?: string | undefined;
  readonly threads?: number | undefined;
  readonly batch?: number | undefined;
  readonly provider?: Provider | undefined;
  readonly level?: OptimizationLevel | undefined;
  readonly dimensions?: Readonly<Record<string, number>> | undefined;
  readonly isDynamic?: boolean | undefined;
  readonly priority?: BenchPriority | undefined;
  /** Of the whole. */
  readonly durationS?: number | undefined;
}

export interface StartComparison extends CompareSetup {
  readonly a: string;
  readonly candidates: readonly string[];
  readonly threshold?: number | undefined;
}

export interface StartGate extends CompareSetup {
  readonly modelRef: string;
  readonly baselinePath: string;
  readonly maxSlowdown?: number | undefined;
}

export interface CompareService {
  /** Returns the id of the job, whose result will be the id of the Comparison. @throws NOT_FOUND, NAME_INVALID, SELECTOR_*, INPUT_INVALID */
  start(input: StartComparison): string;
  /** The same; the job succeeds whatever the gate says. @throws as `start`, BASELINE_INVALID, FILE_NOT_FOUND, FILE_UNREADABLE */
  gate(input: StartGate): Promise<string>;
  /** Newest first. */
  list(): Comparison[];
  /** @throws NOT_FOUND */
  get(id: string): Comparison;
  /** @throws NOT_FOUND */
  remove(id: string): { removed: string };
}

export interface CompareServiceOptions {
  readonly ports: Pick<Ports, 'dataDir'>;
  readonly db: Database;
  readonly jobs: JobService;
  readonly models: Pick<ModelService, 'resolve' | 'get'>;
  readonly machines: BenchMachines;
}

/** Ratios less 1. */
const THRESHOLD = 0.03;
const MAX_SLOWDOWN = 0.05;
const MAX_CANDIDATES = 8;
const MAX_RATIO = 10;

export function createCompareService({ ports, db, jobs, models, machines }: CompareServiceOptions): CompareService {
  const store = createCompareStore(db);
  const parts = { dataDir: ports.dataDir, models, machines };

  return {
    start: ({ a, candidates, threshold = THRESHOLD, ...setup }) => {
      check('The comparison', setup, threshold);
      if (candidates.length > MAX_CANDIDATES)
        throw new AppError(
          'INPUT_INVALID',
          `The comparison cannot be started: at most ${MAX_CANDIDATES} models can be compared with one, not ${candidates.length}.`,
        );
      const refOf = (ref: string): string => formatRef(models.get(ref));
      const refs: readonly [string, ...string[]] = [refOf(a), ...candidates.map(refOf)];
      const machine = resolveOne(machines, setup.machine);
      return jobs.start('compare', refs.join(', '), async (job) => {
        const { compareModels } = await import('./compare-models.ts');
        const comparison = await compareModels({ refs, threshold, setup, machine, job }, parts);
        store.add(comparison);
        return comparison.id;
      });
    },
    gate: async ({ modelRef, baselinePath, maxSlowdown = MAX_SLOWDOWN, ...setup }) => {
      check('The check', setup, maxSlowdown);
      const ref = formatRef(models.get(modelRef));
      const machine = resolveOne(machines, setup.machine);
      const [{ checkGate }, { findBaseline }] = await Promise.all([
        import('./check-gate.ts'),
        import('./find-baseline.ts'),
      ]);
      const baseline = await findBaseline(baselinePath, ref, setup);
      return jobs.start('compare', ref, async (job) => {
        const comparison = await checkGate(
          { ref, baseline, maxSlowdown, threshold: THRESHOLD, setup, machine, job },
          parts,
        );
        store.add(comparison);
        return comparison.id;
      });
    },
    list: store.list,
    get: store.get,
    remove: (id) => {
      store.remove(id);
      return { removed: id };
    },
  };
}

/** @throws INPUT_INVALID */
function check(what: string, { threads, durationS }: CompareSetup, ratio: number): void {
  checkBounds(what, { durationS, ...(threads === undefined ? {} : { threads: [threads] }) });
  if (ratio <= MAX_RATIO) return;
  throw new AppError(
    'INPUT_INVALID',
    `${what} cannot be started: a difference of more than ${MAX_RATIO} times is no limit.`,
  );
}
