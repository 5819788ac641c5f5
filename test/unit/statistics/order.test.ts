import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../devices/runtime/make-inputs.ts';
import { binomialCdf, logGamma } from '../../../shared/domain/statistics-binomial.ts';
import {
  median,
  quantileInterval,
  quantileOfSorted,
  quantileRanks,
  quantileUpperBound,
  REQUIRED_SAMPLES,
  sorted,
} from '../../../shared/domain/statistics-order.ts';

describe('binomialCdf', () => {
  it('is the sum of the terms', () => {
    for (const [n, p] of [
      [1, 0.3],
      [11, 0.5],
      [64, 0.9],
      [300, 0.1],
    ] as const) {
      let term = (1 - p) ** n;
      let sum = 0;
      for (let k = 0; k <= n; k++) {
        sum += term;
        expect(binomialCdf(k, n, p)).toBeCloseTo(sum, 9);
        term *= ((n - k) / (k + 1)) * (p / (1 - p));
      }
    }
  });

  it('holds for millions', () => {
    expect(binomialCdf(500_000, 1_000_000, 0.5)).toBeCloseTo(0.500398942, 7);
    expect(binomialCdf(989_900, 1_000_000, 0.99)).toBeCloseTo(0.1586, 2);
    expect([binomialCdf(-1, 10, 0.5), binomialCdf(10, 10, 0.5)]).toEqual([0, 1]);
  });

  it('rests on a gamma function that knows factorials', () => {
    let factorial = 1;
    for (let n = 1; n < 20; n++) {
      expect(logGamma(n)).toBeCloseTo(Math.log(factorial), 9);
      factorial *= n;
    }
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 9);
  });
});

describe('required samples', () => {
  it("are LoadGen's: the least n with q^n at most 1 % after one sample over the limit counts", () => {
    // P(Binomial(h + 1, 1 - q) <= 1) <= 0.01 with h + 1 samples (loadgen/early_stopping.cc with t = 1).
    for (const [percentile, required] of Object.entries(REQUIRED_SAMPLES)) {
      const q = Number(percentile) / 100;
      expect(binomialCdf(1, required, 1 - q)).toBeLessThanOrEqual(0.01);
      expect(binomialCdf(1, required - 1, 1 - q)).toBeGreaterThan(0.01);
    }
  });
});

describe('order statistics', () => {
  it('take the value of rank ceil(q n)', () => {
    const values = sorted([5, 1, 4, 2, 3]);
    expect([0.5, 0.2, 0.21, 1, 0].map((q) => quantileOfSorted(values, q))).toEqual([3, 1, 2, 5, 1]);
    const tenThousand = Float64Array.from({ length: 10_000 }, (_, i) => i + 1);
    expect(quantileOfSorted(tenThousand, 0.999)).toBe(9990);
    expect(quantileOfSorted(tenThousand, 99.9 / 100)).toBe(9990);
    expect(median([1, 2, 3, 10])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('know the ranks of the textbook', () => {
    // Median of 10 samples: ranks 2 and 9 (97.9 % confidence; 3 and 8 would be 89 %).
    expect(quantileRanks(10, 0.5)).toEqual({ lower: 2, upper: 9 });
    expect(quantileRanks(5, 0.5)).toBeNull();
    expect(quantileRanks(100, 0.99)).toBeNull();
  });

  it("sign off the sample that LoadGen's early stopping estimates", () => {
    // Most allowed over the limit, by scipy.stats.binom: 78 of 1,000 at 90 %, 1 of 662 at 99 %, 9 of 20,000 at 99.9 %.
    const ranks = (n: number): Float64Array => Float64Array.from({ length: n }, (_, i) => i + 1);
    expect(quantileUpperBound(ranks(1000), 0.9, 1000)).toBe(923);
    expect(quantileUpperBound(ranks(662), 0.99, 662)).toBe(662);
    expect(quantileUpperBound(ranks(661), 0.99, 661)).toBeNull();
    expect(quantileUpperBound(ranks(20_000), 0.999, 20_000)).toBe(19_992);
    // Worth a tenth: the rank for 1,000, carried over.
    expect(quantileUpperBound(ranks(10_000), 0.9, 1000)).toBe(9230);
    expect(quantileUpperBound(ranks(0), 0.5, 0)).toBeNull();
  });

  it('give intervals that hold the value and shrink with more samples', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: 0, max: 1e6 }), { minLength: 662, maxLength: 900 }),
        (values) => {
          const ascending = sorted(values);
          for (const q of [0.5, 0.9, 0.95, 0.99]) {
            const wide = quantileInterval(ascending, q, 662);
            const narrow = quantileInterval(ascending, q, ascending.length);
            const value = quantileOfSorted(ascending, q);
            if (!wide || !narrow) throw new Error('no interval');
            expect(wide.low).toBeLessThanOrEqual(value);
            expect(wide.high).toBeGreaterThanOrEqual(value);
            expect(wide.low).toBeLessThanOrEqual(narrow.low);
            expect(wide.high).toBeGreaterThanOrEqual(narrow.high);
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('cover the true quantile of independent samples in 95 % of all cases', () => {
    const random = createRandom(7);
    const runs = 2000;
    const hits = { 0.5: 0, 0.9: 0, 0.95: 0 };
    for (let run = 0; run < runs; run++) {
      // Exponential: the quantile q is -ln(1 - q).
      const ascending = sorted(Float64Array.from({ length: 200 }, () => -Math.log(1 - random())));
      for (const q of [0.5, 0.9, 0.95] as const) {
        const interval = quantileInterval(ascending, q, 200);
        const truth = -Math.log(1 - q);
        if (interval && interval.low <= truth && truth <= interval.high) hits[q] += 1;
      }
    }
    // Discrete ranks make it a little more than 95 %; three standard deviations of 2,000 trials are 1.5 %.
    for (const count of Object.values(hits)) {
      expect(count / runs).toBeGreaterThan(0.935);
      expect(count / runs).toBeLessThan(0.985);
    }
  });
});
