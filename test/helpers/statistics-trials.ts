// Simulation studies of the statistics: how often intervals cover, trends are flagged and comparisons answer right on data whose truth is known.
import type { BenchSecond } from '../../shared/contract/bench-result.ts';
import type { Answer, Comparison } from '../../shared/contract/compare.ts';
import { seededRandom } from '../../shared/domain/random.ts';
import { compareArms } from '../../shared/domain/statistics-compare.ts';
import { judgeDrift } from '../../shared/domain/statistics-drift.ts';
import { effectiveLatencyCount, percentileCeiling, statePercentile } from '../../shared/domain/statistics-latency.ts';
import { sorted } from '../../shared/domain/statistics-order.ts';

type Source = () => number;

/** Standard normal numbers. */
export function normals(seed: number): Source {
  const random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Student's t with 3 degrees of freedom, scaled to a deviation of 1: heavy tails. */
export function heavyTailed(seed: number): Source {
  const next = normals(seed);
  return () => next() / Math.sqrt(next() ** 2 + next() ** 2 + next() ** 2);
}

/** A series of deviation 1 in which each value keeps `phi` of the one before. */
export function autoregressive(count: number, phi: number, next: Source): Float64Array {
  let value = next();
  return Float64Array.from({ length: count }, (_, i) => {
    if (i > 0) value = phi * value + Math.sqrt(1 - phi * phi) * next();
    return value;
  });
}

/** Normal quantiles of the percentiles that are stated. */
const NORMAL_QUANTILES = new Map([
  [50, 0],
  [90, 1.2815515655],
  [95, 1.644853627],
  [99, 2.326347874],
]);

export interface Coverage {
  readonly percentile: number;
  /** Share of trials in which the samples carried the percentile. */
  readonly stated: number;
  /** Share of these whose interval holds the true value. */
  readonly covered: number;
  /** Share of these whose sign-off value is at least the true one. */
  readonly signedOff: number;
}

/** Log-normal latencies with autocorrelation; with `bimodal`, every third stretch of them is 20 % longer. */
export function intervalCoverage(trials: number, count: number, phi: number, isBimodal = false): Coverage[] {
  const next = normals(11);
  const random = seededRandom(12);
  const spread = 0.05;
  const stay = (1 + phi) / 2;
  let isSlow = false;
  const tallies = new Map([...NORMAL_QUANTILES.keys()].map((key) => [key, { stated: 0, covered: 0, signedOff: 0 }]));
  for (let trial = 0; trial < trials; trial++) {
    const series = autoregressive(count, phi, next).map((value) => {
      if (random() > stay) isSlow = random() < 1 / 3;
      return Math.exp(spread * value) * (isBimodal && isSlow ? 1.2 : 1);
    });
    const ascending = sorted(series);
    const ceiling = percentileCeiling(series, ascending, effectiveLatencyCount(series));
    for (const [percentile, tally] of tallies) {
      const { lowMs, highMs, signOffMs } = statePercentile(percentile, series, ascending, ceiling);
      if (lowMs === null || highMs === null) continue;
      const truth = isBimodal
        ? mixtureQuantile(percentile / 100, spread)
        : Math.exp(spread * (NORMAL_QUANTILES.get(percentile) ?? 0));
      tally.stated += 1;
      tally.covered += Number(lowMs <= truth && truth <= highMs);
      tally.signedOff += Number(signOffMs !== null && signOffMs >= truth);
    }
  }
  return [...tallies].map(([percentile, { stated, covered, signedOff }]) => ({
    percentile,
    stated: stated / trials,
    covered: covered / stated,
    signedOff: signedOff / stated,
  }));
}

/** Of two thirds exp(N(0, s)) and one third 1.2 times that. */
function mixtureQuantile(q: number, spread: number): number {
  let [low, high] = [0.5, 2];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    const share = (2 * normalCdf(Math.log(middle) / spread) + normalCdf(Math.log(middle / 1.2) / spread)) / 3;
    if (share < q) low = middle;
    else high = middle;
  }
  return low;
}

/** By Simpson's rule: independent of the code under test. */
function normalCdf(z: number): number {
  const steps = 200;
  const width = z / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(-((i * width) ** 2) / 2);
  }
  return 0.5 + (sum * width) / 3 / Math.sqrt(2 * Math.PI);
}

