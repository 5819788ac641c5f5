// Back to the release before: the route first, then the link, then the mark on the candidate. No step of it may stop the others.
import { type AppError, toAppError } from '../../../shared/errors/app-error.ts';
import type { ModelWorker } from '../inference/inference-host.ts';
import type { EngineCore } from './engine-core.ts';
import { readInstalled } from './installed.ts';
import type { EmitTransactionEvent } from './operation.ts';
import type { BadMark, RecordBody } from './records.ts';
import { pointCurrent } from './switcher.ts';

/** Starts of the old release that are tried before the device gives up and serves nothing. */
const ROUNDS = 2;

/** Ends the open transaction on the release before it. Does not throw: what cannot be written is reported and found at the next start. */
export async function rollBack(
  core: EngineCore,
  error: AppError,
  bad: BadMark | null,
  emit: EmitTransactionEvent | null,
): Promise<void> {
  const { layout, fs, inference, clock } = core.parts;
  const { from } = core.transaction;
  core.enter('rolling-back', emit, error.message);
  await record(core, { type: 'rollback-intent', error: error.toWire() });
  const { worker, fault } = await oldWorker(core);
  const candidate = inference.route(worker);
  core.old = null;
  core.serveFault = fault;
  await core.attempt(() => pointCurrent(layout, fs, from?.releaseId ?? null));
  if (candidate !== worker) await core.attempt(async () => candidate?.stop());
  await core.attempt(() => core.stopWarm());
  await record(core, { type: 'rollback-done', timeMs: clock.nowMs(), bad, safeReason: fault });
  await core.settle();
}

/** The worker to go back to, still running or started anew; `fault` says why there is none although there should be. */
async function oldWorker(core: EngineCore): Promise<{ worker: ModelWorker | null; fault: string | null }> {
  const { from } = core.transaction;
  if (from === null) return { worker: null, fault: null };
  if (core.isAlive(core.old)) return { worker: core.old, fault: null };
  let fault = '';
  for (let round = 1; round <= ROUNDS; round++) {
    try {
      const installed = await readInstalled(core.parts.layout, from.releaseId, from.manifestDigest);
      return { worker: core.watch(await core.parts.inference.startWorker(installed)), fault: null };
    } catch (thrown) {
      fault = toAppError(thrown).message;
      core.warn(thrown);
    }
  }
  return { worker: null, fault };
}

async function record(core: EngineCore, body: RecordBody): Promise<void> {
  if (!(await core.attempt(() => core.append(body)))) core.applyUnrecorded(body);
}
