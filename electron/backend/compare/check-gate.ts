// The regression gate: measures a model now, in fresh processes, and holds it against a stored result.
import { randomUUID } from 'node:crypto';
import type { BenchMachineRef, MachineFingerprint } from '../../../shared/contract/bench-result.ts';
import type { Comparison } from '../../../shared/contract/compare.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { judgeGate } from '../../../shared/domain/statistics-gate.ts';
import type { JobHandle } from '../jobs/job-service.ts';
import type { CompareSetup } from './compare-service.ts';
import type { Baseline } from './find-baseline.ts';
import { fingerprintDifferences } from './fingerprint-differences.ts';
import { type MeasureArmsParts, measureArms, modelOf } from './measure-arms.ts';

export interface CheckGateInput {
  readonly ref: string;
  readonly baseline: Baseline;
  /** As ratios less 1. */
  readonly maxSlowdown: number;
  readonly threshold: number;
  readonly setup: CompareSetup;
  readonly machine: BenchMachineRef;
  readonly job: JobHandle;
}

const SEED = 1;
/** Number of the first candidate's arm; without a second measurement there are no arms before it. */
const CANDIDATE_ARM = 2;

/** @throws what `measureArms` throws */
export async function checkGate(input: CheckGateInput, parts: MeasureArmsParts): Promise<Comparison> {
  const { ref, baseline, maxSlowdown, threshold, machine, job } = input;
  const { result } = baseline;
  // What was left out of the call is undefined in it, and does not take the baseline's place.
  const asked = Object.fromEntries(Object.entries(input.setup).filter(([, value]) => value !== undefined));
  const setup: CompareSetup = { ...setupOf(baseline), ...asked };
  const measured = await measureArms({ refs: [ref], setup, machine, seed: SEED, job }, parts);
  const [now] = measured.arms;
  if (!now) throw new Error('a gate has an arm');
  const judged = judgeGate({
    ...{ name: formatRef(now.detail), now: measured.blocks, maxSlowdown, threshold },
    baseline: { ...baseline.p50, noiseFloor: result.noise.floor },
  });
  return {
    id: randomUUID(),
    startedAtMs: measured.startedAtMs,
    finishedAtMs: measured.finishedAtMs,
    machine,
    a: { model: result.model, medianMs: baseline.p50.medianMs },
    candidates: [{ ...judged.candidate, sentence: judged.sentence, model: modelOf(now.detail) }],
    setup: measured.runtimeSetup,
    dimensions: now.prepared.dimensions,
    threshold,
    aa: null,
    noiseFloor: judged.noiseFloor,
    processes: measured.rounds,
    blocksPerProcess: measured.blocksPerProcess,
    blocks: measured.blocks.map((block) => ({ ...block, arm: CANDIDATE_ARM })),
    gate: {
      maxSlowdown,
      outcome: judged.outcome,
      baseline: { path: baseline.path, startedAtMs: result.startedAtMs, medianMs: baseline.p50.medianMs },
    },
    warnings: [...measured.warnings, ...warningsOf(baseline, machine, measured.fingerprint)],
    fingerprint: measured.fingerprint,
  };
}

/** What was fixed then is fixed now. */
function setupOf({ result: { options } }: Baseline): CompareSetup {
  const { threads, batch, provider, level, isDynamic, dimensions } = options;
  return { threads, batch, provider, level, isDynamic, dimensions };
}

function warningsOf(
  { result, hasOriginalSamples }: Baseline,
  machine: BenchMachineRef,
  fingerprint: MachineFingerprint,
): string[] {
  const warnings: string[] = [];
  if (result.machine.name !== machine.name || result.machine.kind !== machine.kind)
    warnings.push(`The baseline was measured on ${result.machine.name}, and this was measured on ${machine.name}.`);
  const differences = fingerprintDifferences(result.fingerprint, fingerprint);
  if (differences.length > 0)
    warnings.push(`The machine is not as it was for the baseline: ${differences.join(', ')}.`);
  if (result.verdict.verdict === 'reject')
    warnings.push('The baseline itself was not to be used, as its verdict says; measure a new one.');
  if (!hasOriginalSamples)
    warnings.push('The raw samples in the baseline are not those that were exported: the file was changed.');
  return warnings;
}
