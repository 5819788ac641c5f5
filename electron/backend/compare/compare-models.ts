// One comparison: A, a second copy of A and every candidate in the same interleaved blocks, and what the statistics make of them.
import { randomUUID } from 'node:crypto';
import type { BenchMachineRef } from '../../../shared/contract/bench-result.ts';
import type { Comparison } from '../../../shared/contract/compare.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { compareArms } from '../../../shared/domain/statistics-compare.ts';
import type { JobHandle } from '../jobs/job-service.ts';
import type { CompareSetup } from './compare-service.ts';
import { type MeasureArmsParts, measureArms, modelOf } from './measure-arms.ts';

export interface CompareModelsInput {
  /** A first. */
  readonly refs: readonly [string, ...string[]];
  /** As a ratio less 1. */
  readonly threshold: number;
  readonly setup: CompareSetup;
  readonly machine: BenchMachineRef;
  readonly job: JobHandle;
}

const SEED = 1;

/** @throws what `measureArms` throws */
export async function compareModels(input: CompareModelsInput, parts: MeasureArmsParts): Promise<Comparison> {
  const { refs, threshold, setup, machine, job } = input;
  const [a, ...candidates] = refs;
  const measured = await measureArms({ refs: [a, a, ...candidates], setup, machine, seed: SEED, job }, parts);
  const { arms, blocks, elapsedMs } = measured;
  const [first, , ...others] = arms;
  if (!first) throw new Error('a comparison has arms');
  const compared = compareArms({
    ...{ blocks, threshold, elapsedMs, seed: SEED },
    names: { a: formatRef(first.detail), candidates: others.map(({ detail }) => formatRef(detail)) },
  });
  const sizes = new Set(arms.map(({ prepared }) => JSON.stringify(prepared.dimensions)));
  const warnings = [...measured.warnings];
  if (sizes.size > 1) warnings.push('The models have different dynamic dimensions, so they were not fed alike.');
  return {
    id: randomUUID(),
    startedAtMs: measured.startedAtMs,
    finishedAtMs: measured.finishedAtMs,
    machine,
    a: { model: modelOf(first.detail), medianMs: compared.a.medianMs },
    candidates: others.flatMap(({ detail }, i) => {
      const candidate = compared.candidates[i];
      return candidate ? [{ ...candidate, model: modelOf(detail) }] : [];
    }),
    setup: measured.runtimeSetup,
    dimensions: first.prepared.dimensions,
    threshold,
    aa: compared.aa,
    noiseFloor: compared.noiseFloor,
    processes: measured.rounds,
    blocksPerProcess: measured.blocksPerProcess,
    blocks,
    gate: null,
    warnings,
    fingerprint: measured.fingerprint,
  };
}
