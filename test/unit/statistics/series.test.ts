import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../devices/runtime/make-inputs.ts';
import { segmentStarts } from '../../../shared/domain/statistics-changepoints.ts';
import { effectiveSampleSize } from '../../../shared/domain/statistics-effective.ts';
import { reportLatencies } from '../../../shared/domain/statistics-latency.ts';
import { findSteadyPart } from '../../../shared/domain/statistics-steady.ts';
import { correlatedTrendOf, trendOf } from '../../../shared/domain/statistics-trend.ts';
import { intervalCoverage } from '../../helpers/statistics-trials.ts';

function normals(seed: number): () => number {
  const random = createRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Log-normal latencies around `level(i)` ms with 3 % noise of autocorrelation phi. */
function latencies(count: number, seed: number, level: (i: number) => number, phi = 0): Float64Array {
  const next = normals(seed);
  let noise = next();
  return Float64Array.from({ length: count }, (_, i) => {
    noise = phi * noise + Math.sqrt(1 - phi * phi) * next();
    return level(i) * Math.exp(0.03 * noise);
  });
}

describe('effectiveSampleSize', () => {
  it('is near n for independent samples and n (1 - phi) / (1 + phi) for an autoregressive series', () => {
    for (const phi of [0, 0.5, 0.9]) {
      const series = latencies(40_000, 3, () => 1, phi).map(Math.log);
      const expected = (40_000 * (1 - phi)) / (1 + phi);
      expect(effectiveSampleSize(series) / expected).toBeGreaterThan(0.8);
      expect(effectiveSampleSize(series) / expected).toBeLessThan(1.25);
    }
  });

  it('sees slow correlation in a long series', () => {
    // 100 stretches of 2,000 equal values are worth about 100 samples.
    const next = normals(5);
    const levels = Array.from({ length: 100 }, next);
    const series = Float64Array.from({ length: 200_000 }, (_, i) => levels[Math.floor(i / 2000)] ?? 0);
    expect(effectiveSampleSize(series)).toBeGreaterThan(50);
    expect(effectiveSampleSize(series)).toBeLessThan(200);
  });

  it('never exceeds n', () => {
    expect(effectiveSampleSize(Float64Array.from({ length: 1000 }, (_, i) => i % 2))).toBe(1000);
    expect(effectiveSampleSize(new Float64Array(50).fill(3))).toBe(50);
    expect(effectiveSampleSize([1, 2])).toBe(2);
  });
});

describe('segmentStarts', () => {
  it('finds a jump to within a few values', () => {
    const starts = segmentStarts(latencies(400, 1, (i) => (i < 120 ? 1.5 : 1)).map(Math.log));
    expect(starts).toHaveLength(2);
    expect(Math.abs((starts[1] ?? 0) - 120)).toBeLessThanOrEqual(2);
  });

  it('finds a change of variance alone', () => {
    const next = normals(9);
    const starts = segmentStarts(Float64Array.from({ length: 400 }, (_, i) => next() * (i < 200 ? 0.02 : 0.2)));
    expect(starts).toHaveLength(2);
    expect(Math.abs((starts[1] ?? 0) - 200)).toBeLessThanOrEqual(10);
  });

  it('finds nothing in noise, nor in a constant', () => {
    for (let seed = 0; seed < 20; seed++)
      expect(segmentStarts(latencies(500, seed, () => 1).map(Math.log))).toEqual([0]);
    expect(segmentStarts(new Float64Array(100))).toEqual([0]);
    expect(segmentStarts([1])).toEqual([0]);
  });
});

describe('trendOf', () => {
  it('measures a slope and is not sure of noise', () => {
    const rising = trendOf(latencies(60, 2, () => 1).map((value, i) => value + i * 0.01));
    expect(rising.slope).toBeCloseTo(0.01, 3);
    expect(rising.pValue).toBeLessThan(1e-6);
    expect(trendOf(latencies(60, 2, () => 1)).pValue).toBeGreaterThan(0.01);
    expect(trendOf([1, 2, 3])).toEqual({ slope: 0, pValue: 1 });
  });
});

describe('correlatedTrendOf', () => {
  it('measures by the time between values, and doubts what neighbours share', () => {
    const times = [0, 1, 2, 4, 8, 9, 10, 20];
    expect(
      correlatedTrendOf(
        times.map((time) => 3 + 2 * time),
        times,
      ),
    ).toMatchObject({ slope: 2 });
    const wander = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i / 8));
    const steps = wander.map((_, i) => i);
    expect(trendOf(wander).pValue).toBeLessThan(0.05);
    expect(correlatedTrendOf(wander, steps).pValue).toBeGreaterThan(0.05);
  });
});

