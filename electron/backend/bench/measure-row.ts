// Measures one row on a machine that is held: sizes fixed, the machine looked at, one run in a fresh process, and who ran which node in another.
import type { RunnerProgress } from '../../../devices/runtime/runner/runner-protocol.ts';
import type { BenchRow } from '../../../shared/contract/bench.ts';
import type { BenchOptions, RuntimeSetup } from '../../../shared/contract/bench-options.ts';
import type { BenchResult } from '../../../shared/contract/bench-result.ts';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { REQUIRED_SAMPLES } from '../../../shared/domain/statistics-order.ts';
import type { MeasuredRun } from './bench-result-of.ts';
import type { BenchMachine, RequestOptions, Sidecar } from './machine.ts';
import { hasBatchDimension, type ModelPreparer, type PreparedModel } from './prepare-model.ts';

/** A run goes on until it can state the 95th percentile of independent samples. */
const MIN_SAMPLES = REQUIRED_SAMPLES[95] ?? 0;
/** The run may take so many times its duration to become steady. */
const PATIENCE = 3;
const IDLE_MS = { shortest: 100, longest: 1000 };
/** A few calls suffice to see which provider runs which node. */
const PLACEMENT_MS = 50;

export interface RowWork {
  readonly row: BenchRow;
  readonly detail: ModelDetail;
  readonly onnxPath: string;
  readonly machine: BenchMachine;
  readonly preparer: ModelPreparer;
  readonly request: RowRequest;
  readonly onSamples: NonNullable<RequestOptions['onSamples']>;
  readonly onStep: (step: RowStep, elapsedMs: number) => void;
}

export type RowRequest = Pick<RequestOptions, 'subject' | 'silenceMs'> & { readonly signal: AbortSignal };
export type RowStep = RunnerProgress['step'] | 'preparing' | 'sending' | 'idling' | 'placing' | 'floor';

export type MeasuredRow = Pick<MeasuredRun, 'prepared' | 'report' | 'placement' | 'startedAtMs' | 'finishedAtMs'> & {
  readonly noise: Omit<MeasuredRun['noise'], 'floor'>;
};

/** @throws whatever the model or the machine throws */
export async function measureRow(work: RowWork): Promise<MeasuredRow> {
  const { row, machine, request } = work;
  const { options } = row;
  const beganMs = performance.now();
  const tell = (step: RowStep): void => work.onStep(step, performance.now() - beganMs);
  tell('preparing');
  const prepared = await work.preparer.prepare({
    ...{ machine, detail: work.detail, onnxPath: work.onnxPath, request },
    onSent: () => tell('sending'),
    ...{ setup: setupOf(options, work.detail), dimensions: options.dimensions, isDynamic: options.isDynamic },
  });
  const startedAtMs = Date.now();
  const servedBefore = await machine.servedRequests();
  const { busy, report } = await inFreshProcess(machine, async (sidecar) => {
    tell('idling');
    const idle = await sidecar.request({ kind: 'idle', durationMs: idleMs(options) }, request);
    const minDurationMs = options.durationS * 1000;
    const benched = await sidecar.request(
      {
        kind: 'bench',
        spec: prepared.spec,
        scenario: options.scenario,
        minDurationMs,
        minSamples: MIN_SAMPLES,
        maxDurationMs: options.isSustained ? minDurationMs : PATIENCE * minDurationMs,
        isSustained: options.isSustained,
      },
      { ...request, onProgress: ({ step }) => tell(step), onSamples: work.onSamples },
    );
    return { busy: idle.busy, report: benched.report };
  });
  const servedAfter = await machine.servedRequests();
  const finishedAtMs = Date.now();
  tell('placing');
  const placement = await placementOf(machine, prepared, request);
  const servedRequests = servedBefore === null || servedAfter === null ? null : servedAfter - servedBefore;
  return { prepared, report, placement, startedAtMs, finishedAtMs, noise: { busyBefore: busy, servedRequests } };
}

/** A query of several samples is one call where the model takes a batch of them. */
function setupOf({ threads, batch, provider, level, scenario }: BenchOptions, detail: ModelDetail): RuntimeSetup {
  const isOneCall = scenario.kind === 'multi-stream' && batch === 1 && hasBatchDimension(detail);
  return { threads, batch: isOneCall ? scenario.samplesPerQuery : batch, provider, level };
}

/** What a row is expected to take, without the noise floor. */
export function plannedMs(options: BenchOptions): number {
  return options.durationS * 1000 + idleMs(options) + PROCESSES_MS;
}

/** Starting three processes and loading the model in each. */
const PROCESSES_MS = 1500;

function idleMs({ durationS }: BenchOptions): number {
  return Math.min(IDLE_MS.longest, Math.max(IDLE_MS.shortest, durationS * 100));
}

async function placementOf(
  machine: BenchMachine,
  { spec }: PreparedModel,
  request: RowRequest,
): Promise<BenchResult['placement']> {
  const { profile } = await inFreshProcess(machine, (sidecar) =>
    sidecar.request({ kind: 'profile', spec, durationMs: PLACEMENT_MS }, request),
  );
  const nodes = new Map<string, string[]>();
  for (const { provider, name } of profile.kernels) nodes.set(provider, [...(nodes.get(provider) ?? []), name]);
  return [...nodes].map(([provider, names]) => ({ provider, nodes: names }));
}

/** A process of its own for some requests; it is gone afterwards. */
export async function inFreshProcess<T>(machine: BenchMachine, work: (sidecar: Sidecar) => Promise<T>): Promise<T> {
  const sidecar = machine.launch();
  try {
    return await work(sidecar);
  } finally {
    await sidecar.close();
  }
}
