// Drift: whether latency changes over the steady part of a run, and whether the machine throttled in the whole of it.
import type { BenchSecond, Drift } from '../contract/bench-result.ts';
import { median } from './statistics-order.ts';
import { judgeThrottling } from './statistics-throttle.ts';
import { correlatedTrendOf } from './statistics-trend.ts';

/** A change below this is within what counts as the same everywhere in Lineside (the default threshold of comparisons). */
const LEAST_CHANGE = Math.log1p(0.03);
const SIGNIFICANCE = 0.05;
/** Fewer one-second medians than this show no trend worth the name. */
const LEAST_POINTS = 8;
/** The trend test looks at every pair; longer runs are first taken together. */
const MAX_POINTS = 300;
const MS_PER_MINUTE = 60_000;

interface Point {
  readonly timeMs: number;
  readonly logMs: number;
}

/**
 * Drift: Theil-Sen's slope of the logarithms of the one-second medians from `steadyFromMs` on, sure by Mann-Kendall's test corrected
 * for autocorrelation, and 3 % or more over the part. On simulated medians with 1 % of noise, independent or autocorrelated up to 0.6,
 * normal or heavy-tailed, 10 to 60 of them: a ramp of +10 % is flagged in at least 95 %, a flat series in at most 3 %. Throttling is
 * looked for from the first second on, since what a throttled run settles at looks steady.
 */
export function judgeDrift(seconds: readonly BenchSecond[], steadyFromMs: number): Drift {
  const timed = seconds.filter(({ count, p50Ms }) => count > 0 && p50Ms > 0);
  const points = thinned(
    timed
      .filter(({ timeMs }) => timeMs >= steadyFromMs)
      .map(({ timeMs, p50Ms }) => ({ timeMs, logMs: Math.log(p50Ms) })),
  );
  const { slope, pValue } = trendOfPoints(points);
  const spanMs = (points.at(-1)?.timeMs ?? 0) - (points[0]?.timeMs ?? 0);
  const total = slope * spanMs;
  const isTrend = pValue < SIGNIFICANCE && Math.abs(total) >= LEAST_CHANGE;
  const throttling = judgeThrottling(timed, isTrend && total > 0 ? steadyFromMs : null);
  return {
    percentPerMinute: 100 * Math.expm1(slope * MS_PER_MINUTE),
    totalPercent: 100 * Math.expm1(total),
    pValue,
    isDrifting: isTrend,
    ...throttling,
    calibrationPercent: calibrationChange(seconds),
  };
}

function trendOfPoints(points: readonly Point[]): { slope: number; pValue: number } {
  if (points.length < LEAST_POINTS) return { slope: 0, pValue: 1 };
  return correlatedTrendOf(
    points.map(({ logMs }) => logMs),
    points.map(({ timeMs }) => timeMs),
  );
}

/** Medians of equally many neighbours. */
function thinned(points: readonly Point[]): readonly Point[] {
  const size = Math.ceil(points.length / MAX_POINTS);
  if (size <= 1) return points;
  return Array.from({ length: Math.floor(points.length / size) }, (_, group) => {
    const members = points.slice(group * size, (group + 1) * size);
    return {
      timeMs: median(members.map(({ timeMs }) => timeMs)),
      logMs: median(members.map(({ logMs }) => logMs)),
    };
  });
}

/** In %, from the first tenth of the kernel's times to the last, by their medians. */
function calibrationChange(seconds: readonly BenchSecond[]): number | null {
  const times = seconds.flatMap(({ calibrationMs }) => (calibrationMs === null ? [] : [calibrationMs]));
  if (times.length < 2) return null;
  const tenth = Math.ceil(times.length / 10);
  return 100 * (median(times.slice(-tenth)) / median(times.slice(0, tenth)) - 1);
}
