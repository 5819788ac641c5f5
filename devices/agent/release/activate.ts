// From armed to committed, or back: the switch, the probation, and the commit record that is the point of no return.
import { AppError, cancelled, toAppError } from '../../../shared/errors/app-error.ts';
import type { ModelWorker } from '../inference/inference-host.ts';
import type { EngineCore } from './engine-core.ts';
import { badMarkOf } from './gate.ts';
import { readInstalled } from './installed.ts';
import type { EmitTransactionEvent } from './operation.ts';
import { warmUp } from './prepare.ts';
import { runProbation } from './probation.ts';
import { rollBack } from './roll-back.ts';
import { pointCurrent } from './switcher.ts';

/**
 * Switches to the armed candidate and sees it through its probation. When this throws, the release before serves again.
 * @throws PROBATION_FAILED, GOLDEN_MISMATCH, CANCELLED, DEVICE_DISK_FULL, DEVICE_READ_ONLY and what warming up throws
 */
export async function activateCandidate(
  core: EngineCore,
  emit: EmitTransactionEvent,
  signal: AbortSignal,
): Promise<void> {
  const { candidate } = core.transaction;
  const worker = await warmAgain(core, signal, async () => {
    const installed = await readInstalled(core.parts.layout, candidate.releaseId, candidate.manifestDigest);
    return await warmUp(core, installed, emit, signal);
  });
  if (signal.aborted) throw cancelled('The rollout on this device');
  await switchTo(core, worker, worker.installed.release.probation.tries - 1, emit);
  await passProbation(core, worker, emit, signal);
}

/** Moves `current` and the route to the candidate; on failure both stay, and the candidate is armed as before. */
export async function switchTo(
  core: EngineCore,
  worker: ModelWorker,
  triesLeft: number,
  emit: EmitTransactionEvent,
): Promise<void> {
  const { layout, fs, inference } = core.parts;
  const { candidate, from } = core.transaction;
  core.enter(null, null);
  await core.append({ type: 'intent' });
  emit({ type: 'phase', phase: 'switching', detail: null });
  try {
    await pointCurrent(layout, fs, candidate.releaseId);
    await core.append({ type: 'switched', triesLeft });
  } catch (error) {
    await core.attempt(() => pointCurrent(layout, fs, from?.releaseId ?? null));
    // The journal says INTENT; with `current` back at the old release the next start reads that as ARMED too.
    core.applyUnrecorded({ type: 'armed' });
    throw error;
  }
  core.old = inference.route(worker);
  core.warm = null;
  core.serveFault = null;
}

/** Watches the switched candidate and commits it, or goes back. Also what an agent does that restarted in between. */
export async function passProbation(
  core: EngineCore,
  worker: ModelWorker,
  emit: EmitTransactionEvent,
  signal: AbortSignal,
): Promise<void> {
  const { inference, clock } = core.parts;
  const { triesLeft, goodMs, kind } = core.transaction;
  try {
    if (kind === 'install') {
      core.enter('probation', emit);
      await runProbation({
        release: worker.installed.release,
        worker,
        triesLeft,
        goodMs,
        inference,
        clock,
        signal,
        emit,
        record: (tries, good) => core.append({ type: 'probation', triesLeft: tries, goodMs: good }),
      });
    }
    core.enter('committing', emit);
    await core.append({ type: 'commit', timeMs: clock.nowMs() });
  } catch (thrown) {
    const error = toAppError(thrown);
    if (core.isClosing) throw error;
    await rollBack(core, error, badMarkOf(error), emit);
    throw error;
  }
  await finishCommit(core);
}

/** Everything after the point of no return: none of it can undo the commit. */
async function finishCommit(core: EngineCore): Promise<void> {
  const { old } = core;
  core.old = null;
  await core.attempt(async () => old?.stop());
  await core.settle();
}

/** An armed candidate that no longer passes its checks ends the transaction as it would have in `prepare`. */
async function warmAgain(
  core: EngineCore,
  signal: AbortSignal,
  warm: () => Promise<ModelWorker>,
): Promise<ModelWorker> {
  try {
    return await warm();
  } catch (thrown) {
    core.enter(null, null);
    if (signal.aborted) throw cancelled('The rollout on this device');
    const error = toAppError(thrown);
    await core.end('failed', error, badMarkOf(error));
    throw error;
  }
}

/** The answer for a transaction that is over. @throws what it ended with */
export function throwOutcome(core: EngineCore, txn: string): never {
  const { lastOutcome } = core.state;
  if (lastOutcome?.txn === txn && lastOutcome.error !== null) throw toAppError(lastOutcome.error);
  throw new AppError('NOT_FOUND', 'This device knows no such open transaction; begin a new one.', { details: { txn } });
}
