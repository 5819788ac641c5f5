// Composition root of the application core: builds every service once and hands out the router.

import { readFile } from 'node:fs/promises';
import { implement } from '@orpc/server';
import { contract } from '../../shared/contract/index.ts';
import { createBenchMachines } from './bench/bench-machines.ts';
import { createBenchRouter } from './bench/bench-router.ts';
import { createBenchService } from './bench/bench-service.ts';
import { createLocalMachine } from './bench/local-machine.ts';
import { createMeasuringClaim } from './bench/measuring-claim.ts';
import { createModelRunner } from './bench/model-runner.ts';
import { createBlobStore } from './blob-store.ts';
import { createBundleService } from './bundles/bundle-service.ts';
import { createBundlesRouter } from './bundles/bundles-router.ts';
import { createCompareRouter } from './compare/compare-router.ts';
import { createCompareService } from './compare/compare-service.ts';
import { openDatabase } from './database.ts';
import { createConnectionPool } from './fleet/connection-pool.ts';
import { createDeviceStore } from './fleet/device-store.ts';
import { createDevicesRouter } from './fleet/devices-router.ts';
import { createFleetService } from './fleet/fleet-service.ts';
import { createSetupService } from './fleet/setup-service.ts';
import type { GoldenInputs } from './fleet/test-requests.ts';
import { createJobService } from './jobs/job-service.ts';
import { createJobsRouter } from './jobs/jobs-router.ts';
import { createKeyService } from './keys/key-service.ts';
import { createKeysRouter } from './keys/keys-router.ts';
import { createModelService } from './models/model-service.ts';
import { createModelsRouter } from './models/models-router.ts';
import type { Ports } from './ports.ts';
import { createProfileService } from './profiles/profile-service.ts';
import { createProfilesRouter } from './profiles/profiles-router.ts';
import { createRolloutService } from './rollouts/rollout-service.ts';
import { createRolloutStore } from './rollouts/rollout-store.ts';
import { createRolloutsRouter } from './rollouts/rollouts-router.ts';
import { guardStream, isAsyncIterable, toRpcError } from './rpc-errors.ts';
import { systemInfo } from './system/system-info.ts';
import { createSystemRouter } from './system/system-router.ts';

export type Backend = Awaited<ReturnType<typeof createBackend>>;

/**
 * Builds the core on its ports. `dispose()` stops running work, closes connections and the database.
 * @throws FILE_UNREADABLE when the data folder cannot be used.
 */
export async function createBackend(ports: Ports) {
  const db = openDatabase(ports.dataDir);
  const blobs = createBlobStore(ports.dataDir);
  const jobs = createJobService(ports.log);
  const runner = createModelRunner(ports);
  const models = createModelService({ ports, db, blobs, runner });
  const keys = createKeyService({ db, dataDir: ports.dataDir });
  const bundles = createBundleService({ db, blobs, models, keys, runModel: runner.runModel });
  const pool = createConnectionPool(ports);
  const fleet = createFleetService({ ports, store: createDeviceStore(db), pool });
  const machines = createBenchMachines({
    claim: createMeasuringClaim(db),
    createLocal: (ref, priority) => createLocalMachine({ sidecar: ports.sidecars.benchRunner, ref, priority }),
    acquireDevice: async (ref, priority, signal) => {
      const { acquireDeviceMachine } = await import('./bench/device-machine.ts');
      const openAgent = async (opening: AbortSignal) => {
        const client = await fleet.openAgent(ref.name, opening);
        return { client, release: () => client.close() };
      };
      return acquireDeviceMachine({ ref, openAgent, priority, signal });
    },
    selectDevices: (selector) => fleet.select(selector).map(({ record }) => record.name),
  });
  const bench = createBenchService({ ports, db, jobs, models, machines });
  const compare = createCompareService({ ports, db, jobs, models, machines });
  const profiles = createProfileService({ ports, db, jobs, models, machines });
  const setup = createSetupService({ ports, fleet, keys, jobs });
  const rollouts = createRolloutService({
    fleet,
    store: createRolloutStore(db),
    log: ports.log,
    loadForDeploy: (ref) => bundles.loadForDeploy(ref),
  });
  const stopMonitoring = ports.monitorsFleet ? fleet.monitor() : null;

  const goldenOf = async (manifestDigest: string): Promise<GoldenInputs> => {
    const { release, blobs: files } = await bundles.loadForDeploy(manifestDigest);
    const golden = files.find(({ digest }) => digest === release.golden.blob.digest);
    return { release, goldenBytes: golden ? await readFile(golden.path) : Buffer.alloc(0) };
  };

  const router = implement(contract)
    .use(async ({ next }) => {
      try {
        const result = await next();
        return isAsyncIterable(result.output) ? { ...result, output: guardStream(result.output, ports.log) } : result;
      } catch (thrown) {
        throw toRpcError(thrown, ports.log);
      }
    })
    .router({
      system: createSystemRouter({
        db,
        info: systemInfo(ports),
        sampleModelPath: ports.sampleModelPath,
        devicesReady: () => fleet.liveDevices().filter(({ stored }) => stored.facts?.agent === 'running').length,
      }),
      models: createModelsRouter(models),
      bench: createBenchRouter(bench),
      compare: createCompareRouter(compare),
      profiles: createProfilesRouter(profiles),
      keys: createKeysRouter(keys),
      bundles: createBundlesRouter(bundles, { models, dataDir: ports.dataDir }),
      devices: createDevicesRouter({ fleet, setup, goldenOf }),
      rollouts: createRolloutsRouter(rollouts),
      jobs: createJobsRouter(jobs),
    });

  return {
    router,
    dispose: async (): Promise<void> => {
      stopMonitoring?.();
      await Promise.all([jobs.close(), rollouts.close()]);
      await fleet.close();
      db.close();
    },
  };
}
