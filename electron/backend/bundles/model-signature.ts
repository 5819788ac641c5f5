// A bundle's signatures by what they say: the release statement that devices go by, and the list of files for OpenSSF's verifier.

import { FILEPATH_ANNOTATION } from '../../../devices/trust/bundle-manifest.ts';
import { verifyDsse } from '../../../devices/trust/dsse.ts';
import { modelSigningHint } from '../../../devices/trust/key-id.ts';
import { parseSigstoreBundle, type SigstoreBundle } from '../../../devices/trust/sigstore-bundle.ts';
import { isAboutManifest, parseStatement, RELEASE_PREDICATE_TYPE } from '../../../devices/trust/statement.ts';
import type { TrustedKey } from '../../../devices/trust/trusted-keys.ts';
import { type VerifiedRelease, type VerifyReleaseInput, verifyRelease } from '../../../devices/trust/verify-release.ts';
import type { Manifest } from '../../../shared/domain/release.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { buildModelStatement, MODEL_PREDICATE_TYPE, readModelStatement } from './model-statement.ts';

/** What a signature's statement says it is, without checking it; the release predicate where it cannot be read. */
export function signedPredicate(signature: Uint8Array): string {
  const kind = readPredicate(signature);
  return kind === MODEL_PREDICATE_TYPE ? kind : RELEASE_PREDICATE_TYPE;
}

/** Files that the public verifier sees when a bundle is unpacked by the paths of its layers. */
export function layerFiles({ layers }: Manifest): { path: string; digest: string; sizeBytes: number }[] {
  return layers.flatMap(({ annotations, digest, size }) => {
    const path = annotations?.[FILEPATH_ANNOTATION];
    return path === undefined ? [] : [{ path, digest, sizeBytes: size }];
  });
}

/** True for a signature about this bundle: its manifest, or exactly its files. Says nothing about who made it. */
export function isAboutBundle(signature: Uint8Array, manifest: Manifest, manifestDigest: string): boolean {
  try {
    const { envelope } = parseSigstoreBundle(signature);
    const statement = parseStatement(envelope.payload);
    if (statement.predicateType === MODEL_PREDICATE_TYPE) return namesFilesOf(envelope.payload, manifest);
    return isAboutManifest(statement, manifestDigest);
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

/**
 * `verifyRelease`, and the lists of files too: each must be about this bundle's files, and one that claims a trusted key must be by it.
 * @throws BUNDLE_DIGEST_MISMATCH, BUNDLE_MALFORMED, BUNDLE_SIGNATURE_INVALID, BUNDLE_KEY_UNTRUSTED
 */
export function verifyBundle(input: VerifyReleaseInput): VerifiedRelease {
  const verified = verifyRelease(input);
  for (const bytes of input.signatures) {
    if (signedPredicate(bytes) !== MODEL_PREDICATE_TYPE) continue;
    const signature = parseSigstoreBundle(bytes);
    if (!namesFilesOf(signature.envelope.payload, verified.manifest)) {
      throw invalid('one of its signatures is for other files', input.manifestDigest);
    }
    if (claimsFalsely(signature, input.trustedKeys)) {
      throw invalid('one of its signatures does not fit the bundle', input.manifestDigest);
    }
  }
  return verified;
}

function readPredicate(signature: Uint8Array): string | null {
  try {
    return parseStatement(parseSigstoreBundle(signature).envelope.payload).predicateType;
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

function namesFilesOf(payload: Uint8Array, manifest: Manifest): boolean {
  const listed = readModelStatement(payload).files;
  if (listed.some((file) => file.algorithm !== 'sha256')) return false;
  const files = listed.map(({ path, digestHex }) => ({ path, digest: `sha256:${digestHex}` }));
  // One form of both lists, so that the order does not matter.
  return Buffer.compare(buildModelStatement('', files), buildModelStatement('', layerFiles(manifest))) === 0;
}

function claimsFalsely({ keyHint, envelope }: SigstoreBundle, trustedKeys: readonly TrustedKey[]): boolean {
  const claimed = trustedKeys.find((key) => modelSigningHint(key.publicKey) === keyHint);
  return claimed !== undefined && verifyDsse(envelope, [claimed]).length === 0;
}

function invalid(reason: string, manifestDigest: string): AppError {
  return new AppError('BUNDLE_SIGNATURE_INVALID', `The bundle is refused: ${reason}. Create or export it again.`, {
    details: { manifestDigest },
  });
}
