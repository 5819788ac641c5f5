// The regression gate: a model measured now against the figures of a stored result.
import type { Candidate } from '../contract/compare.ts';
import { answerOf, answerSentence, change, type Evidence, ratioOf, round } from './statistics-answer.ts';
import { median } from './statistics-order.ts';
import { studentQuantile } from './statistics-student.ts';

export interface GateInput {
  readonly name: string;
  /** Of the model now, over at least 2 processes. */
  readonly now: readonly { readonly process: number; readonly medianMs: number }[];
  /** p50 with its 95 % interval, and the noise floor as a ratio less 1 where an A/A comparison was made. */
  readonly baseline: {
    readonly medianMs: number;
    readonly lowMs: number;
    readonly highMs: number;
    readonly noiseFloor: number | null;
  };
  /** As ratios less 1. */
  readonly maxSlowdown: number;
  readonly threshold: number;
}

export interface GateJudgement {
  readonly outcome: 'passed' | 'failed' | 'cannot tell';
  /** Of the gate; that of the candidate says the answer alone. */
  readonly sentence: string;
  readonly candidate: Omit<Candidate, 'model'>;
  /** That of the baseline, or where it has none the half-width of the interval; a ratio less 1. */
  readonly noiseFloor: number;
}

/**
 * Unpaired. The baseline was one process, so the interval allows for that process having been as far off as processes now are from
 * each other: variance s² (1 + 1/n) of the processes' values, plus that of the baseline's own interval; Student's t with Satterthwaite's
 * degrees of freedom (Welch 1947). Never narrower than the baseline's noise floor. Changes of the machine since then are beyond it.
 * `failed`: the estimate is over the limit and the interval excludes no change; `cannot tell`: over the limit, but it does not.
 * @throws RangeError with fewer than 2 processes.
 */
export function judgeGate(input: GateInput): GateJudgement {
  const { name, baseline, maxSlowdown, threshold } = input;
  const values = processValues(input.now);
  const count = values.length;
  if (count < 2) throw new RangeError('A gate takes at least 2 processes.');
  const meanNow = values.reduce((sum, value) => sum + value, 0) / count;
  const spread = values.reduce((sum, value) => sum + (value - meanNow) ** 2, 0) / (count - 1);
  const ofProcesses = spread * (1 + 1 / count);
  const ofBaseline = (Math.log(baseline.highMs / baseline.lowMs) / (2 * 1.96)) ** 2;
  const variance = ofProcesses + ofBaseline;
  const df = ofProcesses > 0 ? (count - 1) * (variance / ofProcesses) ** 2 : 1e6;
  const standardError = Math.sqrt(variance);
  const mean = meanNow - Math.log(baseline.medianMs);
  const own = studentQuantile(0.975, df) * standardError;
  const noiseFloor = baseline.noiseFloor === null ? own : Math.log1p(baseline.noiseFloor);
  const half = Math.max(own, noiseFloor);
  const interval = { mean, low: mean - half, high: mean + half, standardError };
  const evidence: Evidence = { interval, df, noiseFloor, threshold: Math.log1p(threshold) };
  const { answer, tostP } = answerOf(evidence);
  const ratio = ratioOf(interval);
  const isOver = ratio.estimate > 1 + maxSlowdown;
  const outcome = !isOver ? 'passed' : interval.low > 0 ? 'failed' : 'cannot tell';
  // The one process of the baseline weighs most, and no further process makes up for it.
  const moreTimeS = answer === 'cannot tell' ? null : 0;
  const floorRatio = Math.expm1(noiseFloor);
  const words = { name, against: 'the baseline', answer, ratio, threshold, noiseFloor: floorRatio, moreTimeS };
  const medianMs = median(input.now.map((block) => block.medianMs));
  return {
    outcome,
    sentence: gateSentence(name, outcome, ratio, maxSlowdown),
    candidate: {
      answer,
      sentence: answerSentence(words),
      ratio,
      medianMs,
      tostP,
      wilcoxonP: null,
      holmP: null,
      moreTimeS,
    },
    noiseFloor: floorRatio,
  };
}

function processValues(now: GateInput['now']): number[] {
  const processes = new Map<number, number[]>();
  for (const { process, medianMs } of now) {
    processes.set(process, [...(processes.get(process) ?? []), Math.log(medianMs)]);
  }
  return [...processes.values()].map(median);
}

function gateSentence(
  name: string,
  outcome: GateJudgement['outcome'],
  { estimate, low, high }: GateJudgement['candidate']['ratio'],
  maxSlowdown: number,
): string {
  const figures = `${change(estimate)} % against the baseline (95 % interval ${change(low)} to ${change(high)} %)`;
  const limit = `the limit of ${round(maxSlowdown)} %`;
  if (outcome === 'passed') return `${name} passes: ${figures}, within ${limit}.`;
  if (outcome === 'failed') return `${name} fails: ${figures}, over ${limit}.`;
  return `Cannot tell whether ${name} passes: ${figures}; the estimate is over ${limit}, but the interval includes no change.`;
}
