import { describe, expect, it } from 'vitest';
import type { BenchSecond } from '../../../shared/contract/bench-result.ts';
import { judgeDrift } from '../../../shared/domain/statistics-drift.ts';
import { classifyOutliers } from '../../../shared/domain/statistics-outliers.ts';
import { flaggedShare, normals, secondsOf } from '../../helpers/statistics-trials.ts';

/** Seconds at 5 ms with 0.5 % of noise, times `factor(i)`, with readings. */
function run(
  count: number,
  factor: (i: number) => number,
  readings: (i: number) => Partial<BenchSecond> = () => ({}),
): BenchSecond[] {
  const next = normals(3);
  return secondsOf(Array.from({ length: count }, (_, i) => 5 * factor(i) * (1 + 0.005 * next()))).map((second, i) => ({
    ...second,
    ...readings(i),
  }));
}

const throttledAt =
  (at: number) =>
  (i: number): number =>
    i < at ? 1 : 1.25;

describe('judgeDrift', () => {
  it('flags ramps of +10 % in 95 % of all runs and flat ones in at most 5 %, correlated and heavy-tailed noise included', () => {
    for (const seconds of [10, 60]) {
      for (const shape of [{ phi: 0 }, { phi: 0.6 }, { phi: 0.6, isHeavyTailed: true }]) {
        // Two standard deviations of 300 trials are 2.5 %.
        expect(flaggedShare(300, { ...shape, seconds, noise: 0.01, ramp: 0.1 })).toBeGreaterThan(0.925);
        expect(flaggedShare(300, { ...shape, seconds, noise: 0.01, ramp: 0 })).toBeLessThan(0.075);
      }
    }
  });

  it('states the slope a minute and over the part, in either direction', () => {
    const rising = judgeDrift(
      run(121, (i) => 1 + (0.1 * i) / 120),
      0,
    );
    expect(rising).toMatchObject({ isDrifting: true, isThrottling: false, evidence: 'none', timeToThrottleMs: null });
    expect(rising.totalPercent).toBeCloseTo(10, 0);
    expect(rising.percentPerMinute).toBeCloseTo(5, 0);
    const falling = judgeDrift(
      run(60, (i) => 1 - (0.1 * i) / 60),
      0,
    );
    expect(falling.isDrifting).toBe(true);
    expect(falling.totalPercent).toBeLessThan(-8);
  });

  it('looks at the steady part alone, and says nothing of a moment', () => {
    const warming = run(60, (i) => (i < 20 ? 1.1 : 1 + (0.1 * (i - 20)) / 39));
    expect(judgeDrift(warming, 20_000)).toMatchObject({ isDrifting: true, totalPercent: expect.closeTo(10, -0.5) });
    expect(judgeDrift(warming, 0).totalPercent).toBeLessThan(8);
    expect(
      judgeDrift(
        run(4, (i) => 1 + i),
        0,
      ),
    ).toMatchObject({ isDrifting: false, totalPercent: 0, pValue: 1 });
    expect(judgeDrift([], 0)).toMatchObject({ isDrifting: false, isThrottling: false, calibrationPercent: null });
  });

  it('copes with half an hour and with seconds in which no call ended', () => {
    expect(
      judgeDrift(
        run(1800, (i) => 1 + (0.1 * i) / 1800),
        0,
      ),
    ).toMatchObject({ isDrifting: true });
    expect(
      judgeDrift(
        run(1800, () => 1),
        0,
      ),
    ).toMatchObject({ isDrifting: false });
    const slow = run(
      60,
      () => 1,
      (i) => (i % 3 === 0 ? {} : { count: 0, p50Ms: 0 }),
    );
    expect(judgeDrift(slow, 0).isDrifting).toBe(false);
  });
});

