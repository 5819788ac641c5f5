// From received to armed: verify every object, put the release in place, start it beside the one that serves, and judge it.
import { cancelled, toAppError } from '../../../shared/errors/app-error.ts';
import type { InstalledRelease, ModelWorker } from '../inference/inference-host.ts';
import { readBundleFiles } from './bundle-files.ts';
import type { EngineCore } from './engine-core.ts';
import { badMarkOf, judgeLatency, judgeOutputs } from './gate.ts';
import { readInstalled } from './installed.ts';
import type { EmitTransactionEvent } from './operation.ts';
import { checkRequirements } from './preflight.ts';
import { stageRelease } from './stager.ts';

/** Failures of the disk, not of the bundle: the transaction stays open and can go on. */
const DISK_FAULTS: ReadonlySet<string> = new Set(['DEVICE_DISK_FULL', 'DEVICE_READ_ONLY', 'DEVICE_COMMAND_FAILED']);
/** Failures of the way here; while objects are received, they can be sent again. */
const TRANSFER_FAULTS: ReadonlySet<string> = new Set(['TRANSFER_INTERRUPTED', 'BUNDLE_DIGEST_MISMATCH']);

function isResumable(core: EngineCore, code: string): boolean {
  return DISK_FAULTS.has(code) || (TRANSFER_FAULTS.has(code) && core.transaction.phase === 'receiving');
}

/**
 * Brings the open transaction to ARMED. A bundle that fails its checks ends the transaction; the release that serves goes on.
 * @throws GOLDEN_MISMATCH, LATENCY_BUDGET_EXCEEDED, MODEL_LOAD_FAILED, MODEL_RUN_FAILED, REQUIREMENTS_NOT_MET,
 *   TRANSFER_INTERRUPTED, BUNDLE_DIGEST_MISMATCH, DEVICE_DISK_FULL, CANCELLED
 */
export async function prepareCandidate(
  core: EngineCore,
  emit: EmitTransactionEvent,
  signal: AbortSignal,
): Promise<void> {
  try {
    const installed = await stage(core, emit, signal);
    await warmUp(core, installed, emit, signal);
    if (core.transaction.phase !== 'armed') await core.append({ type: 'armed' });
    core.enter(null, null);
    emit({ type: 'phase', phase: 'armed', detail: null });
  } catch (thrown) {
    core.enter(null, null);
    await core.stopWarm();
    const error = signal.aborted ? cancelled('The rollout on this device') : toAppError(thrown);
    if (core.isClosing) throw error;
    if (signal.aborted) await core.end('aborted', error, null);
    else if (!isResumable(core, error.code)) await core.end('failed', error, badMarkOf(error));
    throw error;
  }
}

async function stage(core: EngineCore, emit: EmitTransactionEvent, signal: AbortSignal): Promise<InstalledRelease> {
  const { layout, fs, objects } = core.parts;
  const { phase, candidate } = core.transaction;
  if (phase !== 'receiving') return await readInstalled(layout, candidate.releaseId, candidate.manifestDigest);
  const { verified } = core;
  if (verified === null) throw new Error('A transaction is receiving without a bundle.');
  await objects.closeWriters();
  core.enter('receiving', emit, 'verifying');
  for (const { digest, size } of verified.blobs) {
    await objects.verify({ digest, sizeBytes: size }, signal);
    if (signal.aborted) throw cancelled('The rollout on this device');
  }
  const files = await readBundleFiles(layout.incomingBundle(candidate.manifestDigest));
  const installed = await stageRelease(layout, fs, verified, files);
  await core.append({ type: 'staged' });
  emit({ type: 'phase', phase: 'staged', detail: null });
  return installed;
}

/** Starts the candidate beside what serves and runs its golden cases; afterwards it waits, warm. */
export async function warmUp(
  core: EngineCore,
  installed: InstalledRelease,
  emit: EmitTransactionEvent,
  signal: AbortSignal,
): Promise<ModelWorker> {
  if (core.isAlive(core.warm)) return core.warm;
  core.enter('warming', emit);
  await checkRequirements(installed.release, core.parts.facts);
  const worker = core.watch(await core.parts.inference.startWorker(installed));
  core.warm = worker;
  // Ending the worker is what ends a golden run that takes long.
  const stop = (): void => void worker.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) throw cancelled('The rollout on this device');
    const report = await worker.runGolden();
    emit({ type: 'golden', report });
    judgeOutputs(installed.release, report);
    judgeLatency(installed.release, report);
    return worker;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
