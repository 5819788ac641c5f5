// The `system` calls of the contract: versions, and how far the main job has come.
import { implement } from '@orpc/server';
import { type Journey, type SystemInfo, systemContract } from '../../../shared/contract/system.ts';
import type { Database } from '../database.ts';

const os = implement(systemContract);

export interface SystemRouterParts {
  readonly db: Database;
  readonly info: SystemInfo;
  readonly sampleModelPath: string | null;
  /** Devices with a set-up agent. */
  devicesReady(): number;
}

export function createSystemRouter({ db, info, sampleModelPath, devicesReady }: SystemRouterParts) {
  const count = (table: 'model' | 'bench_result' | 'signing_key' | 'bundle' | 'device' | 'rollout'): number =>
    Number(db.get(`SELECT count(*) AS n FROM ${table}`)?.['n'] ?? 0);
  const journey = (): Journey => ({
    models: count('model'),
    benchmarks: count('bench_result'),
    keys: count('signing_key'),
    bundles: count('bundle'),
    devices: count('device'),
    devicesReady: devicesReady(),
    rollouts: count('rollout'),
    sampleModelPath,
  });
  return os.router({ info: os.info.handler(() => info), journey: os.journey.handler(journey) });
}
