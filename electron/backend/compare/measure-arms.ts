// What a comparison and a gate have in common: takes the machine, prepares the models there, runs the blocks and gives the machine back.

import type { RuntimeSetup } from '../../../shared/contract/bench-options.ts';
import type { BenchMachineRef, MachineFingerprint } from '../../../shared/contract/bench-result.ts';
import type { Comparison } from '../../../shared/contract/compare.ts';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import type { BenchMachines } from '../bench/machine.ts';
import { inFreshProcess, type RowRequest } from '../bench/measure-row.ts';
import { createModelPreparer, type PreparedModel } from '../bench/prepare-model.ts';
import type { JobHandle } from '../jobs/job-service.ts';
import type { ModelService } from '../models/model-service.ts';
import type { CompareSetup } from './compare-service.ts';
import { type BlocksRun, runBlocks } from './run-blocks.ts';

export interface MeasureArmsInput {
  /** One for each arm; the same twice makes two arms alike. */
  readonly refs: readonly string[];
  readonly setup: CompareSetup;
  readonly machine: BenchMachineRef;
  readonly seed: number;
  readonly job: JobHandle;
}

export interface MeasureArmsParts {
  readonly dataDir: string;
  readonly models: Pick<ModelService, 'resolve'>;
  readonly machines: BenchMachines;
}

export interface MeasuredArms extends BlocksRun {
  readonly arms: readonly { readonly detail: ModelDetail; readonly prepared: PreparedModel }[];
  readonly runtimeSetup: RuntimeSetup;
  readonly fingerprint: MachineFingerprint;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  /** Files that could not be measured with fixed sizes. */
  readonly warnings: string[];
}

const DEFAULT_DURATION_S = 30;
const SILENCE_MS = 300_000;

/** @throws what acquiring the machine, preparing the models and running the blocks throw */
export async function measureArms(input: MeasureArmsInput, parts: MeasureArmsParts): Promise<MeasuredArms> {
  const { setup, machine: ref, job } = input;
  const { signal } = job;
  const durationMs = (setup.durationS ?? DEFAULT_DURATION_S) * 1000;
  const runtimeSetup = runtimeSetupOf(setup);
  const tell = (step: string, done = 0, total = durationMs): void => job.report({ step, done, total, unit: 'ms' });
  tell(parts.machines.isBusy(ref) ? 'Waiting for another benchmark to end' : 'Preparing the models');
  const machine = await parts.machines.acquire(
    ref,
    setup.priority ?? (ref.kind === 'local' ? 'normal' : 'low'),
    signal,
  );
  const preparer = createModelPreparer(parts.dataDir);
  try {
    tell('Preparing the models');
    const request = (subject: string): RowRequest => ({ subject, silenceMs: SILENCE_MS, signal });
    const arms: { detail: ModelDetail; prepared: PreparedModel; subject: string }[] = [];
    for (const ref of input.refs) {
      const { detail, onnxPath } = await parts.models.resolve(ref);
      const subject = `The measurement of ${formatRef(detail)}`;
      const { dimensions = {}, isDynamic = false } = setup;
      const prepared = await preparer.prepare({
        ...{ machine, detail, onnxPath, dimensions, isDynamic },
        ...{ setup: runtimeSetup, request: request(subject) },
      });
      arms.push({ detail, prepared, subject });
    }
    const { fingerprint } = await inFreshProcess(machine, (sidecar) =>
      sidecar.request({ kind: 'machine' }, request('The look at the machine')),
    );
    const startedAtMs = Date.now();
    const run = await runBlocks({
      arms: arms.map(({ subject, prepared }) => ({ subject, spec: prepared.spec, launch: () => machine.launch() })),
      ...{ durationMs, seed: input.seed, silenceMs: SILENCE_MS, signal },
      onProgress: (done, total) => tell('Measuring in turns', done, total),
    });
    const dynamic = arms.filter(({ prepared }) => prepared.isDynamic && !setup.isDynamic);
    return {
      ...run,
      ...{ arms, runtimeSetup, fingerprint, startedAtMs },
      finishedAtMs: Date.now(),
      warnings: [...new Set(dynamic.map(({ detail }) => dynamicWarning(detail)))],
    };
  } finally {
    await preparer.close();
    await machine.close();
  }
}

export function runtimeSetupOf({
  threads = 1,
  batch = 1,
  provider = 'cpu',
  level = 'all',
}: CompareSetup): RuntimeSetup {
  return { threads, batch, provider, level };
}

function dynamicWarning(detail: ModelDetail): string {
  return `The runtime refuses ${formatRef(detail)} with fixed sizes, so it was measured with its dynamic dimensions.`;
}

export function modelOf({ name, version, digest }: ModelDetail): Comparison['a']['model'] {
  return { name, version, digest };
}
