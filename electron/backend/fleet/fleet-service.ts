// The fleet: adding, probing, setting up and removing devices, and the live state that every view of them comes from.
import type { Connection } from '../../../devices/link/connection.ts';
import type { DeviceFacts, DeviceRecord, DeviceView } from '../../../shared/contract/devices.ts';
import { parseSelector, type Selector } from '../../../shared/domain/selector.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import { createLatestValue, type LatestValue } from '../latest-value.ts';
import type { Ports } from '../ports.ts';
import { type AgentClient, openAgentClient } from './agent-client.ts';
import { type ConnectionPool, knownHostsFile, passwordKey } from './connection-pool.ts';
import { connectionStateOf, type DeviceMonitor, startDeviceMonitor } from './device-monitor.ts';
import { type AddDevice, toRecord } from './device-record.ts';
import type { DeviceStore, StoredDevice } from './device-store.ts';
import { createLiveDevice, type LiveDevice, toView } from './live-device.ts';
import { absoluteRoot, probeDevice } from './probe.ts';

export interface FleetService {
  /** First contact, then the record is kept. @throws HOST_KEY_UNKNOWN, NAME_INVALID, ALREADY_EXISTS, link errors. */
  add(device: AddDevice, signal?: AbortSignal): Promise<DeviceView>;
  /** Keeps devices of an inventory without a contact; a device with a new address or login starts anew. @throws ALREADY_EXISTS */
  takeOver(added: readonly DeviceRecord[], changed: readonly DeviceRecord[]): Promise<void>;
  list(): DeviceView[];
  /** @throws NOT_FOUND */
  live(name: string): LiveDevice;
  /** @throws SELECTOR_INVALID, SELECTOR_EMPTY, NOT_FOUND for a name that does not exist. */
  select(selector: string): StoredDevice[];
  probe(
    name: string,
    options?: { acceptHostKey?: string | undefined; signal?: AbortSignal | undefined },
  ): Promise<DeviceFacts>;
  unlock(name: string, password: string, signal?: AbortSignal): Promise<DeviceView>;
  /** Takes a device's host key out of Lineside's own list; returns how many lines went. */
  forgetHostKey(name: string): Promise<number>;
  connection(name: string, signal?: AbortSignal): Promise<Connection>;
  /** The agent of a device; the caller closes it. */
  openAgent(name: string, signal?: AbortSignal): Promise<AgentClient>;
  /** Runs `work` with the agent of a device and closes the channel afterwards. */
  withAgent<T>(name: string, work: (agent: AgentClient) => Promise<T>, signal?: AbortSignal): Promise<T>;
  remove(name: string): Promise<void>;
  /** Looks at a device again at once. */
  wake(name: string): void;
  /** Keeps all devices live until the returned function is called; calls nest. */
  monitor(): () => void;
  /** Notified on every change of any device; `live(name).revision` says which. */
  readonly changes: LatestValue;
  liveDevices(): readonly LiveDevice[];
  close(): Promise<void>;
}

export interface FleetParts {
  readonly ports: Ports;
  readonly store: DeviceStore;
  readonly pool: ConnectionPool;
}

