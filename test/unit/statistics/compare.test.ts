import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../shared/domain/random.ts';
import { compareArms } from '../../../shared/domain/statistics-compare.ts';
import { judgeGate } from '../../../shared/domain/statistics-gate.ts';
import { type ComparisonTrial, comparisonAnswers, normals, simulatedBlocks } from '../../helpers/statistics-trials.ts';

const QUIET: ComparisonTrial = { processes: 8, blocks: 4, betweenProcesses: 0.003, withinProcess: 0.005 };
const NOISY: ComparisonTrial = {
  processes: 12,
  blocks: 6,
  betweenProcesses: 0.015,
  withinProcess: 0.02,
  disturbed: 20,
};

function compare(effects: readonly number[], trial = QUIET, threshold = 0.03): ReturnType<typeof compareArms> {
  const blocks = simulatedBlocks(trial, [0, 0, ...effects], normals(1), seededRandom(2));
  const names = { a: 'digits:1', candidates: effects.map((_, i) => `digits:${i + 2}`) };
  return compareArms({ blocks, names, threshold, elapsedMs: 30_000, seed: 1 });
}

describe('compareArms', () => {
  it('answers in words with the figures', () => {
    const { candidates, a, aa, noiseFloor } = compare([0.12, -0.1, -0.002]);
    expect(candidates.map(({ answer }) => answer)).toEqual(['slower', 'faster', 'same']);
    const [slower, faster, same] = candidates.map(({ sentence }) => sentence);
    expect(slower).toMatch(
      /^digits:2 is 1[12]\.\d % slower than digits:1 \(95 % interval 1[12]\.\d to 1[23]\.\d %\)\.$/,
    );
    expect(faster).toMatch(
      /^digits:3 is (9|10)\.\d % faster than digits:1 \(95 % interval (9|10)\.\d to 1[01]\.\d %\)\.$/,
    );
    expect(same).toMatch(
      /^digits:4 is as fast as digits:1 within 3 % \([+−]0\.\d %, 95 % interval [+−]\d\.\d to \+\d\.\d %\)\.$/,
    );
    expect(candidates[0]?.ratio.estimate).toBeCloseTo(1.12, 1);
    expect(candidates[0]?.medianMs).toBeCloseTo(5.6, 0);
    expect(a.medianMs).toBeCloseTo(5, 0);
    expect(aa.low).toBeLessThan(1);
    expect(aa.high).toBeGreaterThan(1);
    expect(noiseFloor).toBeCloseTo((aa.high - aa.low) / 2, 3);
    expect(candidates.map(({ moreTimeS }) => moreTimeS)).toEqual([0, 0, 0]);
  });

  it('says large differences in times', () => {
    const [slower, faster] = compare([4, -0.6]).candidates.map(({ sentence }) => sentence);
    expect(slower).toMatch(
      /^digits:2 takes [45]\.\d\d times as long as digits:1 \(95 % interval 4\.\d\d to 5\.\d\d\)\.$/,
    );
    expect(faster).toMatch(/^digits:3 is 2\.\d\d times as fast as digits:1 \(95 % interval 2\.\d\d to 2\.\d\d\)\.$/);
  });

  it('asks Wilcoxon for a second opinion, after Holm where there are several', () => {
    const { candidates } = compare([0.12, 0]);
    expect(candidates[0]).toMatchObject({ wilcoxonP: 2 / 256, holmP: 4 / 256 });
    expect(compare([0.12]).candidates[0]).toMatchObject({ wilcoxonP: 2 / 256, holmP: null });
  });

  it('says how much more time an answer takes when it cannot tell, more the closer it is', () => {
    const rough = { processes: 6, blocks: 3, betweenProcesses: 0.05, withinProcess: 0.01 };
    const [undecided] = compare([0], rough).candidates;
    expect(undecided?.answer).toBe('cannot tell');
    expect(undecided?.moreTimeS).toBeGreaterThan(30);
    expect(undecided?.sentence).toMatch(
      /^Cannot tell whether digits:2 is faster or slower than digits:1 \(.*noise floor \d+\.\d %\)\. About \d+ (s|min) more would tell\.$/,
    );
    const stricter = compare([0], rough, 0.02).candidates[0];
    expect(stricter?.moreTimeS ?? 0).toBeGreaterThanOrEqual(undecided?.moreTimeS ?? Number.POSITIVE_INFINITY);
    expect(compare([0], rough, 0.000_01).candidates[0]?.sentence).toMatch(/more would tell|More time would not help/);
  });

  it('is the same for the same input, whatever the order of the blocks of other processes', () => {
    const blocks = simulatedBlocks(QUIET, [0, 0, 0.02], normals(5), seededRandom(6));
    const once = compareArms({ blocks, seed: 3 });
    expect(compareArms({ blocks, seed: 3 })).toEqual(once);
    expect(once.candidates[0]?.sentence).toContain('B ');
  });

  it('finds the noise floor from two copies alone, and leaves out a round that was cut off', () => {
    const blocks = simulatedBlocks(QUIET, [0, 0], normals(5), seededRandom(6));
    const { candidates, noiseFloor } = compareArms({ blocks, seed: 1 });
    expect(candidates).toEqual([]);
    expect(noiseFloor).toBeGreaterThan(0.001);
    expect(noiseFloor).toBeLessThan(0.02);
    const cut = [...blocks, { process: 8, arm: 0, timeMs: 1e6, medianMs: 99, calls: 1 }];
    expect(compareArms({ blocks: cut, seed: 1 }).aa).toEqual(compareArms({ blocks, seed: 1 }).aa);
    expect(() => compareArms({ blocks: blocks.filter(({ process }) => process === 0), seed: 1 })).toThrow(RangeError);
  });

  it('answers "same" or "cannot tell" to two copies in 95 of 100, with intervals that cover', () => {
    for (const trial of [QUIET, NOISY]) {
      const { shares, covered } = comparisonAnswers(200, trial, 0);
      expect(shares.same + shares['cannot tell']).toBeGreaterThanOrEqual(0.95);
      // Three standard deviations of 200 trials are 4.6 %.
      expect(covered).toBeGreaterThan(0.9);
    }
  });

  it('calls a slowdown of twice the noise floor "slower" in 90 of 100', () => {
    for (const trial of [QUIET, NOISY]) {
      const { shares } = comparisonAnswers(200, trial, 2);
      expect(shares.slower).toBeGreaterThanOrEqual(0.88);
      expect(shares.faster).toBe(0);
    }
  });
});