describe('findSteadyPart', () => {
  it('discards nothing of an even run', () => {
    expect(findSteadyPart(latencies(5000, 1, () => 2))).toMatchObject({ isSteady: true, start: 0 });
  });

  it('finds the end of a warm-up and says how it differed', () => {
    const { isSteady, start, reason } = findSteadyPart(latencies(5000, 2, (i) => (i < 600 ? 3 : 2)));
    expect(isSteady).toBe(true);
    expect(start).toBeGreaterThanOrEqual(590);
    expect(start).toBeLessThanOrEqual(630);
    expect(reason).toMatch(/^The first 6\d\d calls were at another level \(\+(49|50|51) %\) and were left out\.$/);
  });

  it('keeps a short disturbance as part of the truth', () => {
    const part = findSteadyPart(latencies(5000, 3, (i) => (i > 2000 && i < 2200 ? 4 : 2)));
    expect(part).toMatchObject({ isSteady: true, start: 0 });
  });

  it('states none for a run that ends at another level, jumps about or drifts', () => {
    expect(findSteadyPart(latencies(5000, 4, (i) => (i < 4000 ? 2 : 3))).isSteady).toBe(false);
    expect(findSteadyPart(latencies(5000, 5, (i) => (Math.floor(i / 700) % 2 ? 2 : 4))).isSteady).toBe(false);
    const drifting = findSteadyPart(latencies(5000, 6, (i) => 2 + (i / 5000) * 0.2));
    expect(drifting).toMatchObject({ isSteady: false, reason: expect.stringContaining('drifted by +') });
    expect(findSteadyPart(Float64Array.of(1)).isSteady).toBe(false);
  });

  it('accepts half of a short run, but not a moment of a long one', () => {
    expect(findSteadyPart(latencies(40, 7, () => 30)).isSteady).toBe(true);
    expect(findSteadyPart(latencies(100_000, 8, (i) => (i < 85_000 ? 3 : 2))).isSteady).toBe(false);
  });
});

describe('reportLatencies', () => {
  it('states percentiles only where the samples carry them', () => {
    const stated = (count: number): boolean[] =>
      reportLatencies(latencies(count, 1, () => 2)).latencyMs.percentiles.map(({ valueMs }) => valueMs !== null);
    expect(stated(8)).toEqual([false, false, false, false, false]);
    expect(stated(100)).toEqual([true, true, false, false, false]);
    expect(stated(2000)).toEqual([true, true, true, true, false]);
    expect(stated(8000)).toEqual([true, true, true, true, true]);
  });

  it('says how many are missing, and then that many do', () => {
    const [, , , p99] = reportLatencies(latencies(300, 2, () => 2)).latencyMs.percentiles;
    expect(p99).toMatchObject({ percentile: 99, valueMs: null, lowMs: null, highMs: null, signOffMs: null });
    expect(p99?.samplesMissing).toBeGreaterThanOrEqual(362);
    expect(p99?.samplesMissing).toBeLessThan(900);
  });

  it('counts no sample of an unsteady run', () => {
    const report = reportLatencies(latencies(5000, 5, (i) => (i < 4000 ? 2 : 3)));
    expect(report.warmup).toMatchObject({ isSteady: false, discarded: 0, discardedMs: 0 });
    expect(report.samples).toEqual({ count: 5000, effectiveCount: 0 });
    expect(report.latencyMs.percentiles.map(({ samplesMissing }) => samplesMissing)).toEqual([11, 64, 130, 662, 6636]);
  });

  it('leaves the warm-up out of everything but the time series', () => {
    const report = reportLatencies(latencies(5000, 2, (i) => (i < 600 ? 30 : 2)));
    expect(report.latencyMs.max).toBeLessThan(3);
    expect(report.callsPerS).toBeCloseTo(500, -1);
    expect(report.series.length).toBeLessThanOrEqual(400);
    expect(report.series[0]?.latencyMs).toBeGreaterThan(25);
    expect(report.histogram.reduce((sum, { count }) => sum + count, 0)).toBe(report.samples.count);
    expect(report.histogram.at(-1)?.toMs).toBe(report.latencyMs.max);
  });

  it('copes with a single call and with equal ones', () => {
    expect(reportLatencies(Float64Array.of(5)).latencyMs).toMatchObject({ min: 5, mean: 5, max: 5 });
    const equal = reportLatencies(new Float64Array(1000).fill(2));
    expect(equal.histogram).toEqual([{ fromMs: 2, toMs: 2, count: 1000 }]);
    expect(equal.latencyMs.percentiles[3]).toMatchObject({ valueMs: 2, lowMs: 2, highMs: 2 });
  });

  it('states a sign-off value above the percentile, which is the largest sample where there are just enough', () => {
    const samples = Float64Array.from({ length: 662 }, (_, i) => 2 + ((i * 397) % 662) / 10_000);
    const { percentiles, max } = reportLatencies(samples).latencyMs;
    expect(percentiles[3]).toMatchObject({ percentile: 99, signOffMs: max });
    for (const { valueMs, signOffMs } of percentiles.slice(0, 3)) expect(signOffMs).toBeGreaterThan(valueMs ?? max);
  });

  it('covers the true percentiles, and signs off values that hold, in independent and correlated series', () => {
    for (const phi of [0, 0.6]) {
      for (const { stated, covered, signedOff } of intervalCoverage(250, 3000, phi)) {
        expect(stated).toBe(1);
        // 93 to 97 % of all; three standard deviations of 250 trials are 4 %.
        expect(covered).toBeGreaterThan(0.91);
        expect(covered).toBeLessThan(0.995);
        expect(signedOff).toBeGreaterThan(0.96);
      }
    }
  }, 60_000);

  it('promises less where slow calls come in bursts', () => {
    const next = normals(4);
    const spread = Float64Array.from({ length: 6000 }, (_, i) => (i % 50 === 0 ? 3 : 2) * Math.exp(0.03 * next()));
    const bursts = Float64Array.from({ length: 6000 }, (_, i) => (i % 2000 < 40 ? 3 : 2) * Math.exp(0.03 * next()));
    const missing = (samples: Float64Array): number | undefined =>
      reportLatencies(samples).latencyMs.percentiles[3]?.samplesMissing;
    expect(missing(spread)).toBe(0);
    expect(missing(bursts)).toBeGreaterThan(6000);
  });
});
