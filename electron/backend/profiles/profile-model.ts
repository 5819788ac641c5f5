// Profiles one model on one machine: how long a call takes as it is, then in another process where that time goes.
import { randomUUID } from 'node:crypto';
import type { RawProfile } from '../../../devices/runtime/runner/runner-protocol.ts';
import type { BenchMachineRef, MachineFingerprint } from '../../../shared/contract/bench-result.ts';
import type { Profile } from '../../../shared/contract/profiles.ts';
import type { OutlineNode } from '../../../shared/domain/profile-regions.ts';
import { profileTimes } from '../../../shared/domain/profile-times.ts';
import type { BenchMachine, BenchMachines } from '../bench/machine.ts';
import { inFreshProcess, type RowRequest } from '../bench/measure-row.ts';
import { createModelPreparer, type PreparedModel } from '../bench/prepare-model.ts';
import { runtimeSetupOf } from '../compare/measure-arms.ts';
import type { JobHandle } from '../jobs/job-service.ts';
import { readModelGraph } from '../models/model-graph.ts';
import type { ModelService } from '../models/model-service.ts';
import type { StartProfile } from './profile-service.ts';

export interface ProfileModelInput {
  readonly ref: string;
  readonly setup: StartProfile;
  readonly machine: BenchMachineRef;
  readonly job: JobHandle;
}

export interface ProfileModelParts {
  readonly dataDir: string;
  readonly models: Pick<ModelService, 'resolve'>;
  readonly machines: BenchMachines;
}

export interface ProfiledModel {
  readonly profile: Profile;
  readonly outline: readonly OutlineNode[];
}

const DEFAULT_DURATION_S = 3;
/** Of the profiled calls' duration, for the calls without the profiler; a part of that again to warm up. */
const LATENCY_SHARE = 0.4;
const WARMUP_SHARE = 0.1;
const MIN_CALLS = 5;
const SILENCE_MS = 300_000;

type Measured = Pick<Profile, 'startedAtMs' | 'fingerprint' | 'latencyMs'> & {
  raw: RawProfile;
  prepared: PreparedModel;
};

/** @throws what acquiring the machine, preparing and running the model throw */
export async function profileModel(input: ProfileModelInput, parts: ProfileModelParts): Promise<ProfiledModel> {
  const { detail, onnxPath } = await parts.models.resolve(input.ref);
  const { graph, source } = await readModelGraph(onnxPath);
  const { prepared, raw, ...measured } = await measure(input, parts);
  const { name, version, digest } = detail;
  const profile: Profile = {
    id: randomUUID(),
    model: { name, version, digest },
    machine: input.machine,
    setup: runtimeSetupOf(input.setup),
    dimensions: prepared.dimensions,
    ...measured,
    ...{ calls: raw.calls, profiledMs: raw.profiledMs, timeline: [...raw.timeline] },
    ...profileTimes(raw.kernels, source, measured.latencyMs),
  };
  const outline = graph.nodes.map(({ name: node, opType, attributes, weights }) => ({
    name: node,
    opType,
    attributes,
    weights,
  }));
  return { profile, outline };
}

async function measure(
  { ref, setup, machine: machineRef, job }: ProfileModelInput,
  parts: ProfileModelParts,
): Promise<Measured> {
  const durationMs = (setup.durationS ?? DEFAULT_DURATION_S) * 1000;
  const latencyMs = durationMs * LATENCY_SHARE;
  const totalMs = latencyMs + durationMs;
  const tell = (step: string, done = 0): void =>
    job.report({ step, done: Math.min(done, totalMs), total: totalMs, unit: 'ms' });
  const priority = setup.priority ?? (machineRef.kind === 'local' ? 'normal' : 'low');
  tell(parts.machines.isBusy(machineRef) ? 'Waiting for another benchmark to end' : 'Preparing the model');
  const machine = await parts.machines.acquire(machineRef, priority, job.signal);
  const preparer = createModelPreparer(parts.dataDir);
  try {
    tell('Preparing the model');
    const request: RowRequest = { subject: `The profile of ${ref}`, silenceMs: SILENCE_MS, signal: job.signal };
    const { dimensions = {}, isDynamic = false } = setup;
    const { detail, onnxPath } = await parts.models.resolve(ref);
    const prepared = await preparer.prepare({
      ...{ machine, detail, onnxPath, dimensions, isDynamic, request },
      setup: runtimeSetupOf(setup),
    });
    const startedAtMs = Date.now();
    tell('Measuring without the profiler');
    const plain = await measureLatency(machine, prepared, latencyMs, request);
    const { profile: raw } = await inFreshProcess(machine, (sidecar) =>
      sidecar.request(
        { kind: 'profile', spec: prepared.spec, durationMs },
        { ...request, onProgress: ({ elapsedMs }) => tell('Profiling', latencyMs + elapsedMs) },
      ),
    );
    return { ...plain, startedAtMs, raw, prepared };
  } finally {
    await preparer.close();
    await machine.close();
  }
}

/** The median of calls that nobody looks into: the profiler takes a third of the speed. */
async function measureLatency(
  machine: BenchMachine,
  { spec }: PreparedModel,
  durationMs: number,
  request: RowRequest,
): Promise<{ latencyMs: number; fingerprint: MachineFingerprint }> {
  return inFreshProcess(machine, async (sidecar) => {
    const { fingerprint } = await sidecar.request({ kind: 'machine' }, request);
    await sidecar.request({ kind: 'open', spec }, request);
    const block = (share: number) =>
      sidecar.request({ kind: 'block', durationMs: durationMs * share, minCalls: MIN_CALLS }, request);
    await block(WARMUP_SHARE);
    const { medianMs } = await block(1 - WARMUP_SHARE);
    return { latencyMs: medianMs, fingerprint };
  });
}
