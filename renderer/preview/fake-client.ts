// A client of the contract that answers from fixtures. Only the preview and the web tests of rare states use it.

import type { RpcClient } from '../../shared/contract/index.ts';
import type { Job } from '../../shared/contract/jobs.ts';
import type { Journey, SystemInfo } from '../../shared/contract/system.ts';
import { parseSelector } from '../../shared/domain/selector.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import { createFakeMeasuring } from './fake-bench.ts';
import { asStream, deviceStream, fleetStream, jobStream, rolloutStream } from './fake-streams.ts';
import { BUNDLES, KEYS } from './fixtures/bundles.ts';
import type { FakeDevice } from './fixtures/devices.ts';
import { DEVICES, manyDevices } from './fixtures/fleet.ts';
import { largeGraph } from './fixtures/graphs.ts';
import { runningJob } from './fixtures/jobs.ts';
import { MODELS } from './fixtures/models.ts';
import { GRAPHS } from './fixtures/profiles.ts';
import { planFor, ROLLOUTS } from './fixtures/rollouts.ts';
import type { Scenario } from './scenarios.ts';

const INFO: SystemInfo = {
  version: '0.1.0',
  host: 'serve',
  nodeVersion: '24.21.0',
  onnxruntimeVersion: '1.30.0',
  platform: 'linux',
  architecture: 'x64',
  dataDir: '/home/engineer/.local/share/lineside',
  kitArchitectures: ['x64', 'arm64'],
};

interface World {
  readonly models: typeof MODELS;
  readonly benchmarks: number;
  readonly bundles: typeof BUNDLES;
  readonly keys: typeof KEYS;
  readonly devices: readonly FakeDevice[];
  readonly rollouts: typeof ROLLOUTS;
}

const FULL: World = {
  models: MODELS,
  benchmarks: 5,
  bundles: BUNDLES,
  keys: KEYS,
  devices: DEVICES,
  rollouts: ROLLOUTS,
};
const EMPTY: World = { models: [], benchmarks: 0, bundles: [], keys: [], devices: [], rollouts: [] };

function worldOf(scenario: Scenario): World {
  if (scenario === 'empty') return EMPTY;
  if (scenario === 'first-run') return { ...EMPTY, models: MODELS.slice(0, 1), benchmarks: 1 };
  if (scenario === 'many') return { ...FULL, devices: manyDevices() };
  return FULL;
}

/** The one of `list` with this reference or name, else NOT_FOUND. */
function find<T extends { readonly name: string; readonly version: string }>(list: readonly T[], ref: string): T {
  const hit = list.find((one) => `${one.name}:${one.version}` === ref || one.name === ref);
  if (!hit) throw new AppError('NOT_FOUND', `There is no ${ref}.`);
  return hit;
}

function journeyOf(world: World): Journey {
  return {
    models: world.models.length,
    benchmarks: world.benchmarks,
    keys: world.keys.length,
    bundles: world.bundles.length,
    devices: world.devices.length,
    devicesReady: world.devices.filter((device) => device.view.connection === 'online').length,
    rollouts: world.rollouts.length,
    sampleModelPath: '/opt/lineside/samples/digits-mobilenet.onnx',
  };
}

