// Rollouts of this backend: plan, start, watch, abort, and one device's rollback.
import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Rollout, RolloutDevice, RolloutPlan } from '../../../shared/contract/rollouts.ts';
import { AppError, isWireError } from '../../../shared/errors/app-error.ts';
import type { FleetService } from '../fleet/fleet-service.ts';
import { createLatestValue, type LatestValue } from '../latest-value.ts';
import type { Logger } from '../ports.ts';
import type { Deployable } from './deployable.ts';
import { defaultCanary, planRollout } from './rollout-plan.ts';
import { type RolloutRun, startRollout } from './rollout-runner.ts';
import { isEnded, type RolloutStore } from './rollout-store.ts';
import { summarize } from './rollout-summary.ts';

export interface RolloutRequest {
  readonly bundleRef: string;
  readonly selector: string;
  readonly canary?: number | undefined;
  readonly soakS?: number | undefined;
  readonly maxFailed?: number | undefined;
}

export interface RolloutService {
  plan(request: RolloutRequest, signal: AbortSignal | undefined): Promise<RolloutPlan>;
  start(request: RolloutRequest): Promise<string>;
  list(): Rollout[];
  get(id: string): Rollout;
  watch(id: string, signal: AbortSignal | undefined): AsyncGenerator<Rollout, void, void>;
  abort(id: string): Promise<Rollout>;
  rollback(
    device: string,
    signal: AbortSignal | undefined,
  ): Promise<{ device: string; fromRelease: string; toRelease: string }>;
  close(): Promise<void>;
}

export interface RolloutParts {
  readonly fleet: FleetService;
  readonly store: RolloutStore;
  readonly log: Logger;
  loadForDeploy(ref: string): Promise<Deployable>;
}

const DEFAULT_SOAK_S = 5;
/** Progress of bytes is not worth a disk write each time. */
const SAVE_INTERVAL_MS = 500;
/** How often a run looks whether another process asked it to abort. */
const ABORT_POLL_MS = 300;
const ABORT_LIMIT_MS = 120_000;

export function createRolloutService({ fleet, store, log, loadForDeploy }: RolloutParts): RolloutService {
  const runs = new Map<string, { run: RolloutRun; changes: LatestValue }>();

  const find = (id: string): { rollout: Rollout; changes: LatestValue | null } => {
    const rollout = store.get(id);
    const active = runs.get(rollout.id);
    return active ? { rollout: active.run.rollout, changes: active.changes } : { rollout, changes: null };
  };

  function begin(initial: Rollout, deployable: Deployable): void {
    const changes = createLatestValue();
    let savedAt = 0;
    let savedStates = '';
    const changed = (rollout: Rollout): void => {
      const states = rollout.state + rollout.devices.map(({ state }) => state).join();
      if (states !== savedStates || Date.now() - savedAt > SAVE_INTERVAL_MS) {
        savedStates = states;
        savedAt = Date.now();
        store.save(rollout);
      }
      changes.notify();
    };
    const run = startRollout({
      fleet,
      deployable,
      initial,
      holder: `${userInfo().username}@${hostname()}`,
      log,
      changed,
    });
    runs.set(initial.id, { run, changes });
    const requests = setInterval(() => {
      if (store.isAbortRequested(initial.id)) void run.abort();
    }, ABORT_POLL_MS);
    void run.finished
      .catch((error: unknown) => {
        log.error({ err: error, rollout: initial.id }, 'a rollout ended by a fault of ours');
      })
      .finally(() => {
        clearInterval(requests);
        store.save(run.rollout);
        changes.end();
      });
  }

  /** The rollout runs in another process on this data folder: ask it, and wait until it says that it has ended. */
  async function abortElsewhere(id: string): Promise<Rollout> {
    store.requestAbort(id);
    for (const until = Date.now() + ABORT_LIMIT_MS; Date.now() < until; await sleep(ABORT_POLL_MS)) {
      const rollout = store.get(id);
      if (isEnded(rollout)) return rollout;
    }
    throw new AppError(
      'DEVICE_BUSY',
      'The rollout was asked to abort but has not ended yet; look at it again with `lineside rollout show`.',
    );
  }

  return {
    plan: async (request, signal) => {
      const devices = fleet.select(request.selector);
      const deployable = await loadForDeploy(request.bundleRef);
      return planRollout(fleet, deployable, devices, request.canary ?? defaultCanary(devices.length), signal);
    },
    start: async (request) => {
      const devices = fleet.select(request.selector);
      const deployable = await loadForDeploy(request.bundleRef);
      const canary = request.canary ?? defaultCanary(devices.length);
      const rollout: Rollout = {
        id: randomUUID(),
        bundle: {
          name: deployable.release.name,
          version: deployable.release.version,
          digest: deployable.manifestDigest,
        },
        selector: request.selector,
        canary,
        soakS: request.soakS ?? DEFAULT_SOAK_S,
        maxFailed: request.maxFailed ?? 0,
        state: 'staging',
        summary: '',
        devices: devices.map(({ record }, index) => newDevice(record.name, index < canary)),
        startedAtMs: Date.now(),
        finishedAtMs: null,
      };
      store.save(rollout);
      begin({ ...rollout, summary: summarize(rollout) }, deployable);
      return rollout.id;
    },
    list: () => store.list().map((rollout) => runs.get(rollout.id)?.run.rollout ?? rollout),
    get: (id) => find(id).rollout,
    watch: async function* (id, signal) {
      const { rollout, changes } = find(id);
      if (changes === null) yield rollout;
      else yield* changes.stream(() => find(id).rollout, { minIntervalMs: 100, signal });
    },
    abort: async (id) => {
      const { rollout } = find(id);
      if (isEnded(rollout))
        throw new AppError(
          'INPUT_INVALID',
          `This rollout has already ended (${rollout.state}); there is nothing to abort.`,
        );
      const active = runs.get(rollout.id);
      if (!active) return abortElsewhere(rollout.id);
      await active.run.abort();
      return active.run.rollout;
    },
    rollback: async (device, signal) =>
      fleet.withAgent(
        device,
        async (agent) => {
          const before = await agent.status();
          for await (const event of agent.rollback(signal ?? new AbortController().signal)) {
            if (event.type === 'error')
              throw isWireError(event.error)
                ? AppError.fromWire(event.error)
                : new AppError('INTERNAL', event.error.message);
            if (event.type === 'done')
              return { device, fromRelease: before.serving?.releaseId ?? '', toRelease: event.releaseId };
          }
          throw new AppError(
            'SSH_CONNECTION_LOST',
            `The report of ${device} broke off; look at its state before you go on.`,
          );
        },
        signal,
      ),
    close: async () => {
      await Promise.all([...runs.values()].filter(({ run }) => !isEnded(run.rollout)).map(({ run }) => run.abort()));
    },
  };
}

function newDevice(device: string, isCanary: boolean): RolloutDevice {
  return {
    device,
    isCanary,
    state: 'pending',
    phase: null,
    fromRelease: null,
    bytesTotal: 0,
    bytesSent: 0,
    bytesPerS: null,
    golden: null,
    error: null,
    startedAtMs: null,
    finishedAtMs: null,
  };
}
