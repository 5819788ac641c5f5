// Throttling: latency rises to a level that it does not leave, and a sensor, or the calibration kernel, says that the machine got slower.
import type { BenchSecond, Drift } from '../contract/bench-result.ts';
import { segmentStarts } from './statistics-changepoints.ts';
import { median } from './statistics-order.ts';

/** A rise below this is not looked into; the default threshold of comparisons. */
const LEAST_RISE = Math.log1p(0.03);
/** A clock or a calibration kernel slower by this is slower; both read steadily to well under 1 % on an unthrottled machine. */
const SLOWER = 0.02;
const HOTTER_C = 2;

type Reading = 'clockMHz' | 'temperatureC' | 'calibrationMs';

/**
 * `trendFromMs`: start of the part that has an upward trend for sure, null when none has: a slow ramp may have no changepoint. A
 * temperature counts only where the clock cannot be read: a machine at work gets warmer and is none the slower for it.
 */
export function judgeThrottling(
  seconds: readonly BenchSecond[],
  trendFromMs: number | null,
): Pick<Drift, 'isThrottling' | 'timeToThrottleMs' | 'evidence'> {
  const onset = onsetOf(seconds) ?? (trendFromMs === null ? null : trendOnset(seconds, trendFromMs));
  const available = (['clockMHz', 'temperatureC', 'calibrationMs'] as const).find((reading) =>
    seconds.some((second) => second[reading] !== null),
  );
  const unthrottled = {
    isThrottling: false,
    timeToThrottleMs: null,
    evidence: available === undefined ? ('none' as const) : EVIDENCE[available],
  };
  if (onset === null) return unthrottled;
  const proof = proofOf(seconds.slice(0, onset), seconds.slice(onset));
  if (proof === null) return unthrottled;
  return { isThrottling: true, timeToThrottleMs: seconds[onset]?.timeMs ?? 0, evidence: EVIDENCE[proof] };
}

const EVIDENCE = { clockMHz: 'clock', temperatureC: 'temperature', calibrationMs: 'calibration' } as const;

/** Index of the first second of a level that is above the fastest one before, as is all that follows it. */
function onsetOf(seconds: readonly BenchSecond[]): number | null {
  const levels = Float64Array.from(seconds, ({ p50Ms }) => Math.log(p50Ms));
  const starts = segmentStarts(levels);
  const segments = starts.map((start, i) => median(levels.subarray(start, starts[i + 1] ?? levels.length)));
  for (let i = 1; i < segments.length; i++) {
    const fastest = Math.min(...segments.slice(0, i));
    if (segments.slice(i).every((level) => level >= fastest + LEAST_RISE)) return starts[i] ?? null;
  }
  return null;
}

/** Where a running median first leaves the level of the part's first tenth by enough. */
function trendOnset(seconds: readonly BenchSecond[], fromMs: number): number | null {
  const from = seconds.findIndex(({ timeMs }) => timeMs >= fromMs);
  const part = seconds.slice(from).map(({ p50Ms }) => Math.log(p50Ms));
  const level = median(part.slice(0, Math.max(3, Math.ceil(part.length / 10))));
  for (let i = 3; i < part.length; i++) {
    if (median(part.slice(i, i + 5)) >= level + LEAST_RISE) return from + i;
  }
  return null;
}

function proofOf(before: readonly BenchSecond[], after: readonly BenchSecond[]): Reading | null {
  const clock = change('clockMHz', before, after);
  if (clock !== null && clock.after <= clock.before * (1 - SLOWER)) return 'clockMHz';
  const calibration = change('calibrationMs', before, after);
  if (calibration !== null && calibration.after >= calibration.before * (1 + SLOWER)) return 'calibrationMs';
  const temperature = change('temperatureC', before.slice(0, Math.ceil(before.length / 3)), after);
  const isHotter = temperature !== null && temperature.after >= temperature.before + HOTTER_C;
  return clock === null && isHotter ? 'temperatureC' : null;
}

function change(
  reading: Reading,
  before: readonly BenchSecond[],
  after: readonly BenchSecond[],
): { before: number; after: number } | null {
  const of = (seconds: readonly BenchSecond[]): number => median(seconds.flatMap((second) => second[reading] ?? []));
  const values = { before: of(before), after: of(after) };
  return Number.isNaN(values.before) || Number.isNaN(values.after) ? null : values;
}
