// Works through the rows of a run: machines beside each other, on each one row after the other; what a row could not do stands in the row.
import { randomUUID } from 'node:crypto';
import type { BenchRow } from '../../../shared/contract/bench.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { type AppError, cancelled, toAppError } from '../../../shared/errors/app-error.ts';
import type { JobHandle } from '../jobs/job-service.ts';
import type { ModelService } from '../models/model-service.ts';
import type { Logger } from '../ports.ts';
import { benchResultOf } from './bench-result-of.ts';
import type { BenchStore } from './bench-store.ts';
import type { BenchMachines } from './machine.ts';
import { createMachineSession, type MachineSession } from './machine-session.ts';
import { measureRow, plannedMs, type RowRequest, type RowStep } from './measure-row.ts';
import { noiseFloorMs } from './noise-floor.ts';
import { createModelPreparer, type ModelPreparer } from './prepare-model.ts';
import { rowSummary } from './row-summary.ts';
import { createRunProgress, type RunProgress, rowTitle } from './run-progress.ts';
import type { RunSettings } from './run-store.ts';

export interface RunRowsParts {
  readonly dataDir: string;
  readonly store: BenchStore;
  readonly models: Pick<ModelService, 'resolve'>;
  readonly machines: BenchMachines;
  readonly log: Logger;
}

export interface RunRowsInput {
  readonly runId: string;
  /** Of the whole run; only those that wait are worked on. */
  readonly rows: readonly BenchRow[];
  readonly settings: RunSettings;
  readonly job: JobHandle;
  readonly saveRow: (row: BenchRow) => void;
}

/** @throws CANCELLED; a row that was under way then is as if it had never begun. */
export async function runRows(input: RunRowsInput, parts: RunRowsParts): Promise<void> {
  const { rows, settings, job } = input;
  const waiting = rows.filter(({ state }) => state === 'waiting');
  const preparer = createModelPreparer(parts.dataDir);
  const progress = createRunProgress(waiting, planner(settings), (now) => job.report(now));
  try {
    const groups = Map.groupBy(waiting, ({ machine }) => JSON.stringify(machine));
    const ends = await Promise.allSettled(
      [...groups.values()].map((group) => workThrough(group, input, parts, preparer, progress)),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } finally {
    await preparer.close();
  }
}

/** A row's time, with that of the noise floor in the first row of each model and machine. */
function planner({ hasNoiseFloor }: RunSettings): (row: BenchRow) => number {
  const seen = new Set<string>();
  return (row) => {
    const key = JSON.stringify([row.model, row.machine]);
    const isFirst = hasNoiseFloor && !seen.has(key);
    seen.add(key);
    return plannedMs(row.options) + (isFirst ? noiseFloorMs(row.options.durationS) : 0);
  };
}

/** The rows of one machine. */
async function workThrough(
  rows: readonly BenchRow[],
  input: RunRowsInput,
  parts: RunRowsParts,
  preparer: ModelPreparer,
  progress: RunProgress,
): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const { job, saveRow } = input;
  const session = createMachineSession(parts.machines, first.machine, first.options.priority, parts.log);
  const lost: { reason: AppError | null } = { reason: null };

  async function acquire({ machine }: BenchRow): Promise<void> {
    if (session.isHeld()) return;
    if (parts.machines.isBusy(machine)) progress.waiting('Waiting for another benchmark to end');
    try {
      await session.machine(job.signal);
    } catch (thrown) {
      lost.reason = toAppError(thrown);
      throw thrown;
    }
  }

  try {
    for (const row of rows) {
      if (job.signal.aborted) throw cancelled('The benchmark');
      try {
        // Nobody asks a machine again and again that does not answer.
        if (lost.reason) throw lost.reason;
        await acquire(row);
        await workOn(row, session, input, parts, preparer, progress);
      } catch (thrown) {
        const error = toAppError(thrown);
        if (error.code === 'CANCELLED') throw error;
        if (error.code === 'INTERNAL') parts.log.error({ err: thrown, row }, 'a benchmark failed by a fault of ours');
        saveRow({ ...row, state: 'failed', error: error.toWire() });
        await session.afterFailure(error);
      }
      progress.ended(row);
    }
  } finally {
    await session.close();
  }
}

async function workOn(
  row: BenchRow,
  session: MachineSession,
  { runId, rows, settings, job, saveRow }: RunRowsInput,
  { store, models }: RunRowsParts,
  preparer: ModelPreparer,
  progress: RunProgress,
): Promise<void> {
  const { signal } = job;
  const { detail, onnxPath } = await models.resolve(formatRef(row.model));
  const machine = await session.machine(signal);
  saveRow({ ...row, state: 'running' });
  const place = machine.ref.kind === 'device' ? ` on ${machine.ref.name}` : '';
  const subject = `The benchmark of ${formatRef(detail)}${place}`;
  const request: RowRequest = { subject, silenceMs: settings.callTimeoutMs, signal };
  const title = rows.length > 1 ? rowTitle(row, rows.length) : '';
  const onStep = (step: RowStep, elapsedMs: number): void =>
    progress.tell(row, title === '' ? STEPS[step] : title, elapsedMs);
  const beganMs = performance.now();
  const id = randomUUID();
  const draft = await store.makeDraft(id);
  try {
    const fingerprint = await session.fingerprint(request);
    const measured = await measureRow({
      ...{ row, detail, onnxPath, machine, preparer, request, onStep },
      onSamples: draft.append,
    });
    const onFloor = (): void => onStep('floor', performance.now() - beganMs);
    const floor = settings.hasNoiseFloor ? await session.noiseFloor(row, measured.prepared, request, onFloor) : null;
    const result = benchResultOf({
      ...measured,
      ...{ id, runId, detail, fingerprint, machine: machine.ref, options: row.options },
      noise: { ...measured.noise, floor },
    });
    await store.keep(result, draft, () =>
      saveRow({ ...row, state: 'done', resultId: id, summary: rowSummary(result) }),
    );
  } finally {
    await draft.drop();
  }
}

const STEPS: Readonly<Record<RowStep, string>> = {
  preparing: 'Preparing the model',
  sending: 'Sending the model',
  idling: 'Looking how busy the machine is',
  loading: 'Loading the model',
  measuring: 'Measuring',
  extending: 'Measuring on until the latency is steady',
  searching: 'Looking for the highest rate',
  profiling: 'Looking which provider runs which node',
  evaluating: 'Evaluating',
  placing: 'Looking which provider runs which node',
  floor: 'Measuring the noise of the machine',
};
