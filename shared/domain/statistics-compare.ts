// Comparison of models measured in interleaved blocks over fresh processes: each against A, and A against a second copy of itself.
import type { Candidate, Comparison, Ratio } from '../contract/compare.ts';
import { seededRandom } from './random.ts';
import { answerOf, answerSentence, type Evidence, processesNeeded, ratioOf } from './statistics-answer.ts';
import { median } from './statistics-order.ts';
import { holm, signedRankP } from './statistics-signed-rank.ts';
import { bootstrapMean } from './statistics-student.ts';

type Block = Comparison['blocks'][number];

export interface CompareInput {
  /** Arm 0 is A, 1 the second copy of A, 2 and up the candidates. At least 2 processes; 6 and more to see a few per cent. */
  readonly blocks: readonly Block[];
  /** For the sentences; default A, B, C … */
  readonly names?: { readonly a: string; readonly candidates: readonly string[] };
  /** As a ratio less 1; default 0.03. */
  readonly threshold?: number;
  /** How long the blocks took to measure, with all that came between them; default: up to the last block. */
  readonly elapsedMs?: number;
  readonly seed: number;
}

export interface ComparedArms {
  readonly a: { readonly medianMs: number };
  readonly aa: Ratio;
  /** Half-width of the interval of `aa`, as a ratio less 1. */
  readonly noiseFloor: number;
  /** In order of the arms from 2 on; none where there are but two. */
  readonly candidates: readonly Omit<Candidate, 'model'>[];
}

const DEFAULT_THRESHOLD = 0.03;

/** Logs of the block medians of one round, by arm. */
type Process = ReadonlyMap<number, readonly number[]>;

/**
 * What is compared: within a process round each arm has the median of its block medians, blocks of all arms having taken turns; the log
 * ratios of these are one value for each round, and the interval is over the rounds, since a fresh process changes the latency by more
 * than blocks within one tell (Kalibera and Jones 2013, Rigorous Benchmarking in Reasonable Time). Medians of each arm, rather than of
 * the ratios of neighbouring blocks: a disturbed block then spoils one arm and not three, and on simulated guests of shared machines
 * the noise floor falls by a fifth. Candidates are held against the mean of both copies of A, which makes their intervals narrower than
 * that of A against A and independent of it. Wilcoxon's test runs on the same values. About 5 ms for 12 rounds of 6 blocks and 4 arms.
 * The same input gives the same output.
 * @throws RangeError with fewer than 2 processes that have blocks of every arm.
 */
export function compareArms(input: CompareInput): ComparedArms {
  const { blocks, names, threshold = DEFAULT_THRESHOLD } = input;
  const elapsedMs = input.elapsedMs ?? Math.max(...blocks.map(({ timeMs }) => timeMs));
  const arms = [...new Set(blocks.map(({ arm }) => arm))].filter((arm) => arm > 1).sort((a, b) => a - b);
  const processes = byProcess(blocks, [0, 1, ...arms]);
  if (processes.length < 2) throw new RangeError('A comparison takes at least 2 processes.');
  const random = seededRandom(input.seed);
  const aa = bootstrapMean(
    processes.map((process) => level(process, 1) - level(process, 0)),
    random,
  );
  const noiseFloor = (aa.high - aa.low) / 2;
  const perArm = arms.map((arm) =>
    processes.map((process) => level(process, arm) - (level(process, 0) + level(process, 1)) / 2),
  );
  const pValues = perArm.map(signedRankP);
  const adjusted = holm(pValues);
  return {
    a: { medianMs: medianOf(blocks, 0) },
    aa: ratioOf(aa),
    noiseFloor: Math.expm1(noiseFloor),
    candidates: arms.map((arm, i) => {
      const evidence: Evidence = {
        interval: bootstrapMean(perArm[i] ?? [], random),
        df: processes.length - 1,
        noiseFloor,
        threshold: Math.log1p(threshold),
      };
      const { answer, tostP } = answerOf(evidence);
      const ratio = ratioOf(evidence.interval);
      const needed = answer === 'cannot tell' ? processesNeeded(evidence, processes.length) : processes.length;
      const moreTimeS = needed === null ? null : (elapsedMs / 1000) * (needed / processes.length - 1);
      return {
        answer,
        sentence: answerSentence({
          name: names?.candidates[i] ?? String.fromCharCode(66 + i),
          against: names?.a ?? 'A',
          answer,
          ratio,
          threshold,
          noiseFloor: Math.expm1(noiseFloor),
          moreTimeS,
        }),
        ratio,
        medianMs: medianOf(blocks, arm),
        tostP,
        wilcoxonP: pValues[i] ?? null,
        holmP: arms.length > 1 ? (adjusted[i] ?? null) : null,
        moreTimeS,
      };
    }),
  };
}

function level(process: Process, arm: number): number {
  return median(process.get(arm) ?? []);
}

/** The rounds that have all arms. */
function byProcess(blocks: readonly Block[], arms: readonly number[]): Process[] {
  const processes = new Map<number, Map<number, number[]>>();
  for (const { process, arm, medianMs } of blocks) {
    const ofArm = processes.get(process) ?? new Map<number, number[]>();
    processes.set(process, ofArm);
    ofArm.set(arm, [...(ofArm.get(arm) ?? []), Math.log(medianMs)]);
  }
  return [...processes.values()].filter((process) => arms.every((arm) => process.has(arm)));
}

function medianOf(blocks: readonly Block[], arm: number): number {
  return median(blocks.filter((block) => block.arm === arm).map(({ medianMs }) => medianMs));
}
