// Re-reads a stored bundle as if it had just arrived: every blob by its digest, every signature by the keys trusted here.
import { parseSigstoreBundle } from '../../../devices/trust/sigstore-bundle.ts';
import { RELEASE_PREDICATE_TYPE } from '../../../devices/trust/statement.ts';
import type { VerifyReleaseInput } from '../../../devices/trust/verify-release.ts';
import type { BundleDetail, VerifyReport } from '../../../shared/contract/bundles.ts';
import { cancelled } from '../../../shared/errors/app-error.ts';
import type { BlobStore } from '../blob-store.ts';
import type { KeyService } from '../keys/key-service.ts';
import { blobDamaged, explainUntrusted } from './bundle-errors.ts';
import type { BundleKeeper } from './bundle-keeper.ts';
import { signedPredicate, verifyBundle } from './model-signature.ts';

export interface VerifyParts {
  readonly blobs: BlobStore;
  readonly keeper: BundleKeeper;
  readonly keys: KeyService;
}

/**
 * Of the signatures of a bundle at least one is by a trusted key; further ones that cannot be checked here are reported with
 * `isTrusted: false` and the key id that they claim.
 * @throws BUNDLE_DIGEST_MISMATCH, BUNDLE_MALFORMED, BUNDLE_SIGNATURE_INVALID, BUNDLE_KEY_UNTRUSTED, CANCELLED
 */
export async function verifyStoredBundle(
  detail: BundleDetail,
  { blobs, keeper, keys }: VerifyParts,
  signal: AbortSignal | undefined,
): Promise<VerifyReport> {
  let bytesChecked = 0;
  for (const blob of detail.blobs) {
    if (signal?.aborted) throw cancelled('Verifying the bundle');
    const found = await blobs.verify(blob.digest);
    if (found?.isIntact !== true || found.sizeBytes !== blob.sizeBytes) throw blobDamaged(blob.digest);
    bytesChecked += found.sizeBytes;
  }
  // Not signed either way, but everything else about the layout must still hold.
  await keeper.layout(detail);
  const { manifestBytes, signatures } = await keeper.read(detail);
  const trustedKeys = keys.trustedKeys();
  const names = new Map(trustedKeys.map((key) => [key.keyId, key.name]));
  const trusted = trustedSigners({ manifestBytes, manifestDigest: detail.digest, signatures, trustedKeys }, keys);
  const claimed = signatures
    .filter((bytes) => signedPredicate(bytes) === RELEASE_PREDICATE_TYPE)
    .map((bytes) => parseSigstoreBundle(bytes).keyHint ?? 'unknown');
  const keyIds = [...new Set([...trusted, ...claimed])];
  return {
    name: detail.name,
    version: detail.version,
    digest: detail.digest,
    signedBy: keyIds.map((keyId) => ({ keyId, name: names.get(keyId) ?? null, isTrusted: trusted.includes(keyId) })),
    blobsChecked: detail.blobs.length,
    bytesChecked,
  };
}

function trustedSigners(input: VerifyReleaseInput, keys: KeyService): readonly string[] {
  try {
    return verifyBundle(input).signedBy;
  } catch (error) {
    throw explainUntrusted(error, 'verify', keys.trustedDirectory);
  }
}
