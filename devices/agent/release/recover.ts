// What the engine does at its start, before anything is served: read what is on disk, decide by the last record, serve (rollout.md, C.4).
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import type { InstalledRelease } from '../inference/inference-host.ts';
import { passProbation } from './activate.ts';
import { restoreVerified } from './begin.ts';
import { verifyBundleFiles } from './bundle-files.ts';
import type { EngineCore } from './engine-core.ts';
import { badMarkOf, judgeOutputs } from './gate.ts';
import { findCommitted, readInstalled, summaryOf } from './installed.ts';
import { prepareLayout } from './layout.ts';
import { startOperation } from './operation.ts';
import type { EngineState } from './records.ts';
import { rollBack } from './roll-back.ts';
import { openStateStore, readState } from './state-store.ts';
import { readCurrent } from './switcher.ts';

/** Starts of the committed release that are tried before the agent goes on without it. */
const SERVE_ROUNDS = 2;

/**
 * Recovers and serves. A disk that is full or read-only does not stop that; transactions are then refused with the reason.
 */
export async function recoverEngine(core: EngineCore): Promise<void> {
  await openForWriting(core);
  await repairCommitted(core);
  const { transaction } = core.state;
  core.renewLease();
  if (core.store === null || transaction === null) {
    await serveCommitted(core);
    if (core.store !== null) await core.settle();
    return;
  }
  core.event(
    'recovered',
    `The agent found a rollout of ${transaction.candidate.name} in the phase ${transaction.phase}.`,
    {
      txn: transaction.txn,
      phase: transaction.phase,
    },
  );
  try {
    await decide(core);
  } catch (error) {
    core.warn(error);
    if (core.parts.inference.current() === null) await serveCommitted(core);
  }
}

/**
 * Opens the state again after a disk that was full or read-only at the start may have been put right. A switch that was
 * under way then has been undone in effect, because the committed release serves; it is now undone on disk.
 */
export async function reopenForWriting(core: EngineCore): Promise<void> {
  await openForWriting(core);
  if (core.store === null) return;
  await repairCommitted(core);
  const phase = core.state.transaction?.phase;
  if (phase === 'switching' || phase === 'probation' || phase === 'rolling-back') {
    await rollBack(core, interrupted('the disk could not be written'), null, null);
  }
}

/** Opens the state for writing; where that cannot be, keeps what can be read and the reason. */
async function openForWriting(core: EngineCore): Promise<void> {
  const { layout, fs } = core.parts;
  const stored = await readState(layout);
  core.readOnlyState = stored.state;
  try {
    await fs.makeFolder(layout.root);
    await prepareLayout(layout, fs);
    for (const folder of [
      layout.root,
      layout.releases,
      layout.incoming,
      layout.state,
      layout.committed,
      layout.outcome,
    ]) {
      await fs.sweep(folder);
    }
    core.store = await openStateStore(layout, stored, fs, (error) => core.warn(error));
    core.blocked = null;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    core.blocked = error;
    core.warn(error);
  }
}

/** Makes sure that the committed release of the state is there and whole; else takes the best one that was ever committed. */
async function repairCommitted(core: EngineCore): Promise<void> {
  const { layout } = core.parts;
  const { state } = core;
  const fault =
    state.committed === null ? null : await faultOf(core, state.committed.releaseId, state.committed.manifestDigest);
  if (state.committed !== null && fault === null) return;
  if (fault !== null) core.warn(fault);
  const found = await findCommitted(layout, await readCurrent(layout), (error) => core.warn(error));
  // An engine that knows it never committed anything has no markers, so nothing is found.
  if (found === null && state.committed === null) return;
  const committed = found === null ? null : summaryOf(found.release, found.manifestDigest);
  const repaired: EngineState = {
    ...state,
    committed,
    previous: state.previous?.releaseId === committed?.releaseId ? null : state.previous,
    transaction: state.transaction === null ? null : { ...state.transaction, from: committed },
  };
  core.event('recovered', `The state of this device was rebuilt; it serves ${found?.releaseId ?? 'nothing'}.`, {
    releaseId: found?.releaseId ?? null,
  });
  if (core.store === null) core.readOnlyState = repaired;
  else await core.append({ type: 'snapshot', state: repaired });
}

