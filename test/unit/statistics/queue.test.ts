import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxesFor } from '../../../shared/domain/capacity.ts';
import { poissonArrivals, predictPeakRate, queueLatencies } from '../../../shared/domain/queue.ts';
import { seededRandom } from '../../../shared/domain/random.ts';

describe('seededRandom', () => {
  it('is uniform, without memory, and unrelated for neighbouring seeds', () => {
    const random = seededRandom(0);
    const values = Array.from({ length: 100_000 }, random);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean).toBeCloseTo(0.5, 2);
    const covariance = values.reduce((sum, value, i) => sum + (value - 0.5) * ((values[i - 1] ?? 0.5) - 0.5), 0);
    expect(Math.abs((12 * covariance) / values.length)).toBeLessThan(0.01);
    expect(Math.min(...values.slice(0, 10_000))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values.slice(0, 10_000))).toBeLessThan(1);
    expect(new Set(Array.from({ length: 1000 }, (_, seed) => seededRandom(seed)())).size).toBe(1000);
    expect(seededRandom(7)()).toBe(seededRandom(7)());
  });
});

describe('queueLatencies', () => {
  it('counts from the arrival, first come, first served', () => {
    expect(queueLatencies(Float64Array.of(2, 2, 2, 5), Float64Array.of(0, 1, 10, 10))).toEqual(
      Float64Array.of(2, 3, 2, 7),
    );
    expect(queueLatencies(new Float64Array(), new Float64Array())).toEqual(new Float64Array());
  });

  it('is never below the service time', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1000), fc.nat(50)), { maxLength: 60 }), (requests) => {
        const arrivals = Float64Array.from(requests.map(([at]) => at)).sort();
        const service = Float64Array.from(requests.map(([, time]) => time));
        queueLatencies(service, arrivals).forEach((latency, i) => {
          expect(latency).toBeGreaterThanOrEqual(service[i] ?? 0);
        });
      }),
    );
  });
});

describe('poissonArrivals', () => {
  it('has the rate, ascends within the time, and its gaps are exponential', () => {
    const arrivals = poissonArrivals(200, 100_000, seededRandom(3));
    expect(Math.abs(arrivals.length - 20_000)).toBeLessThan(600);
    expect(arrivals.at(-1)).toBeLessThan(100_000);
    const gaps = arrivals.map((at, i) => at - (arrivals[i - 1] ?? 0));
    expect(gaps.every((gap) => gap >= 0)).toBe(true);
    // e^-1 of them are longer than the mean.
    expect(gaps.filter((gap) => gap > 5).length / gaps.length).toBeCloseTo(Math.exp(-1), 1.5);
  });
});

describe('predictPeakRate', () => {
  it('is what queueing theory says for exponential service', () => {
    const random = seededRandom(5);
    const serviceMs = Float64Array.from({ length: 20_000 }, () => -10 * Math.log(1 - random()));
    // M/M/1: latency is exponential with rate mu - lambda, so lambda = mu - ln(100) / limit, in requests a ms.
    const mean = serviceMs.reduce((sum, value) => sum + value, 0) / serviceMs.length;
    const expected = 1000 / mean - (1000 * Math.log(100)) / 100;
    const predicted = predictPeakRate({ serviceMs, limitMs: 100, percentile: 99, seed: 1 });
    expect(Math.abs((predicted ?? 0) / expected - 1)).toBeLessThan(0.06);
    expect(predictPeakRate({ serviceMs, limitMs: 100, percentile: 99, seed: 1 })).toBe(predicted);
  });

  it('grows with the limit up to what the model can do, and is none below a single call', () => {
    const serviceMs = new Float64Array(500).fill(10);
    const rates = [9, 10.001, 20, 50, 1000].map((limitMs) =>
      predictPeakRate({ serviceMs, limitMs, percentile: 99, seed: 1 }),
    );
    expect(rates[0]).toBeNull();
    const found = rates.slice(1).map((rate) => rate ?? Number.NaN);
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(found[0]).toBeGreaterThan(0);
    expect(found.at(-1)).toBeLessThanOrEqual(100);
    expect(found.at(-1)).toBeGreaterThan(90);
    expect(predictPeakRate({ serviceMs: new Float64Array(), limitMs: 5, percentile: 99, seed: 1 })).toBeNull();
  });

  it('promises less where slow calls come in bursts', () => {
    const slowAt = (isSlow: (i: number) => boolean): Float64Array =>
      Float64Array.from({ length: 5000 }, (_, i) => (isSlow(i) ? 20 : 5));
    const of = (serviceMs: Float64Array): number =>
      predictPeakRate({ serviceMs, limitMs: 60, percentile: 99, seed: 1 }) ?? 0;
    expect(of(slowAt((i) => i % 1000 < 50))).toBeLessThan(0.8 * of(slowAt((i) => i % 20 === 0)));
  });
});

describe('boxesFor', () => {
  it('rounds up the boxes at work and those in reserve, but not the error of the computer', () => {
    expect(boxesFor({ ratePerS: 100, perBoxPerS: 10, reserve: 0.2 })).toEqual({ working: 10, spare: 2, boxes: 12 });
    expect(boxesFor({ ratePerS: 101, perBoxPerS: 10, reserve: 0.2 })).toEqual({ working: 11, spare: 3, boxes: 14 });
    expect(boxesFor({ ratePerS: 0.3, perBoxPerS: 0.1, reserve: 0 })).toEqual({ working: 3, spare: 0, boxes: 3 });
    expect(boxesFor({ ratePerS: 1, perBoxPerS: 1000, reserve: 0.2 })).toEqual({ working: 1, spare: 1, boxes: 2 });
  });
});
