// Writes a stream to a new file and makes sure that it is the content with the digest that was promised.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { AppError } from '../../../shared/errors/app-error.ts';
import { fileError } from '../blob-store.ts';
import type { BlobRef } from './blob-download.ts';

/** @throws BUNDLE_DIGEST_MISMATCH, LOCAL_DISK_FULL, FILE_UNREADABLE, and what the stream throws */
export async function writeChecked(path: string, chunks: AsyncIterable<Uint8Array>, blob: BlobRef): Promise<void> {
  const hash = createHash('sha256');
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const chunk of chunks) {
        hash.update(chunk);
        await file.writeFile(chunk);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError(error, path);
  }
  const actual = `sha256:${hash.digest('hex')}`;
  if (actual === blob.digest) return;
  throw new AppError(
    'BUNDLE_DIGEST_MISMATCH',
    `A part is damaged: its content does not match its digest ${blob.digest}; pull it again.`,
    { details: { expected: blob.digest, actual } },
  );
}
