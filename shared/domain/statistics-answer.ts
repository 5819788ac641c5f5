// From an estimated ratio to an answer: faster, slower, same or cannot tell, in a sentence, and how much more time it would take.
import type { Answer, Ratio } from '../contract/compare.ts';
import { equivalenceP, type MeanInterval, studentQuantile } from './statistics-student.ts';

/** All on the scale of log ratios. */
export interface Evidence {
  readonly interval: MeanInterval;
  readonly df: number;
  readonly noiseFloor: number;
  /** Differences up to this count as the same. */
  readonly threshold: number;
}

const SIGNIFICANCE = 0.05;
/** An answer that would take more than so many times the processes is out of reach: a 20th of the half-width. */
const MAX_GROWTH = 400;

/**
 * `faster` or `slower` where the interval excludes no change and the estimate is beyond the noise floor; else `same` where two
 * one-sided tests say that the difference is below the threshold; else `cannot tell`.
 */
export function answerOf(evidence: Evidence): { answer: Answer; tostP: number } {
  const { interval, df, noiseFloor, threshold } = evidence;
  const tostP = equivalenceP(interval.mean, interval.standardError, df, threshold);
  const isBeyondNoise = Math.abs(interval.mean) > noiseFloor;
  if (isBeyondNoise && interval.low > 0) return { answer: 'slower', tostP };
  if (isBeyondNoise && interval.high < 0) return { answer: 'faster', tostP };
  return { answer: tostP < SIGNIFICANCE ? 'same' : 'cannot tell', tostP };
}

/**
 * How many times the processes measured an answer takes if the estimate and the noise stay what they are and widths shrink with the
 * root of the number: until the difference shows, or until it is surely below the threshold. Null when out of reach.
 */
export function processesNeeded(evidence: Evidence, processes: number): number | null {
  const { interval, noiseFloor, threshold } = evidence;
  const size = Math.abs(interval.mean);
  const halfWidth = interval.mean > 0 ? interval.mean - interval.low : interval.high - interval.mean;
  const quantileNow = studentQuantile(0.975, processes - 1);
  const isSettled = (count: number): boolean => {
    const shrink = Math.sqrt(processes / count);
    const narrowed = (shrink * studentQuantile(0.975, count - 1)) / quantileNow;
    if (size > narrowed * Math.max(halfWidth, noiseFloor)) return true;
    return threshold - size > shrink * interval.standardError * studentQuantile(1 - SIGNIFICANCE, count - 1);
  };
  let low = processes;
  let high = processes * MAX_GROWTH;
  if (!isSettled(high)) return null;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (isSettled(middle)) high = middle;
    else low = middle;
  }
  return high;
}

export function ratioOf(interval: Pick<MeanInterval, 'mean' | 'low' | 'high'>): Ratio {
  return { estimate: Math.exp(interval.mean), low: Math.exp(interval.low), high: Math.exp(interval.high) };
}

export interface SentenceInput {
  readonly name: string;
  /** What it is measured against. */
  readonly against: string;
  readonly answer: Answer;
  readonly ratio: Ratio;
  /** As ratios less 1. */
  readonly threshold: number;
  readonly noiseFloor: number;
  readonly moreTimeS: number | null;
}

/** As `digits:2 is 12.1 % slower than digits:1 (95 % interval 10.9 to 13.4 %).` */
export function answerSentence(input: SentenceInput): string {
  const { name, against, answer, ratio } = input;
  const { estimate, low, high } = ratio;
  if (answer === 'slower' && estimate >= MANY_TIMES) {
    return `${name} takes ${times(estimate)} times as long as ${against} (95 % interval ${times(low)} to ${times(high)}).`;
  }
  if (answer === 'faster' && estimate <= 1 / MANY_TIMES) {
    return `${name} is ${times(1 / estimate)} times as fast as ${against} (95 % interval ${times(1 / high)} to ${times(1 / low)}).`;
  }
  if (answer === 'slower') {
    return `${name} is ${size(estimate - 1)} % slower than ${against} (95 % interval ${size(low - 1)} to ${size(high - 1)} %).`;
  }
  if (answer === 'faster') {
    return `${name} is ${size(1 - estimate)} % faster than ${against} (95 % interval ${size(1 - high)} to ${size(1 - low)} %).`;
  }
  const interval = `${change(estimate)} %, 95 % interval ${change(low)} to ${change(high)} %`;
  if (answer === 'same') {
    return `${name} is as fast as ${against} within ${round(input.threshold)} % (${interval}).`;
  }
  return `Cannot tell whether ${name} is faster or slower than ${against} (${interval}, noise floor ${size(input.noiseFloor)} %). ${advice(input.moreTimeS)}`;
}

/** From here on a change is said in times, no longer in percent. */
const MANY_TIMES = 2;

function times(ratio: number): string {
  return ratio.toFixed(ratio < 10 ? 2 : 1);
}

function advice(moreTimeS: number | null): string {
  if (moreTimeS === null) return 'More time would not help; quieten the machine first.';
  if (moreTimeS < 120) return `About ${Math.ceil(moreTimeS)} s more would tell.`;
  return `About ${Math.ceil(moreTimeS / 60)} min more would tell.`;
}

/** A share in percent without its sign being drawn out. */
function size(share: number): string {
  return (share * 100).toFixed(1).replace('-', '−');
}

/** A share that somebody chose, in percent as they would write it. */
export function round(share: number): string {
  return String(Number((share * 100).toFixed(2)));
}

/** A ratio as a change in percent, signed. */
export function change(ratio: number): string {
  const text = size(ratio - 1);
  return text.startsWith('−') ? text : `+${text}`;
}
