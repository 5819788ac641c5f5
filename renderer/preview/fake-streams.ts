// Streams of the preview: a snapshot, then one message a second for as long as someone listens.
import { AsyncIteratorClass } from '@orpc/client';
import type { AgentEvent } from '../../shared/agent-protocol/messages.ts';
import type { DeviceStreamEvent, FleetEvent } from '../../shared/contract/devices.ts';
import type { Job } from '../../shared/contract/jobs.ts';
import type { Rollout } from '../../shared/contract/rollouts.ts';
import { abortError } from '../lib/abort.ts';
import type { FakeDevice } from './fixtures/devices.ts';
import { runningJob } from './fixtures/jobs.ts';
import { makeSample } from './fixtures/samples.ts';

const TICK_MS = 1000;
const FIRST_SEQ = 600;

/** Resolves after `ms`; rejects when the signal ends first. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(abortError(signal));
    });
  });
}

/** The iterator that calls of the contract answer with, over a generator. */
export function asStream<T>(generator: AsyncGenerator<T, void, void>): AsyncIteratorClass<T, void, void> {
  return new AsyncIteratorClass(
    () => generator.next(),
    async () => {
      await generator.return();
    },
  );
}

export async function* fleetStream(
  devices: readonly FakeDevice[],
  signal?: AbortSignal,
): AsyncGenerator<FleetEvent, void, void> {
  let views = devices.map((device) => device.view);
  yield { type: 'snapshot', devices: [...views] };
  for (let tick = 1; ; tick += 1) {
    await sleep(TICK_MS, signal);
    const now = Date.now();
    const changed = devices.flatMap(({ kind }, index) => {
      const view = views[index];
      if (!kind || !view) return [];
      const sample = makeSample(kind, FIRST_SEQ + tick, now);
      return [{ ...view, sample, lastSeenMs: now, cpuTrend: [...view.cpuTrend.slice(1), sample.cpu.utilization] }];
    });
    const byName = new Map(changed.map((view) => [view.device.name, view]));
    views = views.map((view) => byName.get(view.device.name) ?? view);
    yield { type: 'changed', devices: changed, removed: [] };
  }
}

const HISTORY = 300;

export async function* deviceStream(
  device: FakeDevice,
  signal?: AbortSignal,
): AsyncGenerator<DeviceStreamEvent, void, void> {
  const { kind, view } = device;
  const start = Date.now();
  const at = (seq: number) => start + (seq - FIRST_SEQ) * 1000;
  const isGap = (seq: number) => seq > FIRST_SEQ - 26 && seq < FIRST_SEQ - 19;
  const samples = kind
    ? Array.from({ length: HISTORY }, (_one, index) => FIRST_SEQ - HISTORY + index + 1)
        .filter((seq) => !isGap(seq))
        .map((seq) => makeSample(kind, seq, at(seq)))
    : [];
  yield { type: 'snapshot', view, samples, events: kind ? eventsBefore(start) : [] };
  for (let seq = FIRST_SEQ + 1; ; seq += 1) {
    await sleep(TICK_MS, signal);
    if (kind) yield { type: 'samples', samples: [makeSample(kind, seq, Date.now())] };
  }
}

function eventsBefore(now: number): AgentEvent[] {
  const event = (secondsAgo: number, kind: AgentEvent['kind'], message: string): AgentEvent => ({
    timeMs: now - secondsAgo * 1000,
    kind,
    message,
    details: {},
  });
  return [
    event(22, 'agent-started', 'Agent 0.1.0 started after a lost connection; 6 samples are missing.'),
    event(340, 'phase', 'digits-mobilenet:2 committed after 3.0 s of probation.'),
    event(344, 'phase', 'Switched to digits-mobilenet:2; digits-mobilenet:1 stays ready.'),
    event(5210, 'worker-restarted', 'The inference worker is back after 0.8 s.'),
    event(5211, 'worker-died', 'The inference worker ended by signal SIGKILL.'),
  ];
}

/** The rollout as it is; a rollout under way never ends. */
export async function* rolloutStream(rollout: Rollout, signal?: AbortSignal): AsyncGenerator<Rollout, void, void> {
  yield rollout;
  if (rollout.finishedAtMs === null) await sleep(FOREVER_MS, signal);
}

const FOREVER_MS = 3_600_000;
const JOB_TICK_MS = 400;

/** A job that goes on for as long as someone looks. */
export async function* jobStream(kind: Job['kind'], signal?: AbortSignal): AsyncGenerator<Job, void, void> {
  for (let elapsedMs = 1200; ; elapsedMs += JOB_TICK_MS) {
    yield runningJob(kind, kind === 'setup' ? 'pack-03' : 'digits-mobilenet:2', elapsedMs);
    await sleep(JOB_TICK_MS, signal);
  }
}