/** @param gate awaited before every answer: it may fail, or never end */
export function createFakeClient(scenario: Scenario, gate: () => Promise<void>): RpcClient {
  const world = worldOf(scenario);
  const answer = async <T>(value: () => T): Promise<T> => {
    await gate();
    return value();
  };
  const deviceNamed = (name: string): FakeDevice => {
    const hit = world.devices.find((device) => device.view.device.name === name);
    if (!hit) throw new AppError('NOT_FOUND', `There is no device ${name}.`);
    return hit;
  };
  const onlyReal = (what: string): never => {
    throw new AppError('INTERNAL', `The preview cannot ${what}.`);
  };

  return {
    system: { info: () => answer(() => INFO), journey: () => answer(() => journeyOf(world)) },
    models: {
      import: () => answer(() => onlyReal('import')),
      list: () => answer(() => [...world.models]),
      get: ({ ref }) => answer(() => find(world.models, ref)),
      graph: ({ ref }) => answer(() => GRAPHS[ref] ?? largeGraph(find(world.models, ref).nodeCount)),
      remove: ({ ref }) => answer(() => ({ removed: ref, freedBytes: 1_412_338 })),
    },
    ...createFakeMeasuring(scenario, answer),
    keys: {
      init: ({ name }) => answer(() => ({ ...(KEYS[0] as (typeof KEYS)[number]), name: name ?? 'default' })),
      list: () => answer(() => [...world.keys]),
    },
    bundles: {
      create: () => answer(() => onlyReal('create bundles')),
      list: () => answer(() => [...world.bundles]),
      get: ({ ref }) => answer(() => find(world.bundles, ref)),
      verify: ({ ref }) =>
        answer(() => {
          const { name, version, digest, blobs, sizeBytes } = find(world.bundles, ref);
          return { name, version, digest, signedBy: [], blobsChecked: blobs.length, bytesChecked: sizeBytes };
        }),
      export: ({ path }) => answer(() => ({ path, sizeBytes: 1_448_122 })),
      exportFiles: () => answer(() => onlyReal('export files')),
      verifyFiles: () => answer(() => onlyReal('verify files')),
      import: () => answer(() => onlyReal('import')),
      push: () => answer(() => onlyReal('push')),
      pull: () => answer(() => onlyReal('pull')),
      pullModel: () => answer(() => onlyReal('pull')),
      remove: ({ ref }) => answer(() => ({ removed: ref, freedBytes: 1_448_122 })),
    },
    devices: {
      add: ({ name, address, acceptHostKey }) =>
        answer(() => {
          if (acceptHostKey === undefined) {
            throw new AppError('HOST_KEY_UNKNOWN', `The host key of ${address} is not known.`, {
              details: { fingerprint: 'SHA256:h3kLw0R8mC1nqv0Zb4nX7vIuT2pE5sYfD9aQkJgHxBo' },
            });
          }
          return deviceNamed(world.devices[0]?.view.device.name ?? name).view;
        }),
      planImport: () => answer(() => onlyReal('read an inventory')),
      import: () => answer(() => onlyReal('read an inventory')),
      export: () => answer(() => onlyReal('write a file')),
      list: () => answer(() => world.devices.map((device) => device.view)),
      get: ({ name }) => answer(() => deviceNamed(name).view),
      unlock: ({ name }) => answer(() => deviceNamed(name).view),
      probe: ({ name }) => answer(() => deviceNamed(name).view.facts ?? onlyReal('probe this')),
      inventory: () => answer(() => onlyReal('read an inventory')),
      forgetHostKey: () => answer(() => ({ forgottenLines: 1 })),
      setup: () => answer(() => ({ jobId: 'job-setup' })),
      remove: ({ name }) => answer(() => ({ removed: name, uninstalled: false })),
      sendTestRequests: ({ name, count }) =>
        answer(() => ({
          device: name,
          model: 'digits-mobilenet',
          version: '2',
          sent: count,
          succeeded: count,
          failed: 0,
          firstError: null,
          durationMs: 412,
          p50Ms: 7.4,
          p95Ms: 9.1,
        })),
      watchFleet: (_input, options) => answer(() => asStream(fleetStream(world.devices, options?.signal))),
      watch: ({ name }, options) => answer(() => asStream(deviceStream(deviceNamed(name), options?.signal))),
    },
    rollouts: {
      plan: ({ bundleRef, selector, canary }) =>
        answer(() => {
          const chosen = parseSelector(selector);
          const names = world.devices
            .filter((device) => chosen.matches(device.view.device))
            .map((device) => device.view.device.name);
          if (names.length === 0) throw new AppError('SELECTOR_EMPTY', `No device matches "${selector}".`);
          return planFor(bundleRef, names, canary ?? 1);
        }),
      start: () => answer(() => ({ rolloutId: 'r-018' })),
      list: () => answer(() => [...world.rollouts]),
      get: ({ rolloutId }) =>
        answer(() => world.rollouts.find((one) => one.id === rolloutId) ?? onlyReal('find this rollout')),
      watch: ({ rolloutId }, options) =>
        answer(() => {
          const rollout = world.rollouts.find((one) => one.id === rolloutId);
          if (!rollout) throw new AppError('NOT_FOUND', `There is no rollout ${rolloutId}.`);
          return asStream(rolloutStream(rollout, options?.signal));
        }),
      abort: ({ rolloutId }) =>
        answer(() => world.rollouts.find((one) => one.id === rolloutId) ?? onlyReal('abort this')),
      rollback: ({ name }) =>
        answer(() => ({ device: name, fromRelease: 'digits-mobilenet:2', toRelease: 'digits-mobilenet:1' })),
    },
    jobs: {
      list: () => answer(() => (scenario === 'busy' ? [runningJob('bench', 'digits-mobilenet:2', 0)] : [])),
      watch: ({ jobId }, options) => answer(() => asStream(jobStream(kindOf(jobId), options?.signal))),
      cancel: ({ jobId }) => answer(() => runningJob(kindOf(jobId), 'digits-mobilenet:2', 0)),
    },
  };
}

/** Jobs of the preview are called after their kind. */
function kindOf(jobId: string): Job['kind'] {
  return (['bench', 'compare', 'profile'] as const).find((kind) => jobId === `job-${kind}`) ?? 'setup';
}
