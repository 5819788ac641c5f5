// The run second by second: how its calls were spread, what the machine showed, and whether anything disturbed it.
import type { BenchSecond } from '../../../shared/contract/bench-result.ts';
import { quantileOfSorted, sorted } from '../../../shared/domain/statistics-order.ts';
import type { MachineWatch } from './machine-watch.ts';
import type { ProcessWatch } from './process-watch.ts';
import { createSampleStore } from './sample-store.ts';

/** What the calls of one second have in common. Calls are counted from 0 over the whole run. */
export interface Span {
  readonly fromCall: number;
  /** The first one that no longer belongs to it. */
  readonly toCall: number;
  /** Since the start of the run. */
  readonly fromMs: number;
  readonly toMs: number;
  /**
   * How many calls others can have disturbed: one each time that another task took the core or garbage was collected, any number
   * where tasks were kept waiting or the hypervisor took time for a good part of the second.
   */
  readonly disturbances: number;
}

export interface SecondLog {
  /** Starts the run anew, at this reading of the clock. */
  begin(nowMs: number): void;
  /** Calls that ended by `nowMs`. Ends the second when it is over and holds a call: a call of 3 s makes a second of 3 s. */
  add(samples: Float64Array, nowMs: number): void;
  noteCalibration(durationMs: number): void;
  /** Ends the last second. */
  finish(nowMs: number): void;
  /** At most 1,800: neighbours are put together. */
  seconds(): BenchSecond[];
  readonly spans: readonly Span[];
}

const SECOND_MS = 1000;
/** Percentiles of a second are taken from at most so many of its calls, evenly thinned. */
const CALLS_LOOKED_AT = 8192;
const MAX_SECONDS = 1800;
/** Share of a second in which some task waited for a core, or that the hypervisor took. */
const FELT_SHARE = 0.05;

export function createSecondLog(machine: MachineWatch, process: ProcessWatch): SecondLog {
  const calls = createSampleStore(CALLS_LOOKED_AT);
  let seconds: BenchSecond[] = [];
  let spans: Span[] = [];
  let startMs = 0;
  let secondStartMs = 0;
  let callsBefore = 0;
  let maxMs = 0;
  let calibrationMs: number | null = null;
  let disturbances = 0;

  function countDisturbances(): number {
    const { involuntarySwitches, garbageCollections } = process.counts();
    return involuntarySwitches + garbageCollections;
  }

  function startSecond(nowMs: number): void {
    callsBefore += calls.total;
    calls.clear();
    secondStartMs = nowMs;
    maxMs = 0;
    calibrationMs = null;
    disturbances = countDisturbances();
  }

  function endSecond(nowMs: number): void {
    const reading = machine.read();
    const ascending = sorted(calls.kept());
    const timeMs = secondStartMs - startMs;
    seconds.push({
      timeMs,
      count: calls.total,
      p50Ms: quantileOfSorted(ascending, 0.5),
      p95Ms: quantileOfSorted(ascending, 0.95),
      maxMs,
      calibrationMs,
      ...reading,
    });
    const isTaken = Math.max(reading.steal ?? 0, reading.pressure ?? 0) >= FELT_SHARE;
    spans.push({
      fromCall: callsBefore,
      toCall: callsBefore + calls.total,
      fromMs: timeMs,
      toMs: nowMs - startMs,
      disturbances: isTaken ? Number.POSITIVE_INFINITY : countDisturbances() - disturbances,
    });
    startSecond(nowMs);
  }

  return {
    begin: (nowMs) => {
      seconds = [];
      spans = [];
      startMs = nowMs;
      machine.read();
      startSecond(nowMs);
      callsBefore = 0;
    },
    add: (samples, nowMs) => {
      calls.add(samples);
      for (const sample of samples) if (sample > maxMs) maxMs = sample;
      if (nowMs - secondStartMs >= SECOND_MS && calls.total > 0) endSecond(nowMs);
    },
    noteCalibration: (durationMs) => {
      calibrationMs = durationMs;
    },
    finish: (nowMs) => {
      if (calls.total > 0) endSecond(nowMs);
    },
    seconds: () => thinned(seconds),
    get spans() {
      return spans;
    },
  };
}

function thinned(seconds: BenchSecond[]): BenchSecond[] {
  const size = Math.ceil(seconds.length / MAX_SECONDS);
  if (size <= 1) return seconds;
  return Array.from({ length: Math.ceil(seconds.length / size) }, (_, i) =>
    together(seconds.slice(i * size, (i + 1) * size)),
  );
}

/** Percentiles as the mean over all calls, what the machine showed as the mean over the seconds that have it. */
function together(seconds: readonly BenchSecond[]): BenchSecond {
  const count = seconds.reduce((sum, second) => sum + second.count, 0);
  const perCall = (key: 'p50Ms' | 'p95Ms'): number =>
    seconds.reduce((sum, second) => sum + second[key] * second.count, 0) / count;
  const perSecond = (
    key: 'clockMHz' | 'temperatureC' | 'powerW' | 'calibrationMs' | 'pressure' | 'steal',
  ): number | null => {
    const values = seconds.flatMap((second) => second[key] ?? []);
    return values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
  };
  return {
    timeMs: seconds[0]?.timeMs ?? 0,
    count,
    p50Ms: perCall('p50Ms'),
    p95Ms: perCall('p95Ms'),
    maxMs: Math.max(...seconds.map((second) => second.maxMs)),
    clockMHz: perSecond('clockMHz'),
    temperatureC: perSecond('temperatureC'),
    powerW: perSecond('powerW'),
    calibrationMs: perSecond('calibrationMs'),
    pressure: perSecond('pressure'),
    steal: perSecond('steal'),
  };
}
