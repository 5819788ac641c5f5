/** The live stores: what changes keeps its identity where nothing changed, rings forget the oldest, gaps stay gaps. */
import { describe, expect, it } from 'vitest';
import { applyFleetEvent, type Fleet } from '../../../renderer/lib/fleet-store.ts';
import { createRingBuffer } from '../../../renderer/lib/ring-buffer.ts';
import { toColumns } from '../../../renderer/lib/series.ts';
import { createStore } from '../../../renderer/lib/store.ts';
import { DEVICES } from '../../../renderer/preview/fixtures/fleet.ts';
import { makeSample, type SampleKind } from '../../../renderer/preview/fixtures/samples.ts';

const NOTHING: Fleet = { isLoaded: false, devices: [], byName: new Map(), failure: null };
const views = DEVICES.map((device) => device.view);

describe('applyFleetEvent', () => {
  const full = applyFleetEvent(NOTHING, { type: 'snapshot', devices: views });

  it('orders by name, numbers by their value', () => {
    const names = full.devices.map((view) => view.device.name);
    expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })));
    expect(full.isLoaded).toBe(true);
  });

  it('keeps the identity of devices that did not change', () => {
    const [first] = full.devices;
    if (!first) throw new Error('The fixtures hold no devices.');
    const next = applyFleetEvent(full, { type: 'changed', devices: [{ ...first, lastSeenMs: 1 }], removed: [] });
    expect(next.devices[0]).not.toBe(first);
    expect(next.devices.slice(1).every((view, index) => view === full.devices[index + 1])).toBe(true);
  });

  it('removes by name, and a snapshot replaces everything', () => {
    const gone = applyFleetEvent(full, { type: 'changed', devices: [], removed: ['press-01'] });
    expect(gone.byName.has('press-01')).toBe(false);
    expect(gone.devices).toHaveLength(views.length - 1);
    expect(applyFleetEvent(gone, { type: 'snapshot', devices: [] }).devices).toEqual([]);
  });
});

describe('createRingBuffer', () => {
  it('holds the last values, oldest first', () => {
    const ring = createRingBuffer<number>(3);
    expect(ring.last()).toBeUndefined();
    for (const value of [1, 2, 3, 4, 5]) ring.push(value);
    expect(ring.toArray()).toEqual([3, 4, 5]);
    expect(ring.last()).toBe(5);
    ring.clear();
    expect(ring.size).toBe(0);
    ring.push(9);
    expect(ring.toArray()).toEqual([9]);
  });
});

describe('toColumns', () => {
  const kind: SampleKind = {
    seed: 1,
    cpu: 0.3,
    memoryTotal: 8e9,
    memoryUsed: 0.4,
    hasGpu: false,
    isServing: false,
    model: null,
    version: null,
    rate: 0,
    latencyMs: 1,
  };
  const at = (seq: number) => makeSample(kind, seq, seq * 1000);

  it('breaks the line where a tick is missing', () => {
    const { times, values } = toColumns([at(1), at(2), at(5), at(6)], [(sample) => sample.seq], 0);
    expect(times).toEqual([1, 2, 3.5, 5, 6]);
    expect(values).toEqual([[1, 2, null, 5, 6]]);
  });

  it('leaves out what lies before the span', () => {
    expect(toColumns([at(1), at(2), at(3)], [(sample) => sample.seq], 2000).values).toEqual([[2, 3]]);
  });

  it('keeps null for a value that the device does not have', () => {
    expect(toColumns([at(1)], [() => null], 0).values).toEqual([[null]]);
  });
});

describe('createStore', () => {
  it('starts its source with the first listener and stops it with the last', () => {
    const calls: string[] = [];
    const store = createStore(0, () => {
      calls.push('start');
      return () => calls.push('stop');
    });
    const leaveA = store.subscribe(() => calls.push('a'));
    const leaveB = store.subscribe(() => calls.push('b'));
    store.set(1);
    store.set(1);
    leaveA();
    leaveB();
    expect(calls).toEqual(['start', 'a', 'b', 'stop']);
  });
});
