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
