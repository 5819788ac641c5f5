// The measuring part of the preview's client: benchmarks, comparisons, profiles.
import type { RpcClient } from '../../shared/contract/index.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import { BENCH_RUNS, RUNNING_RUN, SWEEP_RESULTS } from './fixtures/bench-runs.ts';
import { BENCH_RESULTS } from './fixtures/bench-singles.ts';
import { COMPARISONS } from './fixtures/comparisons.ts';
import { PROFILES, REGIONS } from './fixtures/profiles.ts';
import type { Scenario } from './scenarios.ts';

type Answer = <T>(value: () => T) => Promise<T>;
type Measuring = Pick<RpcClient, 'bench' | 'compare' | 'profiles'>;

function found<T extends { readonly id: string }>(list: readonly T[], id: string): T {
  const hit = list.find((one) => one.id === id);
  if (!hit) throw new AppError('NOT_FOUND', `There is no ${id}.`);
  return hit;
}

export function createFakeMeasuring(scenario: Scenario, answer: Answer): Measuring {
  const isFull = scenario !== 'empty' && scenario !== 'first-run';
  const isBusy = scenario === 'busy';
  const runs = isFull ? (isBusy ? [RUNNING_RUN, ...BENCH_RUNS] : BENCH_RUNS) : [];
  const results = isFull ? [...BENCH_RESULTS, ...SWEEP_RESULTS] : [];
  const comparisons = isFull ? COMPARISONS : [];
  const profiles = isFull ? PROFILES : [];
  return {
    bench: {
      start: () => answer(() => ({ jobId: 'job-bench', runId: RUNNING_RUN.id })),
      resume: ({ runId }) => answer(() => ({ jobId: 'job-bench', runId })),
      runs: () => answer(() => [...runs]),
      run: ({ id }) => answer(() => found([RUNNING_RUN, ...BENCH_RUNS], id)),
      removeRun: ({ id }) => answer(() => ({ removed: id })),
      list: () => answer(() => [...results]),
      get: ({ id }) => answer(() => found(results, id)),
      remove: ({ id }) => answer(() => ({ removed: id })),
      export: ({ path }) => answer(() => ({ path, sizeBytes: 188_402 })),
      capacity: ({ id, ratePerS, limitMs = 100, percentile = 99, reserve = 0.2 }) =>
        answer(() => {
          const result = found(results, id);
          const isMeasured = result.outcome.kind === 'server';
          const perBoxPerS = result.latencyMs.mean > limitMs ? null : result.throughputPerS * 0.54;
          const working = perBoxPerS === null ? null : Math.ceil(ratePerS / perBoxPerS);
          const spare = perBoxPerS === null ? null : Math.ceil((reserve * ratePerS) / perBoxPerS);
          return {
            ratePerS,
            limitMs,
            percentile,
            reserve,
            perBoxPerS,
            basis: isMeasured ? ('measured' as const) : ('predicted' as const),
            boxes: working === null || spare === null ? null : working + spare,
            working,
            spare,
          };
        }),
    },
    compare: {
      start: () => answer(() => ({ jobId: 'job-compare' })),
      gate: () => answer(() => ({ jobId: 'job-compare' })),
      list: () => answer(() => [...comparisons]),
      get: ({ id }) => answer(() => found(comparisons, id)),
      remove: ({ id }) => answer(() => ({ removed: id })),
    },
    profiles: {
      start: () => answer(() => ({ jobId: 'job-profile' })),
      list: () => answer(() => profiles.map(({ kernels: _k, nodes: _n, timeline: _t, ...rest }) => rest)),
      get: ({ id }) => answer(() => found(profiles, id)),
      remove: ({ id }) => answer(() => ({ removed: id })),
      regions: ({ a }) =>
        answer(() => {
          const isTurned = a === 'p-03';
          if (!isTurned) return [...REGIONS];
          return REGIONS.map((one) => ({ ...one, aNodes: one.bNodes, bNodes: one.aNodes, aMs: one.bMs, bMs: one.aMs }));
        }),
    },
  };
}
