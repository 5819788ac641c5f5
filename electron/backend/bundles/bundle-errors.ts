// The errors of bundle archives and blobs that several files raise.
import { AppError } from '../../../shared/errors/app-error.ts';

/** BUNDLE_MALFORMED; `reason` ends without a full stop. */
export function archiveRefused(reason: string): AppError {
  return new AppError(
    'BUNDLE_MALFORMED',
    `The file is not a bundle that can be imported: ${reason}. Export it again.`,
    {
      details: { reason },
    },
  );
}

/** BUNDLE_DIGEST_MISMATCH for a blob in this computer's own store. */
export function blobDamaged(digest: string, cause?: unknown): AppError {
  return new AppError(
    'BUNDLE_DIGEST_MISMATCH',
    `A part of the bundle (${digest}) is damaged or missing on this computer; remove the bundle, and create or import it again.`,
    { details: { digest }, cause },
  );
}

/** Gives a BUNDLE_KEY_UNTRUSTED the key's id and what to do on this computer; anything else is returned as it is. */
export function explainUntrusted(
  error: unknown,
  doing: 'import' | 'pull' | 'verify' | 'deploy',
  trustedDirectory: string,
): unknown {
  if (!(error instanceof AppError) || error.code !== 'BUNDLE_KEY_UNTRUSTED') return error;
  const signedWith = error.details['signedWith'];
  const keyIds = Array.isArray(signedWith) && signedWith.length > 0 ? signedWith.join(', ') : 'unknown';
  return new AppError(
    'BUNDLE_KEY_UNTRUSTED',
    `The bundle is signed with a key that is not trusted here (key id ${keyIds}); if you trust its owner, put the owner's public key as a .pem file into ${trustedDirectory} and ${doing} it again.`,
    { details: { ...error.details, trustedDirectory }, cause: error },
  );
}
