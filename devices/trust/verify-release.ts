// The one door through which a bundle's metadata becomes trusted: digest, signature by a pinned key, then every layer rule.
import { type Descriptor, type Manifest, type Release, releaseId } from '../../shared/domain/release.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import { checkLayers } from './bundle-layers.ts';
import { MAX_MANIFEST_BYTES, parseManifest, sha256Digest } from './bundle-manifest.ts';
import { IN_TOTO_PAYLOAD_TYPE, verifyDsse } from './dsse.ts';
import { malformed } from './malformed.ts';
import { parseSigstoreBundle } from './sigstore-bundle.ts';
import { isAboutManifest, parseStatement } from './statement.ts';
import type { TrustedKey } from './trusted-keys.ts';

const MAX_SIGNATURE_FILES = 16;

export interface VerifyReleaseInput {
  /** Exact bytes of the OCI manifest. */
  readonly manifestBytes: Uint8Array;
  /** `sha256:<hex>` that the bundle is known by. */
  readonly manifestDigest: string;
  /** Exact bytes of the Sigstore bundles. */
  readonly signatures: readonly Uint8Array[];
  readonly trustedKeys: readonly TrustedKey[];
}

export interface VerifiedRelease {
  readonly releaseId: string;
  readonly manifestDigest: string;
  readonly manifest: Manifest;
  readonly release: Release;
  readonly releaseDescriptor: Descriptor;
  /** All blobs that a device needs, without repetitions, the release document first. */
  readonly blobs: readonly Descriptor[];
  /** See `CheckedLayers`. */
  readonly attachments: readonly Descriptor[];
  /** Ids of the trusted keys that signed it; at least one. */
  readonly signedBy: readonly string[];
}

/**
 * Verifies a bundle's manifest and everything that it fixes. The blobs themselves are verified by their digests when read.
 * @throws BUNDLE_DIGEST_MISMATCH, BUNDLE_MALFORMED, BUNDLE_SIGNATURE_INVALID, BUNDLE_KEY_UNTRUSTED
 */
export function verifyRelease(input: VerifyReleaseInput): VerifiedRelease {
  const { manifestBytes, manifestDigest } = input;
  if (manifestBytes.byteLength > MAX_MANIFEST_BYTES) throw malformed('the manifest is too large');
  if (sha256Digest(manifestBytes) !== manifestDigest) {
    throw new AppError(
      'BUNDLE_DIGEST_MISMATCH',
      `The bundle's manifest does not have the digest ${manifestDigest}: it was changed or damaged; export it again.`,
      { details: { expected: manifestDigest, actual: sha256Digest(manifestBytes) } },
    );
  }
  const signedBy = verifySignatures(input);
  const manifest = parseManifest(manifestBytes);
  const layers = checkLayers(manifest);
  const { name, version } = layers.release;
  return { ...layers, manifest, manifestDigest, signedBy, releaseId: releaseId(name, version, manifestDigest) };
}

function verifySignatures({ manifestDigest, signatures, trustedKeys }: VerifyReleaseInput): string[] {
  if (signatures.length === 0) throw signatureInvalid('the bundle is not signed', manifestDigest);
  if (signatures.length > MAX_SIGNATURE_FILES) throw malformed(`it has more than ${MAX_SIGNATURE_FILES} signatures`);
  const signedBy = new Set<string>();
  const claimed = new Set<string>();
  let aboutOther = false;
  for (const bytes of signatures) {
    const { keyHint, envelope } = parseSigstoreBundle(bytes);
    for (const id of [keyHint, ...envelope.signatures.map((entry) => entry.keyId)]) if (id !== null) claimed.add(id);
    const keyIds = envelope.payloadType === IN_TOTO_PAYLOAD_TYPE ? verifyDsse(envelope, trustedKeys) : [];
    if (keyIds.length === 0) continue;
    if (isAboutManifest(parseStatement(envelope.payload), manifestDigest)) {
      for (const keyId of keyIds) signedBy.add(keyId);
    } else {
      aboutOther = true;
    }
  }
  if (signedBy.size > 0) return [...signedBy];
  if (aboutOther) throw signatureInvalid('the signature belongs to another bundle', manifestDigest);
  if (trustedKeys.some((key) => claimed.has(key.keyId))) {
    throw signatureInvalid('the signature does not fit the bundle', manifestDigest);
  }
  throw new AppError('BUNDLE_KEY_UNTRUSTED', untrustedMessage(trustedKeys), {
    details: { manifestDigest, signedWith: [...claimed], trusted: trustedKeys.map((key) => key.keyId) },
  });
}

function untrustedMessage(trustedKeys: readonly TrustedKey[]): string {
  return trustedKeys.length === 0
    ? 'No signing key is trusted here yet; set the device up again so that it learns your key.'
    : 'The bundle is signed with a key that is not trusted here; sign it with a trusted key, or set the device up with the new one.';
}

function signatureInvalid(reason: string, manifestDigest: string): AppError {
  return new AppError('BUNDLE_SIGNATURE_INVALID', `The bundle is refused: ${reason}. Create or export it again.`, {
    details: { manifestDigest },
  });
}
