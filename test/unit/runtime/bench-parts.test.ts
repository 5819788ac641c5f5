import { describe, expect, it } from 'vitest';
import { createCalibration } from '../../../devices/runtime/bench/calibration.ts';
import { createSampleStore } from '../../../devices/runtime/bench/sample-store.ts';
import { createSecondLog } from '../../../devices/runtime/bench/second-log.ts';
import { createStopRule, type RunPlan } from '../../../devices/runtime/bench/stop-rule.ts';
import { repeated, timeCalls } from '../../../devices/runtime/bench/time-calls.ts';
import { readLines } from '../../../devices/runtime/runner/lines.ts';
import { PIECE_SAMPLES, piecesOf } from '../../../devices/runtime/runner/wire-samples.ts';
import { createMissCounter } from '../../../devices/runtime/scenarios/miss-counter.ts';
import { samplesFor } from '../../../devices/runtime/scenarios/percentile-samples.ts';
import { searchRate } from '../../../devices/runtime/scenarios/rate-search.ts';

const counting = (from: number, count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => from + i);

describe('the store of samples', () => {
  it('keeps all up to its capacity, then every second, fourth … one', () => {
    const store = createSampleStore(8);
    store.add(counting(0, 8));
    expect([...store.kept()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(store.keptEvery).toBe(1);
    store.add(counting(8, 9));
    expect(store.keptEvery).toBe(4);
    expect([...store.kept()]).toEqual([0, 4, 8, 12, 16]);
    expect(store.total).toBe(17);
    expect(store.sizeBytes).toBe(64);
    store.clear();
    store.add(counting(0, 2));
    expect([...store.kept()]).toEqual([0, 1]);
  });
});

describe('the log of seconds', () => {
  const reading = { clockMHz: 1000, temperatureC: null, powerW: null, pressure: 0, steal: 0 };
  const noMachine = { read: () => reading, close: () => undefined };
  let switches = 0;
  const process = {
    counts: () => ({ involuntarySwitches: switches, garbageCollections: 0 }),
    close: () => undefined,
  };

  it('ends a second when it is over and holds a call, and knows which calls it held', () => {
    const log = createSecondLog(noMachine, process);
    log.begin(100);
    log.add(Float64Array.of(1, 2), 600);
    log.noteCalibration(0.8);
    switches += 1;
    log.add(Float64Array.of(3), 1100);
    log.add(Float64Array.of(4000), 5100);
    log.add(Float64Array.of(5), 5200);
    log.finish(5300);
    expect(log.seconds()).toEqual([
      { ...reading, timeMs: 0, count: 3, p50Ms: 2, p95Ms: 3, maxMs: 3, calibrationMs: 0.8 },
      { ...reading, timeMs: 1000, count: 1, p50Ms: 4000, p95Ms: 4000, maxMs: 4000, calibrationMs: null },
      { ...reading, timeMs: 5000, count: 1, p50Ms: 5, p95Ms: 5, maxMs: 5, calibrationMs: null },
    ]);
    expect(log.spans).toEqual([
      { fromCall: 0, toCall: 3, fromMs: 0, toMs: 1000, disturbances: 1 },
      { fromCall: 3, toCall: 4, fromMs: 1000, toMs: 5000, disturbances: 0 },
      { fromCall: 4, toCall: 5, fromMs: 5000, toMs: 5200, disturbances: 0 },
    ]);
  });

  it('puts seconds together where there are too many, and loses no call', () => {
    const log = createSecondLog(noMachine, process);
    log.begin(0);
    for (let second = 1; second <= 3601; second++) log.add(Float64Array.of(second % 2, 2), second * 1000);
    log.finish(3_601_000);
    const seconds = log.seconds();
    expect(seconds).toHaveLength(1201);
    expect(seconds.reduce((sum, { count }) => sum + count, 0)).toBe(7202);
    expect(seconds[1]).toMatchObject({ timeMs: 3000, count: 6, p50Ms: 1 / 3, maxMs: 2, clockMHz: 1000 });
    expect(log.spans).toHaveLength(3601);
  });
});

describe('the stop rule', () => {
  const plan: RunPlan = { minDurationMs: 1000, maxDurationMs: 3000, minSamples: 50, isSustained: false };
  const flat = Float64Array.from({ length: 600 }, (_, i) => 1 + 0.01 * ((i * 7919) % 13));

  it('wants time, steadiness and enough samples', () => {
    const rule = createStopRule(plan, 0, () => undefined);
    expect(rule.isDone(999, flat)).toBe(false);
    expect(rule.step).toBe('measuring');
    expect(rule.isDone(1000, flat)).toBe(true);
  });

  it('goes on in quarters, but not for ever', () => {
    let looks = 0;
    const rule = createStopRule(plan, 0, () => {
      looks += 1;
    });
    const few = flat.subarray(0, 20);
    expect(rule.isDone(1000, few)).toBe(false);
    expect([rule.step, rule.nextLookMs]).toEqual(['extending', 1250]);
    expect(rule.isDone(2999, few)).toBe(false);
    expect(rule.nextLookMs).toBe(3000);
    expect(rule.isDone(3000, few)).toBe(true);
    expect(looks).toBe(0);
  });

  it('wants as many samples as a scenario needs', () => {
    expect(createStopRule(plan, 601, () => undefined).isDone(1000, flat)).toBe(false);
  });

  it('ends a sustained run at its time whatever the samples say', () => {
    expect(createStopRule({ ...plan, isSustained: true }, 0, () => undefined).isDone(1000, flat.subarray(0, 1))).toBe(
      true,
    );
  });
});

describe('the timed loop', () => {
  it('makes one call at least, and no more than there is room for', async () => {
    const samples = new Float64Array(3);
    let calls = 0;
    const model = {
      binding: 'native',
      call: () => {
        calls += 1;
      },
    } as const;
    expect(await timeCalls(model, samples, 0)).toBe(1);
    expect(await timeCalls(repeated(model, 4), samples, Number.POSITIVE_INFINITY)).toBe(3);
    expect(calls).toBe(13);
    const later = { binding: 'run', call: () => Promise.resolve() } as const;
    expect(await timeCalls(repeated(later, 2), samples, Number.POSITIVE_INFINITY)).toBe(3);
  });
});

describe('the calibration kernel', () => {
  it('is due at once, then every two seconds', () => {
    const calibration = createCalibration();
    expect(calibration.isDue(performance.now())).toBe(true);
    expect(calibration.measure()).toBeGreaterThan(0);
    expect(calibration.isDue(performance.now())).toBe(false);
    expect(calibration.isDue(performance.now() + 2000)).toBe(true);
  });
});

describe('deadline misses', () => {
  it('are counted with their bursts and what follows them', () => {
    const misses = createMissCounter();
    expect(misses.missAfterMiss).toBeNull();
    for (const isMiss of [true, true, false, true, true, true, false, false]) misses.add(isMiss);
    expect(misses).toMatchObject({ total: 8, misses: 5, longestBurst: 3, missAfterMiss: 3 / 5 });
  });
});

describe('samples of a percentile', () => {
  it('are those of LoadGen', () => {
    expect([50, 90, 95, 99, 99.9].map(samplesFor)).toEqual([11, 64, 130, 662, 6636]);
  });
});

describe('the search for a rate', () => {
  const search = (limit: number, start: number, changes: object = {}): Promise<number | null> =>
    searchRate({
      ...{ start, ceiling: 1000, precision: 1.02, maxTrials: 30 },
      hasTimeLeft: () => true,
      passes: (rate) => Promise.resolve(rate <= limit),
      ...changes,
    });

  it.each([
    [400, 380],
    [400, 900],
    [400, 20],
    [995, 500],
  ])('finds %d from %d within 2 %%', async (limit, start) => {
    const found = await search(limit, start);
    expect(found).toBeLessThanOrEqual(limit);
    expect(found).toBeGreaterThanOrEqual(limit / 1.02);
  });

  it('finds nothing where nothing passes, and stops when time is up', async () => {
    expect(await search(0, 500)).toBeNull();
    let trials = 0;
    const passes = (): Promise<boolean> => {
      trials += 1;
      return Promise.resolve(true);
    };
    expect(await search(1, 500, { hasTimeLeft: () => false, passes })).toBe(500);
    expect(trials).toBe(1);
  });
});

describe('what goes over the wire', () => {
  it('is cut into lines wherever the bytes were cut', async () => {
    const bytes = new TextEncoder().encode('{"ä":1}\n\n{"b"');
    const stream = (async function* () {
      for (const byte of bytes) yield Uint8Array.of(byte);
      yield new TextEncoder().encode(':2}\n{"c":3}\nrest');
    })();
    const lines: string[] = [];
    for await (const line of readLines(stream)) lines.push(line);
    expect(lines).toEqual(['{"ä":1}', '', '{"b":2}', '{"c":3}']);
  });

  it('carries samples in pieces of at most 256 KiB', () => {
    const pieces = [...piecesOf(counting(0, PIECE_SAMPLES + 3))].map((piece) => Buffer.from(piece, 'base64'));
    expect(pieces.map(({ length }) => length)).toEqual([262_144, 24]);
    expect(pieces[1]?.readDoubleLE(16)).toBe(PIECE_SAMPLES + 2);
  });
});
