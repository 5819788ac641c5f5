// Opens a transaction: trust, lease, requirements and space are judged before anything is written.
import type { BeginRequest, BeginResponse } from '../../../shared/agent-protocol/messages.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import { decodeBase64 } from '../../trust/malformed.ts';
import { type VerifiedRelease, verifyRelease } from '../../trust/verify-release.ts';
import { type BundleFiles, readTrustedKeys, writeBundleFiles } from './bundle-files.ts';
import { type EngineCore, nameOf } from './engine-core.ts';
import { summaryOf } from './installed.ts';
import type { BlobRef } from './object-store.ts';
import { checkRequirements, checkSpace } from './preflight.ts';

/**
 * Begins, resumes or takes over a transaction. Must not run beside another one of the engine's short steps.
 * @throws BUNDLE_*, REQUIREMENTS_NOT_MET, RELEASE_REFUSED, DEVICE_BUSY, DEVICE_DISK_FULL, DEVICE_READ_ONLY, INPUT_INVALID
 */
export async function beginTransaction(core: EngineCore, request: BeginRequest): Promise<BeginResponse> {
  if (core.store === null) throw core.blocked ?? new Error('The engine has not recovered yet.');
  const files: BundleFiles = {
    manifestBytes: decodeBase64('the manifest', request.manifestBase64),
    signatures: request.signaturesBase64.map((text) => decodeBase64('a signature', text)),
  };
  const trustedKeys = await readTrustedKeys(core.parts.layout);
  const verified = verifyRelease({ ...files, manifestDigest: request.manifestDigest, trustedKeys });
  const { committed, transaction } = core.state;
  const answer = { txn: request.txn, releaseId: verified.releaseId };

  if (transaction !== null && isOurs(core, request)) {
    if (transaction.txn !== request.txn || transaction.holder !== request.holder) {
      await core.append({ type: 'adopt', txn: request.txn, holder: request.holder });
    }
    core.renewLease();
    if (transaction.phase !== 'receiving') return { ...answer, missing: [], isCommitted: false };
    core.verified = verified;
    return { ...answer, missing: await missingObjects(core, verified), isCommitted: false };
  }
  if (committed?.manifestDigest === request.manifestDigest) return { ...answer, missing: [], isCommitted: true };
  if (transaction !== null) await endStale(core);
  refuseBad(core, verified);

  core.enter('preflight', null);
  try {
    await core.parts.makeWay();
    await checkRequirements(verified.release, core.parts.facts);
    // Parts of a transaction that nobody will finish count as free, if they belong to this bundle they are used.
    await core.parts.objects.dropParts(new Set(verified.blobs.map((blob) => blob.digest)));
    const missing = await missingObjects(core, verified);
    const neededBytes = missing.reduce((sum, blob) => sum + blob.sizeBytes - blob.offset, 0);
    checkSpace(await core.parts.facts.diskSpace(), neededBytes, missing.length + verified.blobs.length);
    await writeBundleFiles(core.parts.layout.incomingBundle(request.manifestDigest), files, core.parts.fs);
    const candidate = summaryOf(verified.release, request.manifestDigest);
    await core.append({ type: 'begin', txn: request.txn, holder: request.holder, kind: 'install', candidate });
    core.verified = verified;
    core.renewLease();
    return { ...answer, missing, isCommitted: false };
  } finally {
    core.enter(null, null);
  }
}

/** True when the request goes on with the open transaction; throws when that one must be left alone. */
function isOurs(core: EngineCore, request: BeginRequest): boolean {
  const { txn, holder, candidate, phase, kind } = core.transaction;
  const sameBundle = kind === 'install' && candidate.manifestDigest === request.manifestDigest;
  if (txn === request.txn) {
    if (sameBundle) return true;
    throw new AppError(
      'INPUT_INVALID',
      'This transaction id is already in use for another bundle; begin with a new one.',
      {
        details: { txn },
      },
    );
  }
  const isWorking =
    core.operation !== null || phase === 'switching' || phase === 'probation' || phase === 'rolling-back';
  // The same laptop that was killed and forgot its id, or another one that finds the work abandoned.
  if (sameBundle && (holder === request.holder || (!isWorking && !core.isLeaseFresh))) return true;
  if (isWorking || core.isLeaseFresh) throw busy(core);
  return false;
}

/** DEVICE_BUSY naming who holds the device, with what, and until when. */
export function busy(core: EngineCore): AppError {
  const { txn, holder, candidate } = core.transaction;
  const { clock, leaseMs } = core.parts;
  const leftMs = core.isLeaseFresh ? core.leaseUntilMs - clock.monotonicMs() : leaseMs;
  const untilMs = Math.round(clock.nowMs() + leftMs);
  return new AppError(
    'DEVICE_BUSY',
    `${holder} is deploying ${nameOf(candidate)} to this device; wait until that ends (if the laptop is gone, until ${new Date(untilMs).toISOString()}) or abort that rollout.`,
    { details: { txn, holder, releaseId: candidate.releaseId, untilMs }, retryable: true },
  );
}

/** Ends a transaction whose laptop has been silent for longer than its lease. */
export async function endStale(core: EngineCore): Promise<void> {
  const { holder, candidate } = core.transaction;
  core.parts.log.info('A transaction whose lease had run out is ended.', { holder, releaseId: candidate.releaseId });
  const error = new AppError(
    'CANCELLED',
    `The rollout of ${nameOf(candidate)} by ${holder} was given up: its laptop fell silent.`,
  );
  await core.end('aborted', error, null);
}

function refuseBad(core: EngineCore, verified: VerifiedRelease): void {
  const mark = core.state.bad[verified.manifestDigest];
  if (mark?.class !== 'deterministic') return;
  throw new AppError(
    'RELEASE_REFUSED',
    `This device has refused exactly this bundle before and would again: ${mark.message} Send a new bundle instead.`,
    { details: { releaseId: verified.releaseId, code: mark.code } },
  );
}

async function missingObjects(
  core: EngineCore,
  verified: VerifiedRelease,
): Promise<Array<BlobRef & { offset: number }>> {
  const missing: Array<BlobRef & { offset: number }> = [];
  for (const { digest, size } of verified.blobs) {
    const blob = { digest, sizeBytes: size };
    if (await core.parts.objects.has(blob)) continue;
    missing.push({ ...blob, offset: await core.parts.objects.partBytes(blob) });
  }
  return missing;
}

/** Reads the open transaction's bundle again after a restart; a bundle that no longer verifies ends the transaction. */
export async function restoreVerified(core: EngineCore, read: () => Promise<VerifiedRelease>): Promise<void> {
  try {
    core.verified = await read();
  } catch (error) {
    await core.end('failed', toAppError(error), null);
  }
}
