// The laptop's state machine of a rollout (rollout.md C.5): stage all, canary, soak, the rest; halts at the failure budget.
import type { Rollout, RolloutDevice } from '../../../shared/contract/rollouts.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import type { FleetService } from '../fleet/fleet-service.ts';
import type { Logger } from '../ports.ts';
import type { Deployable } from './deployable.ts';
import { createDeviceRollout, type DeviceRollout, isLinkError } from './device-rollout.ts';
import { checkDevice } from './rollout-plan.ts';
import { summarize } from './rollout-summary.ts';

export interface RolloutRun {
  readonly rollout: Rollout;
  /** Stops what is not committed yet; resolves when the run has ended. */
  abort(): Promise<void>;
  readonly finished: Promise<void>;
}

export interface RolloutRunParts {
  readonly fleet: FleetService;
  readonly deployable: Deployable;
  readonly initial: Rollout;
  readonly holder: string;
  readonly log: Logger;
  changed(rollout: Rollout): void;
}

/** Devices that are sent to at the same time. */
const PARALLEL = 8;

export function startRollout(parts: RolloutRunParts): RolloutRun {
  const { fleet, deployable, log } = parts;
  const aborting = new AbortController();
  let rollout = parts.initial;
  const runs = new Map<string, DeviceRollout>();

  function set(change: Partial<Rollout>): void {
    rollout = { ...rollout, ...change };
    rollout = { ...rollout, summary: summarize(rollout) };
    parts.changed(rollout);
  }

  function update(device: string, change: Partial<RolloutDevice>): void {
    set({ devices: rollout.devices.map((entry) => (entry.device === device ? { ...entry, ...change } : entry)) });
  }

  const named = (...states: RolloutDevice['state'][]): RolloutDevice[] =>
    rollout.devices.filter(({ state }) => states.includes(state));
  const failures = (): number => named('failed', 'rolled-back').length;

  function fail(device: string, thrown: unknown): void {
    const error = toAppError(thrown);
    if (error.code === 'INTERNAL') log.error({ err: thrown, device }, 'a rollout failed by a fault of ours');
    const state =
      error.code === 'CANCELLED'
        ? 'aborted'
        : error.code === 'REQUIREMENTS_NOT_MET' || error.code === 'AGENT_NOT_INSTALLED'
          ? 'excluded'
          : isLinkError(error)
            ? 'unreachable'
            : error.code === 'PROBATION_FAILED'
              ? 'rolled-back'
              : 'failed';
    update(device, { state, error: error.toWire(), finishedAtMs: Date.now() });
  }

  async function stage({ device }: RolloutDevice): Promise<void> {
    const run = createDeviceRollout({
      fleet,
      device,
      deployable,
      txn: `${rollout.id}`,
      holder: parts.holder,
      signal: aborting.signal,
      update: (change) => update(device, change),
    });
    runs.set(device, run);
    try {
      const { facts } = fleet.live(device).stored;
      checkDevice(device, (facts ?? (await fleet.probe(device, { signal: aborting.signal }))).architecture, deployable);
      if ((await run.stage()) === 'up-to-date') update(device, { state: 'up-to-date', finishedAtMs: Date.now() });
    } catch (thrown) {
      fail(device, thrown);
    }
  }

  async function activate({ device }: RolloutDevice): Promise<void> {
    if (aborting.signal.aborted || failures() > rollout.maxFailed) return;
    try {
      await runs.get(device)?.activate();
      update(device, { state: 'committed', phase: 'idle', finishedAtMs: Date.now() });
    } catch (thrown) {
      fail(device, thrown);
    }
  }

  /** The canaries must go on serving the new release, with a worker that stays up. */
  async function soak(canaries: readonly RolloutDevice[]): Promise<void> {
    const until = Date.now() + rollout.soakS * 1000;
    while (Date.now() < until && !aborting.signal.aborted) {
      await sleep(Math.min(1000, Math.max(until - Date.now(), 1)), aborting.signal);
      for (const { device } of canaries) {
        try {
          const status = await fleet.withAgent(device, (agent) => agent.status(), aborting.signal);
          if (status.serving?.manifestDigest === rollout.bundle.digest && status.worker.state !== 'failed') continue;
          throw new AppError('ROLLOUT_FAILED', `The canary ${device} did not keep serving the new release.`);
        } catch (thrown) {
          if (!aborting.signal.aborted && !isLinkError(toAppError(thrown))) fail(device, thrown);
        }
      }
    }
  }

  /** Takes the staged release back from every device that did not switch. */
  async function release(): Promise<void> {
    const left = named('pending', 'connecting', 'sending', 'preparing', 'armed', 'aborted', 'activating', 'probation');
    await Promise.all(
      left.map(async ({ device, state }) => {
        update(device, { state: 'aborted', finishedAtMs: Date.now() });
        if (state === 'pending') return;
        try {
          await runs.get(device)?.abort();
        } catch (thrown) {
          // The device drops it by itself when the next rollout begins; the user still should know.
          update(device, { error: toAppError(thrown).toWire() });
        }
      }),
    );
  }

  async function run(): Promise<void> {
    set({ state: 'staging' });
    await inParallel(rollout.devices, PARALLEL, stage);
    const halt = (): boolean => aborting.signal.aborted || failures() > rollout.maxFailed;
    const canaries = named('armed').filter(({ isCanary }) => isCanary);
    if (!halt() && canaries.length > 0) {
      set({ state: 'canary' });
      await inParallel(canaries, PARALLEL, activate);
      if (!halt() && rollout.soakS > 0 && named('armed').length > 0) {
        set({ state: 'soak' });
        await soak(canaries);
      }
    }
    if (!halt() && named('armed').length > 0) {
      set({ state: 'rolling' });
      await inParallel(named('armed'), PARALLEL, activate);
    }
    const wasAborted = aborting.signal.aborted;
    if (halt()) {
      if (wasAborted) set({ state: 'aborting' });
      await release();
    }
    set({
      state: wasAborted ? 'aborted' : failures() > rollout.maxFailed ? 'halted' : 'done',
      finishedAtMs: Date.now(),
    });
  }

  const finished = run();
  return {
    get rollout() {
      return rollout;
    },
    finished,
    abort: async () => {
      aborting.abort();
      await finished;
    },
  };
}

async function inParallel<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
