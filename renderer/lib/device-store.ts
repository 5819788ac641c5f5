// One device, live: its view, its recent events and a ring of its samples.
import type { AgentEvent } from '../../shared/agent-protocol/messages.ts';
import type { Sample } from '../../shared/agent-protocol/sample.ts';
import type { DeviceStreamEvent, DeviceView } from '../../shared/contract/devices.ts';
import type { AppError } from '../../shared/errors/app-error.ts';
import { follow } from './follow.ts';
import { createRingBuffer } from './ring-buffer.ts';
import type { RpcConnection } from './rpc.ts';
import { createStore, type Store } from './store.ts';

export interface LiveDevice {
  readonly view: DeviceView | null;
  /** Newest first. */
  readonly events: readonly AgentEvent[];
  /** Oldest first, one a second, at most fifteen minutes. */
  readonly samples: readonly Sample[];
  readonly failure: AppError | null;
}

const SAMPLES_KEPT = 900;
const EVENTS_KEPT = 200;

/** Subscribes to `name` while someone looks. */
export function createDeviceStore(
  connection: Pick<RpcConnection, 'client' | 'state'>,
  name: string,
): Store<LiveDevice> {
  const ring = createRingBuffer<Sample>(SAMPLES_KEPT);
  const push = (samples: readonly Sample[]): readonly Sample[] => {
    for (const sample of samples) ring.push(sample);
    return ring.toArray();
  };
  const store = createStore<LiveDevice>({ view: null, events: [], samples: [], failure: null }, () =>
    follow<DeviceStreamEvent>(connection, {
      open: (signal) => connection.client.devices.watch({ name }, { signal }),
      onMessage: (event) => store.update((device) => apply(device, event)),
      onFailure: (failure) => store.update((device) => ({ ...device, failure })),
    }),
  );
  const apply = (device: LiveDevice, event: DeviceStreamEvent): LiveDevice => {
    if (event.type === 'view') return { ...device, view: event.view };
    if (event.type === 'samples') return { ...device, samples: push(event.samples) };
    if (event.type === 'event') return { ...device, events: [event.event, ...device.events].slice(0, EVENTS_KEPT) };
    ring.clear();
    const events = [...event.events].sort((a, b) => b.timeMs - a.timeMs);
    return { view: event.view, samples: push(event.samples), events, failure: null };
  };
  return store;
}
