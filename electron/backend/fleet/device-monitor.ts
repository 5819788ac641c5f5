// Keeps one device live: connects, listens to its agent, and comes back after every failure with growing pauses.

import type { ConnectionState, DeviceRecord } from '../../../shared/contract/devices.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import type { ErrorCode } from '../../../shared/errors/codes.ts';
import type { Logger } from '../ports.ts';
import { type AgentClient, openAgentClient } from './agent-client.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { DeviceStore } from './device-store.ts';
import { addEvent, addSample, KEPT_SAMPLES, type LiveDevice } from './live-device.ts';
import { absoluteRoot, probeDevice } from './probe.ts';

export interface DeviceMonitor {
  /** Tries again at once, for instance after a set-up or a new password. */
  wake(): void;
  stop(): Promise<void>;
}

export interface MonitorParts {
  readonly pool: ConnectionPool;
  readonly store: DeviceStore;
  readonly log: Logger;
  /** Called after every change of `live`. */
  changed(live: LiveDevice): void;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

const STATE_OF_CODE: Partial<Record<ErrorCode, ConnectionState>> = {
  AGENT_NOT_INSTALLED: 'agent-missing',
  AGENT_NOT_RUNNING: 'agent-missing',
  AGENT_INCOMPATIBLE: 'agent-missing',
  HOST_KEY_CHANGED: 'host-key-changed',
  HOST_KEY_UNKNOWN: 'host-key-changed',
  SSH_AUTH_FAILED: 'refused',
  SSH_AGENT_UNAVAILABLE: 'refused',
  SSH_KEY_UNREADABLE: 'refused',
};

/** The connection state that belongs to an error. */
export function connectionStateOf(error: AppError): ConnectionState {
  if (error.details['needsPassword'] === true) return 'locked';
  return STATE_OF_CODE[error.code] ?? 'unreachable';
}

export function startDeviceMonitor(live: LiveDevice, parts: MonitorParts): DeviceMonitor {
  const stopping = new AbortController();
  let resume: (() => void) | null = null;
  let pauseMs = FIRST_PAUSE_MS;

  const set = (change: Partial<LiveDevice>): void => {
    Object.assign(live, change);
    parts.changed(live);
  };

  async function listen(record: DeviceRecord): Promise<void> {
    if (live.connection === 'unknown') set({ connection: 'connecting' });
    const connection = await parts.pool.get(record, { signal: stopping.signal });
    const facts = await probeDevice(connection, record.root, stopping.signal);
    parts.store.setFacts(record.name, facts);
    live.stored = { record, facts };
    live.lastSeenMs = Date.now();
    const agent = await openAgentClient(connection, absoluteRoot(record.root, facts), stopping.signal);
    try {
      set({ connection: 'online', problem: null, hello: agent.hello, lastSeenMs: Date.now() });
      pauseMs = FIRST_PAUSE_MS;
      await follow(agent);
    } finally {
      agent.close();
    }
    throw new AppError('AGENT_NOT_RUNNING', `The agent on ${record.name} ended; it is looked for again.`);
  }

  async function follow(agent: AgentClient): Promise<void> {
    for await (const event of agent.watch(KEPT_SAMPLES, stopping.signal)) {
      if (event.type === 'status') live.status = event.status;
      else if (event.type === 'sample') addSample(live, event.sample);
      else addEvent(live, event.event);
      parts.changed(live);
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await listen(live.stored.record);
      } catch (thrown) {
        if (stopping.signal.aborted) return;
        const problem = toAppError(thrown);
        if (problem.code === 'INTERNAL')
          parts.log.error({ err: thrown, device: live.stored.record.name }, 'monitoring failed by a fault of ours');
        set({ connection: connectionStateOf(problem), problem });
      }
      await pause();
    }
  }

  function pause(): Promise<void> {
    const ms = pauseMs;
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      function done(): void {
        clearTimeout(timer);
        stopping.signal.removeEventListener('abort', done);
        resume = null;
        resolve();
      }
      resume = () => {
        pauseMs = FIRST_PAUSE_MS;
        done();
      };
      stopping.signal.addEventListener('abort', done, { once: true });
    });
  }

  const finished = run();
  return {
    wake: () => resume?.(),
    stop: async () => {
      stopping.abort();
      await finished;
    },
  };
}
