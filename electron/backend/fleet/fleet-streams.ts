// The two live streams of the fleet: all devices for the list, one device with its samples for the charts.
import type { DeviceStreamEvent, FleetEvent } from '../../../shared/contract/devices.ts';
import type { FleetService } from './fleet-service.ts';
import { newest, toView } from './live-device.ts';

/** All devices: a snapshot, then what changed, at most `perSecond` times a second. */
export async function* watchFleet(
  fleet: FleetService,
  perSecond: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<FleetEvent, void, void> {
  const release = fleet.monitor();
  let seenRevision = 0;
  let seenNames: ReadonlySet<string> | null = null;
  const read = (): FleetEvent | undefined => {
    const lives = fleet.liveDevices();
    const names = new Set(lives.map((live) => live.stored.record.name));
    const fresh = lives.filter((live) => live.revision > seenRevision);
    const removed = [...(seenNames ?? [])].filter((name) => !names.has(name));
    const isFirst = seenNames === null;
    seenRevision = lives.reduce((highest, live) => Math.max(highest, live.revision), seenRevision);
    seenNames = names;
    if (isFirst) return { type: 'snapshot', devices: lives.map(toView) };
    if (fresh.length === 0 && removed.length === 0) return undefined;
    return { type: 'changed', devices: fresh.map(toView), removed };
  };
  try {
    yield* fleet.changes.stream(read, { minIntervalMs: 1000 / perSecond, signal });
  } finally {
    release();
  }
}

/** One device: view, kept samples and events, then what is new. Ends when the device is removed. */
export async function* watchDevice(
  fleet: FleetService,
  name: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<DeviceStreamEvent, void, void> {
  const live = fleet.live(name);
  const release = fleet.monitor();
  let seenRevision = 0;
  let sentSamples = live.samplesReceived;
  let sentEvents = live.eventsReceived;
  try {
    yield { type: 'snapshot', view: toView(live), samples: [...live.samples], events: [...live.events] };
    seenRevision = live.revision;
    const read = (): true | undefined => (live.revision > seenRevision ? true : undefined);
    for await (const _ of fleet.changes.stream(read, { minIntervalMs: 100, signal })) {
      seenRevision = live.revision;
      const samples = newest(live.samples, live.samplesReceived, sentSamples);
      const events = newest(live.events, live.eventsReceived, sentEvents);
      sentSamples = live.samplesReceived;
      sentEvents = live.eventsReceived;
      if (samples.length > 0) yield { type: 'samples', samples };
      for (const event of events) yield { type: 'event', event };
      yield { type: 'view', view: toView(live) };
    }
  } finally {
    release();
  }
}