describe('judgeGate', () => {
  const baseline = { medianMs: 5, lowMs: 4.98, highMs: 5.02, noiseFloor: 0.01 };
  function gate(
    effect: number,
    noise = 0.003,
    against: Parameters<typeof judgeGate>[0]['baseline'] = baseline,
  ): ReturnType<typeof judgeGate> {
    const next = normals(7);
    const now = Array.from({ length: 24 }, (_, i) => ({
      process: Math.floor(i / 3),
      medianMs: 5 * (1 + effect) * Math.exp(noise * next()),
    }));
    return judgeGate({ name: 'digits:2', now, baseline: against, maxSlowdown: 0.05, threshold: 0.03 });
  }

  it('passes what is as fast, and what is slower within the limit', () => {
    const same = gate(0);
    expect(same).toMatchObject({ outcome: 'passed', candidate: { answer: 'same', wilcoxonP: null, holmP: null } });
    expect(same.sentence).toMatch(/^digits:2 passes: .* against the baseline .*, within the limit of 5 %\.$/);
    expect(gate(0.03)).toMatchObject({ outcome: 'passed', candidate: { answer: 'slower' } });
    expect(gate(-0.2)).toMatchObject({ outcome: 'passed', candidate: { answer: 'faster' } });
  });

  it('fails what is over the limit for sure', () => {
    const slower = gate(0.1);
    expect(slower).toMatchObject({
      outcome: 'failed',
      noiseFloor: expect.closeTo(0.01, 9),
      candidate: { answer: 'slower' },
    });
    expect(slower.sentence).toMatch(/^digits:2 fails: \+\d+\.\d % against the baseline .*, over the limit of 5 %\.$/);
  });

  it('cannot tell where the machine is too noisy, now or when the baseline was made', () => {
    expect(gate(0.08, 0.08)).toMatchObject({ outcome: 'cannot tell', candidate: { moreTimeS: null } });
    const noisyThen = gate(0.08, 0.003, { ...baseline, noiseFloor: 0.12 });
    expect(noisyThen).toMatchObject({ outcome: 'cannot tell', candidate: { answer: 'cannot tell' } });
    expect(noisyThen.sentence).toContain('the interval includes no change');
    expect(gate(0.08, 0.003, { ...baseline, lowMs: 4, highMs: 6.2, noiseFloor: null }).outcome).toBe('cannot tell');
  });

  it('rarely fails a model that did not change, though the baseline was a single process', () => {
    const next = normals(9);
    let failed = 0;
    let failedSlower = 0;
    for (let trial = 0; trial < 200; trial++) {
      const process = 5 * Math.exp(0.02 * next());
      const then = { medianMs: process, lowMs: process * 0.998, highMs: process * 1.002, noiseFloor: null };
      const nowAt = (factor: number): { process: number; medianMs: number }[] =>
        Array.from({ length: 6 }, (_, i) => ({ process: i, medianMs: factor * 5 * Math.exp(0.02 * next()) }));
      const input = { name: 'B', baseline: then, maxSlowdown: 0.05, threshold: 0.03 };
      failed += Number(judgeGate({ ...input, now: nowAt(1) }).outcome === 'failed');
      failedSlower += Number(judgeGate({ ...input, now: nowAt(1.15) }).outcome === 'failed');
    }
    expect(failed).toBeLessThanOrEqual(10);
    expect(failedSlower).toBeGreaterThan(180);
  });
});
