// The fleet as one live store: a single `watchFleet` subscription for the whole page; devices that did not change keep their identity.
import type { DeviceView, FleetEvent } from '../../shared/contract/devices.ts';
import type { AppError } from '../../shared/errors/app-error.ts';
import { follow } from './follow.ts';
import type { RpcConnection } from './rpc.ts';
import { createStore, type Store } from './store.ts';

export interface Fleet {
  /** False until the first snapshot. */
  readonly isLoaded: boolean;
  /** In order of name. */
  readonly devices: readonly DeviceView[];
  readonly byName: ReadonlyMap<string, DeviceView>;
  readonly failure: AppError | null;
}

export interface FleetStore extends Store<Fleet> {
  /** Subscribes again after a failure. */
  retry(): void;
}

const EMPTY: Fleet = { isLoaded: false, devices: [], byName: new Map(), failure: null };
const UPDATES_PER_SECOND = 2;

/** Applies one event of the stream. A snapshot replaces everything; `changed` replaces and removes by name. */
export function applyFleetEvent(fleet: Fleet, event: FleetEvent): Fleet {
  const byName = new Map(event.type === 'snapshot' ? [] : fleet.byName);
  for (const view of event.devices) byName.set(view.device.name, view);
  if (event.type === 'changed') for (const name of event.removed) byName.delete(name);
  const devices = [...byName.values()].sort((a, b) =>
    a.device.name.localeCompare(b.device.name, 'en', { numeric: true }),
  );
  return { isLoaded: true, devices, byName, failure: null };
}

/** Subscribes while someone looks. */
export function createFleetStore(connection: Pick<RpcConnection, 'client' | 'state'>): FleetStore {
  let stop: () => void = () => undefined;
  const begin = () => {
    stop = follow<FleetEvent>(connection, {
      open: (signal) => connection.client.devices.watchFleet({ perSecond: UPDATES_PER_SECOND }, { signal }),
      onMessage: (event) => store.update((fleet) => applyFleetEvent(fleet, event)),
      onFailure: (failure) => store.update((fleet) => ({ ...fleet, failure })),
    });
  };
  const store = createStore<Fleet>(EMPTY, () => {
    begin();
    return () => stop();
  });
  return {
    ...store,
    retry() {
      stop();
      store.update((fleet) => ({ ...fleet, failure: null }));
      begin();
    },
  };
}