export function createFleetService({ ports, store, pool }: FleetParts): FleetService {
  const changes = createLatestValue();
  const lives = new Map<string, LiveDevice>(
    store.list().map((stored) => [stored.record.name, createLiveDevice(stored)]),
  );
  const monitors = new Map<string, DeviceMonitor>();
  let watchers = 0;
  let revision = 1;

  function changed(live: LiveDevice): void {
    revision += 1;
    live.revision = revision;
    changes.notify();
  }

  function find(name: string): LiveDevice {
    // The command line may have added it in another process.
    const stored = store.get(name);
    const live = lives.get(name);
    if (live) return live;
    const fresh = createLiveDevice(stored);
    lives.set(name, fresh);
    startMonitor(fresh);
    changed(fresh);
    return fresh;
  }

  function startMonitor(live: LiveDevice): void {
    const { name } = live.stored.record;
    if (watchers > 0 && !monitors.has(name))
      monitors.set(name, startDeviceMonitor(live, { pool, store, log: ports.log, changed }));
  }

  async function stopMonitor(name: string): Promise<void> {
    const monitor = monitors.get(name);
    monitors.delete(name);
    if (!monitor) return;
    await monitor.stop();
    // What nobody listens to any more is not known any more.
    const live = lives.get(name);
    if (live?.connection === 'online') Object.assign(live, { connection: 'unknown', status: null });
  }

  function connect(
    name: string,
    acceptHostKey: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Connection> {
    return pool.get(find(name).stored.record, { acceptHostKey, signal });
  }

  /** Probes and remembers; a failure becomes the device's visible problem. */
  async function contact(
    live: LiveDevice,
    acceptHostKey: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<DeviceFacts> {
    const { record } = live.stored;
    try {
      const facts = await probeDevice(await pool.get(record, { acceptHostKey, signal }), record.root, signal);
      store.setFacts(record.name, facts);
      live.stored = { record, facts };
      live.lastSeenMs = Date.now();
      if (live.connection !== 'online')
        Object.assign(live, { connection: facts.agent === 'running' ? 'unknown' : 'agent-missing', problem: null });
      changed(live);
      return facts;
    } catch (thrown) {
      const problem = toAppError(thrown);
      if (problem.code !== 'INTERNAL') {
        Object.assign(live, { connection: connectionStateOf(problem), problem });
        changed(live);
      }
      throw thrown;
    }
  }

  async function openAgent(name: string, signal: AbortSignal | undefined): Promise<AgentClient> {
    const live = find(name);
    const connection = await connect(name, undefined, signal);
    const facts = live.stored.facts ?? (await contact(live, undefined, signal));
    return openAgentClient(connection, absoluteRoot(live.stored.record.root, facts), signal);
  }

  return {
    changes,
    openAgent,
    liveDevices: () => [...lives.values()].sort((a, b) => a.stored.record.name.localeCompare(b.stored.record.name)),
    add: async (device, signal) => {
      const record = toRecord(device, ports);
      store.checkFree(record.name);
      if (device.password !== undefined) await ports.secrets.set(passwordKey(record.name), device.password);
      const live = createLiveDevice({ record, facts: null });
      try {
        const facts = await contact(live, device.acceptHostKey, signal);
        store.add(record, facts);
      } catch (error) {
        await pool.drop(record.name);
        await ports.secrets.delete(passwordKey(record.name));
        throw error;
      }
      lives.set(record.name, live);
      changed(live);
      startMonitor(live);
      return toView(live);
    },
    takeOver: async (added, replaced) => {
      const isMoved = (record: DeviceRecord): boolean => wayTo(record) !== wayTo(find(record.name).stored.record);
      const moved = new Set(replaced.filter(isMoved).map(({ name }) => name));
      store.takeOver(
        added,
        replaced.map((record) => ({ record, keepsFacts: !moved.has(record.name) })),
      );
      for (const { name } of added) find(name);
      for (const { name } of replaced) {
        const live = find(name);
        if (moved.has(name)) {
          await stopMonitor(name);
          await pool.drop(name);
          // A password is not for another box.
          await ports.secrets.delete(passwordKey(name));
          // Streams count on from what they have sent.
          const { samplesReceived, eventsReceived } = live;
          Object.assign(live, createLiveDevice(store.get(name)), { samplesReceived, eventsReceived });
        } else live.stored = store.get(name);
        changed(live);
        startMonitor(live);
      }
    },
    list: () => {
      for (const stored of store.list()) find(stored.record.name);
      return [...lives.values()].map(toView).sort((a, b) => a.device.name.localeCompare(b.device.name));
    },
    live: find,
    select: (text) => select(parseSelector(text), store),
    probe: (name, { acceptHostKey, signal } = {}) => contact(find(name), acceptHostKey, signal),
    unlock: async (name, password, signal) => {
      const live = find(name);
      await ports.secrets.set(passwordKey(name), password);
      await pool.drop(name);
      try {
        await contact(live, undefined, signal);
      } catch (thrown) {
        if (toAppError(thrown).code === 'SSH_AUTH_FAILED') await ports.secrets.delete(passwordKey(name));
        throw thrown;
      }
      monitors.get(name)?.wake();
      return toView(live);
    },
    forgetHostKey: async (name) => {
      const { record } = find(name).stored;
      if (record.kind === 'local') return 0;
      await pool.drop(name);
      const { forgetKnownHost } = await import('../../../devices/link/known-hosts.ts');
      const forgotten = await forgetKnownHost(knownHostsFile(ports), record.host, record.port);
      monitors.get(name)?.wake();
      return forgotten;
    },
    connection: (name, signal) => connect(name, undefined, signal),
    withAgent: async (name, work, signal) => {
      const agent = await openAgent(name, signal);
      try {
        return await work(agent);
      } finally {
        agent.close();
      }
    },
    remove: async (name) => {
      find(name);
      await stopMonitor(name);
      await pool.drop(name);
      await ports.secrets.delete(passwordKey(name));
      store.remove(name);
      lives.delete(name);
      revision += 1;
      changes.notify();
    },
    wake: (name) => monitors.get(name)?.wake(),
    monitor: () => {
      watchers += 1;
      for (const stored of store.list()) startMonitor(find(stored.record.name));
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        watchers -= 1;
        if (watchers === 0) for (const name of [...monitors.keys()]) void stopMonitor(name);
      };
    },
    close: async () => {
      watchers = 0;
      await Promise.all([...monitors.keys()].map(stopMonitor));
      changes.end();
      await pool.close();
    },
  };
}

/** What decides which box is reached, and as whom. */
function wayTo({ host, port, user, auth, jumps }: DeviceRecord): string {
  return JSON.stringify([host, port, user, auth, jumps ?? []]);
}

function select(selector: Selector, store: DeviceStore): StoredDevice[] {
  for (const name of selector.names) store.get(name);
  const found = store.list().filter((stored) => selector.matches(stored.record));
  if (found.length > 0) return found;
  throw new AppError('SELECTOR_EMPTY', `No device matches "${selector.text}"; see \`lineside device list\`.`, {
    details: { selector: selector.text },
  });
}
