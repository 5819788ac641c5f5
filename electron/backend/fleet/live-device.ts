// What the laptop knows about one device right now: connection state, last samples, events; the source of every view.
import type { AgentEvent, AgentHello, AgentStatus } from '../../../shared/agent-protocol/messages.ts';
import type { Sample } from '../../../shared/agent-protocol/sample.ts';
import type { ConnectionState, DeviceView } from '../../../shared/contract/devices.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { StoredDevice } from './device-store.ts';

/** Ten minutes at 1 Hz. */
export const KEPT_SAMPLES = 600;
const KEPT_EVENTS = 200;
const TREND_SAMPLES = 60;

export interface LiveDevice {
  stored: StoredDevice;
  /** Grows with every change. */
  revision: number;
  connection: ConnectionState;
  problem: AppError | null;
  lastSeenMs: number | null;
  hello: AgentHello | null;
  status: AgentStatus | null;
  samples: Sample[];
  /** Samples ever received, so that a stream can tell which are new. */
  samplesReceived: number;
  events: AgentEvent[];
  eventsReceived: number;
}

export function createLiveDevice(stored: StoredDevice): LiveDevice {
  return {
    stored,
    revision: 1,
    connection: 'unknown',
    problem: stored.facts === null && stored.record.kind === 'ssh' ? notContacted(stored.record.name) : null,
    lastSeenMs: null,
    hello: null,
    status: null,
    samples: [],
    samplesReceived: 0,
    events: [],
    eventsReceived: 0,
  };
}

/** Only an import keeps devices that were never contacted. */
function notContacted(name: string): AppError {
  return new AppError(
    'HOST_KEY_UNKNOWN',
    `${name} has not been contacted yet; its host key is to be confirmed at the first contact: \`lineside device probe ${name}\`.`,
  );
}

/** Adds a sample; what a reconnect brings a second time (same boot, same seq) is dropped. */
export function addSample(live: LiveDevice, sample: Sample): void {
  const last = live.samples.at(-1);
  if (last && sample.timeMs <= last.timeMs) return;
  live.samples.push(sample);
  live.samplesReceived += 1;
  if (live.samples.length > KEPT_SAMPLES) live.samples.splice(0, live.samples.length - KEPT_SAMPLES);
  live.lastSeenMs = Date.now();
}

/** Adds an event; what a reconnect brings a second time is dropped. */
export function addEvent(live: LiveDevice, event: AgentEvent): void {
  if (
    live.events.some(
      ({ timeMs, kind, message }) => timeMs === event.timeMs && kind === event.kind && message === event.message,
    )
  )
    return;
  live.events.push(event);
  live.eventsReceived += 1;
  if (live.events.length > KEPT_EVENTS) live.events.splice(0, live.events.length - KEPT_EVENTS);
}

export function toView(live: LiveDevice): DeviceView {
  return {
    device: live.stored.record,
    connection: live.connection,
    problem: live.problem === null ? null : { code: live.problem.code, message: live.problem.message },
    lastSeenMs: live.lastSeenMs,
    facts: live.stored.facts,
    agentVersion: live.hello?.agentVersion ?? null,
    startMode: live.hello?.startMode ?? null,
    status: live.status,
    // A value of a device that is away is not a live value.
    sample: live.connection === 'online' ? (live.samples.at(-1) ?? null) : null,
    cpuTrend: live.samples.slice(-TREND_SAMPLES).map((sample) => sample.cpu.utilization),
  };
}

/** The samples and events that a stream has not sent yet; all that are kept when it fell behind. */
export function newest<T>(kept: readonly T[], received: number, sent: number): T[] {
  const fresh = Math.min(received - sent, kept.length);
  return fresh <= 0 ? [] : kept.slice(-fresh);
}