async function faultOf(core: EngineCore, releaseId: string, manifestDigest: string): Promise<AppError | null> {
  try {
    await readInstalled(core.parts.layout, releaseId, manifestDigest);
    return null;
  } catch (error) {
    return toAppError(error);
  }
}

async function decide(core: EngineCore): Promise<void> {
  const { layout } = core.parts;
  const { phase, kind, candidate, error } = core.transaction;
  switch (phase) {
    case 'receiving':
      await serveCommitted(core);
      await restoreVerified(core, () =>
        verifyBundleFiles(layout, layout.incomingBundle(candidate.manifestDigest), candidate.manifestDigest),
      );
      return;
    case 'staged':
    case 'armed': {
      await serveCommitted(core);
      const fault = await faultOf(core, candidate.releaseId, candidate.manifestDigest);
      if (fault !== null) await core.end('failed', fault, null);
      else if (kind === 'rollback') await core.end('aborted', null, null);
      return;
    }
    case 'switching':
      if ((await readCurrent(layout)) === candidate.releaseId) {
        const fault = await faultOf(core, candidate.releaseId, candidate.manifestDigest);
        if (fault !== null) return await rollBack(core, fault, null, null);
        const installed = await readInstalled(layout, candidate.releaseId, candidate.manifestDigest);
        await core.append({ type: 'switched', triesLeft: installed.release.probation.tries });
      } else {
        await core.append({ type: 'armed' });
      }
      return await decide(core);
    case 'probation':
      return await resumeProbation(core);
    case 'rolling-back': {
      const reason = error === null ? interrupted('it was being rolled back') : toAppError(error);
      return await rollBack(core, reason, badMarkOf(reason), null);
    }
  }
}

/** Counts the try before the start, so that a candidate that takes the machine down with it cannot do so for ever. */
async function resumeProbation(core: EngineCore): Promise<void> {
  const { layout, inference } = core.parts;
  const { txn, candidate, triesLeft, goodMs } = core.transaction;
  try {
    if ((await readCurrent(layout)) !== candidate.releaseId) throw interrupted('its rollback had begun');
    if (triesLeft <= 0) throw interrupted('its tries are used up');
    await core.append({ type: 'probation', triesLeft: triesLeft - 1, goodMs });
    const installed = await readInstalled(layout, candidate.releaseId, candidate.manifestDigest);
    const worker = core.watch(await inference.startWorker(installed));
    try {
      judgeOutputs(installed.release, await worker.runGolden());
    } catch (error) {
      await core.attempt(() => worker.stop());
      throw error;
    }
    inference.route(worker);
    const operation = startOperation(
      'activate',
      txn,
      async (emit, signal) => {
        await passProbation(core, worker, emit, signal);
        emit({ type: 'done', result: 'committed', releaseId: candidate.releaseId });
      },
      (error) => core.warn(error),
    );
    core.operation = operation;
    void operation.finished
      .catch((error: unknown) => core.warn(error))
      .finally(() => {
        if (core.operation === operation) core.operation = null;
      });
  } catch (thrown) {
    const error = toAppError(thrown);
    await rollBack(core, error, badMarkOf(error), null);
  }
}

function interrupted(reason: string): AppError {
  return new AppError(
    'PROBATION_FAILED',
    `The agent restarted during the probation, and ${reason}; the device went back.`,
  );
}

/** Starts and routes the committed release; where it will not start, the agent stays up for the next transaction. */
async function serveCommitted(core: EngineCore): Promise<void> {
  const { committed } = core.state;
  if (committed === null) return;
  for (let round = 1; round <= SERVE_ROUNDS; round++) {
    try {
      const installed: InstalledRelease = await readInstalled(
        core.parts.layout,
        committed.releaseId,
        committed.manifestDigest,
      );
      core.parts.inference.route(core.watch(await core.parts.inference.startWorker(installed)));
      core.serveFault = null;
      return;
    } catch (error) {
      core.serveFault = toAppError(error).message;
      core.warn(error);
    }
  }
}