/** Seconds of a run without sensors, by its one-second medians. */
export function secondsOf(p50Ms: ArrayLike<number>): BenchSecond[] {
  return Array.from(p50Ms, (value, i) => ({
    timeMs: i * 1000,
    count: 100,
    p50Ms: value,
    p95Ms: value * 1.1,
    maxMs: value * 1.3,
    clockMHz: null,
    temperatureC: null,
    powerW: null,
    calibrationMs: null,
    pressure: null,
    steal: null,
  }));
}

export interface DriftTrial {
  readonly seconds: number;
  readonly phi: number;
  readonly noise: number;
  /** Change over the run, as 0.1. */
  readonly ramp: number;
  readonly isHeavyTailed?: boolean;
}

/** Share of trials that are flagged as drifting. */
export function flaggedShare(trials: number, { seconds, phi, noise, ramp, isHeavyTailed }: DriftTrial): number {
  const next = isHeavyTailed ? heavyTailed(21) : normals(22);
  let flagged = 0;
  for (let trial = 0; trial < trials; trial++) {
    const series = autoregressive(seconds, phi, next).map(
      (value, i) => 5 * (1 + (ramp * i) / (seconds - 1)) * Math.exp(noise * value),
    );
    flagged += Number(judgeDrift(secondsOf(series), 0).isDrifting);
  }
  return flagged / trials;
}

export interface ComparisonTrial {
  readonly processes: number;
  readonly blocks: number;
  /** Deviations, as shares, of a process from the others and of a block within one. */
  readonly betweenProcesses: number;
  readonly withinProcess: number;
  /** One block in so many is disturbed by 10 to 50 %; 0: none. */
  readonly disturbed?: number;
}

export type Blocks = Comparison['blocks'];

/** Blocks of arms with these effects (0.1: 10 % slower), and a drift of 2 % over the whole that all arms share. */
export function simulatedBlocks(
  trial: ComparisonTrial,
  effects: readonly number[],
  next: Source,
  random: Source,
): Blocks {
  const { processes, blocks, betweenProcesses, withinProcess, disturbed = 0 } = trial;
  const all: Blocks = [];
  for (let process = 0; process < processes; process++) {
    const levels = effects.map((effect) => Math.log1p(effect) + betweenProcesses * next());
    for (let block = 0; block < blocks; block++) {
      levels.forEach((level, arm) => {
        const timeMs = all.length * 100;
        const drift = (0.02 * all.length) / (processes * blocks * effects.length);
        const disturbance = disturbed > 0 && random() < 1 / disturbed ? 0.1 + 0.4 * random() : 0;
        const medianMs = 5 * Math.exp(level + drift + disturbance + withinProcess * next());
        all.push({ process, arm, timeMs, medianMs, calls: 50 });
      });
    }
  }
  return all;
}

export interface Answers {
  readonly shares: Readonly<Record<Answer, number>>;
  /** Share of trials whose interval holds the true ratio. */
  readonly covered: number;
  readonly meanNoiseFloor: number;
}

/**
 * Answers about a candidate that is slower by so many noise floors, which an A/A comparison of its own finds first: what somebody does
 * who injects a slowdown of twice the noise floor. 0: an A/A comparison.
 */
export function comparisonAnswers(trials: number, trial: ComparisonTrial, noiseFloors: number): Answers {
  const next = normals(31);
  const random = seededRandom(32);
  const counts: Record<Answer, number> = { faster: 0, slower: 0, same: 0, 'cannot tell': 0 };
  let covered = 0;
  let floors = 0;
  for (let i = 0; i < trials; i++) {
    const before = compareArms({ blocks: simulatedBlocks(trial, [0, 0], next, random), seed: i }).noiseFloor;
    const effect = noiseFloors * before;
    const { candidates } = compareArms({ blocks: simulatedBlocks(trial, [0, 0, effect], next, random), seed: i });
    const [candidate] = candidates;
    if (!candidate) throw new Error('no candidate');
    counts[candidate.answer] += 1;
    covered += Number(candidate.ratio.low <= 1 + effect && 1 + effect <= candidate.ratio.high);
    floors += before;
  }
  const shares = Object.fromEntries(Object.entries(counts).map(([answer, count]) => [answer, count / trials]));
  return { shares: shares as Record<Answer, number>, covered: covered / trials, meanNoiseFloor: floors / trials };
}
