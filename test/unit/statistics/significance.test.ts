import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../shared/domain/random.ts';
import { holm, signedRankP } from '../../../shared/domain/statistics-signed-rank.ts';
import {
  bootstrapMean,
  equivalenceP,
  studentQuantile,
  studentTail,
} from '../../../shared/domain/statistics-student.ts';
import { normals } from '../../helpers/statistics-trials.ts';

// Expected values by SciPy 1 (stats.t, stats.wilcoxon) and statsmodels (multipletests).

describe("Student's t", () => {
  it('has the tails of the tables', () => {
    expect(studentTail(2.571, 5)).toBeCloseTo(0.0249873173419257, 9);
    expect(studentTail(1, 1)).toBeCloseTo(0.25, 9);
    expect(studentTail(2.201, 11)).toBeCloseTo(0.024999351976208672, 9);
    expect(studentTail(3, 2.5)).toBeCloseTo(0.036288047774515914, 9);
    expect(studentTail(-1, 4)).toBeCloseTo(0.8130495168499705, 9);
  });

  it('has the quantiles of the tables', () => {
    for (const [p, df, t] of [
      [0.975, 1, 12.706204736174694],
      [0.975, 3.7, 2.8675207071911895],
      [0.975, 5, 2.5705818356363146],
      [0.975, 11, 2.200985160091639],
      [0.95, 7, 1.8945786050900062],
    ] as const)
      expect(studentQuantile(p, df)).toBeCloseTo(t, 7);
  });
});

describe('equivalenceP', () => {
  it('is the larger of two one-sided tests', () => {
    expect(equivalenceP(0.005166666666666667, 0.0026383917660406527, 5, Math.log1p(0.03))).toBeCloseTo(
      0.00012438415706981983,
      9,
    );
    expect(equivalenceP(-0.05, 0.01, 5, 0.03)).toBeGreaterThan(0.9);
    expect([equivalenceP(0.01, 0, 5, 0.03), equivalenceP(0.04, 0, 5, 0.03)]).toEqual([0, 1]);
  });
});

describe('bootstrapMean', () => {
  it('covers the mean of few values in 93 to 97 % of all cases', () => {
    for (const count of [6, 12]) {
      const next = normals(count);
      const random = seededRandom(count);
      let hits = 0;
      for (let trial = 0; trial < 400; trial++) {
        const { low, high } = bootstrapMean(Array.from({ length: count }, next), random);
        hits += Number(low <= 0 && 0 <= high);
      }
      // Three standard deviations of 400 trials are 3.3 %.
      expect(hits / 400).toBeGreaterThan(0.91);
      expect(hits / 400).toBeLessThan(0.985);
    }
  });

  it('is a point for equal values', () => {
    expect(bootstrapMean([2, 2, 2], seededRandom(1))).toEqual({ mean: 2, low: 2, high: 2, standardError: 0 });
  });
});

describe('signedRankP', () => {
  it('is exact for few values without ties', () => {
    // Hollander and Wolfe, Nonparametric Statistical Methods, table 3.1: the depression scores of nine patients.
    expect(signedRankP([0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01])).toBeCloseTo(0.0390625, 12);
    expect(signedRankP([1, 2, 3, -4, 5, 6, 7, 8, -9, 10, 11, 12])).toBeCloseTo(0.04248046875, 12);
    expect(signedRankP([1, 2, 3, 4, 5, 6])).toBeCloseTo(2 / 64, 12);
    expect(signedRankP([-1, 1.5, -2])).toBeCloseTo(0.75, 12);
  });

  it('takes the normal distribution for ties and for many', () => {
    expect(signedRankP([1, 1, 2, -2, 3, 3, -1, 4, 4, 5, 0])).toBeCloseTo(0.03153033220756929, 6);
    const many = Array.from({ length: 30 }, (_, i) => ((i + 1) % 3 === 0 ? -(i + 1) : i + 1));
    expect(signedRankP(many)).toBeCloseTo(0.1650265656246961, 6);
    expect([signedRankP([]), signedRankP([0, 0])]).toEqual([1, 1]);
  });
});

describe('holm', () => {
  it('multiplies the smallest most and never falls', () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    [0.03, 0.06, 0.06, 0.02].forEach((expected, i) => expect(adjusted[i]).toBeCloseTo(expected, 12));
    expect(holm([0.7, 0.6])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});