describe('throttling', () => {
  it('is a slower level with a lower clock, and is found at its second', () => {
    const drift = judgeDrift(
      run(120, throttledAt(70), (i) => ({ clockMHz: i < 70 ? 2400 : 1900, temperatureC: 50 + i / 10 })),
      0,
    );
    expect(drift).toMatchObject({ isThrottling: true, evidence: 'clock' });
    expect(Math.abs((drift.timeToThrottleMs ?? 0) - 70_000)).toBeLessThanOrEqual(2000);
  });

  it('is told by the temperature where the clock cannot be read, and by the calibration kernel where neither can', () => {
    const hot = run(120, throttledAt(70), (i) => ({ temperatureC: Math.min(85, 45 + i) }));
    expect(judgeDrift(hot, 0)).toMatchObject({ isThrottling: true, evidence: 'temperature' });
    const kernel = run(120, throttledAt(70), (i) => ({ calibrationMs: i % 3 === 0 ? throttledAt(70)(i) : null }));
    expect(judgeDrift(kernel, 0)).toMatchObject({ isThrottling: true, evidence: 'calibration' });
    expect(judgeDrift(kernel, 0).calibrationPercent).toBeCloseTo(25, 6);
  });

  it('is found before a steady part that is nothing but throttled, and in a slow ramp', () => {
    const clock = (i: number): Partial<BenchSecond> => ({ clockMHz: 2400 / throttledAt(30)(i) });
    expect(judgeDrift(run(120, throttledAt(30), clock), 32_000)).toMatchObject({
      isDrifting: false,
      isThrottling: true,
    });
    const ramp = (i: number): number => 1 + (0.1 * i) / 300;
    expect(
      judgeDrift(
        run(300, ramp, (i) => ({ clockMHz: 2400 / ramp(i) })),
        0,
      ),
    ).toMatchObject({
      isDrifting: true,
      isThrottling: true,
    });
  });

  it('is not any slowdown: the clock stays, the rise passes, the machine only gets warm', () => {
    const clockStays = run(120, throttledAt(70), (i) => ({ clockMHz: 2400, temperatureC: 45 + i / 4 }));
    expect(judgeDrift(clockStays, 0)).toMatchObject({ isThrottling: false, evidence: 'clock', timeToThrottleMs: null });
    const passes = run(
      120,
      (i) => (i > 40 && i < 60 ? 1.3 : 1),
      (i) => ({ clockMHz: i > 40 && i < 60 ? 1900 : 2400 }),
    );
    expect(judgeDrift(passes, 0).isThrottling).toBe(false);
    const warms = run(
      120,
      () => 1,
      (i) => ({ temperatureC: 45 + i / 4 }),
    );
    expect(judgeDrift(warms, 0)).toMatchObject({ isThrottling: false, evidence: 'temperature' });
  });
});

describe('classifyOutliers', () => {
  it('counts by Tukey fences, each value once', () => {
    // Quartiles 25 and 77: inner fences at -53 and 155, outer ones at -131 and 233.
    const bulk = Array.from({ length: 100 }, (_, i) => i + 1);
    const samples = Float64Array.from([...bulk, -60, -140, 160, 160, 240]);
    expect(classifyOutliers(samples)).toMatchObject({ mildLow: 1, mildHigh: 2, severeLow: 1, severeHigh: 1 });
  });

  it('grades by the share of the variance that lies beyond the fences', () => {
    const next = normals(8);
    const calm = Float64Array.from({ length: 20_000 }, () => 5 + 0.1 * next());
    expect(classifyOutliers(calm)).toMatchObject({ effect: 'unaffected' });
    const grades = [0, 5.4, 5.6, 12].map((stall) =>
      classifyOutliers(calm.map((value, i) => (stall > 0 && i % 100 === 0 ? stall : value))),
    );
    expect(grades.map(({ effect }) => effect)).toEqual(['unaffected', 'slight', 'moderate', 'severe']);
    expect(grades.every(({ varianceShare }) => varianceShare >= 0 && varianceShare <= 1)).toBe(true);
    const none = { mildLow: 0, mildHigh: 0, severeLow: 0, severeHigh: 0, varianceShare: 0, effect: 'unaffected' };
    expect(classifyOutliers(new Float64Array(10).fill(2))).toEqual(none);
  });
});
