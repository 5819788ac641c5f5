// The operator's way back: the previous release becomes the candidate of a transaction of its own, judged but without probation.
import { AppError, cancelled, toAppError } from '../../../shared/errors/app-error.ts';
import type { ModelWorker } from '../inference/inference-host.ts';
import { passProbation, switchTo } from './activate.ts';
import { busy, endStale } from './begin.ts';
import { type EngineCore, nameOf } from './engine-core.ts';
import { judgeOutputs } from './gate.ts';
import { readInstalled } from './installed.ts';
import type { EmitTransactionEvent, Operation } from './operation.ts';

type Work = (emit: EmitTransactionEvent, signal: AbortSignal) => Promise<void>;

/**
 * Starts the return. During a probation that is its end; else the previous release is started beside the one that serves,
 * its golden cases are run, and the switch is made.
 * @throws NOT_FOUND, DEVICE_BUSY, DEVICE_DISK_FULL, DEVICE_READ_ONLY
 */
export async function returnToPrevious(
  core: EngineCore,
  txn: string,
  start: (work: Work) => Operation,
): Promise<Operation> {
  if (core.store === null) throw core.blocked ?? new Error('The engine has not recovered yet.');
  const { transaction } = core.state;
  const { operation } = core;
  if (transaction?.phase === 'probation' && operation !== null) {
    return start(async (emit) => {
      operation.cancel();
      await operation.finished.catch(() => undefined);
      const { committed, lastOutcome } = core.state;
      if (lastOutcome?.txn === transaction.txn && lastOutcome.result === 'committed') {
        throw new AppError(
          'DEVICE_BUSY',
          'The rollout was committed at this very moment; roll back again to return from it.',
          { retryable: true },
        );
      }
      emit({ type: 'done', result: 'rolled-back', releaseId: committed?.releaseId ?? '' });
    });
  }
  if (transaction !== null) {
    if (operation !== null || core.isLeaseFresh) throw busy(core);
    await endStale(core);
  }
  const { previous } = core.state;
  if (previous === null) {
    throw new AppError('NOT_FOUND', 'This device has no previous release to return to; deploy the one that you want.');
  }
  core.enter('preflight', null);
  try {
    await core.parts.makeWay();
  } catch (error) {
    core.enter(null, null);
    throw error;
  }
  return start((emit, signal) => work(core, txn, emit, signal));
}

async function work(core: EngineCore, txn: string, emit: EmitTransactionEvent, signal: AbortSignal): Promise<void> {
  const { layout, inference } = core.parts;
  const { previous } = core.state;
  if (previous === null) throw new Error('The previous release is gone.');
  let started: ModelWorker | null = null;
  let worker: ModelWorker;
  try {
    const installed = await readInstalled(layout, previous.releaseId, previous.manifestDigest);
    core.enter('warming', emit, `returning to ${nameOf(previous)}`);
    worker = core.watch(await inference.startWorker(installed));
    started = worker;
    const report = await worker.runGolden();
    emit({ type: 'golden', report });
    judgeOutputs(installed.release, report);
    if (signal.aborted) throw cancelled('The return to the previous release');
    await core.append({ type: 'begin', txn, holder: 'operator', kind: 'rollback', candidate: previous });
    core.warm = worker;
    await switchTo(core, worker, installed.release.probation.tries, emit);
  } catch (thrown) {
    core.enter(null, null);
    await core.attempt(async () => started?.stop());
    const error = toAppError(thrown);
    if (core.state.transaction?.txn === txn && !core.isClosing)
      await core.attempt(() => core.end('failed', error, null));
    throw error;
  }
  await passProbation(core, worker, emit, signal);
  emit({ type: 'done', result: 'rolled-back', releaseId: previous.releaseId });
}
