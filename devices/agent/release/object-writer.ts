// One upload into a part file: bounded by the manifest's length, hashed as it arrives, and synced every few megabytes.
import type { Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../../shared/errors/app-error.ts';
import { type DurableFs, writeAll } from './fs-durable.ts';
import type { BlobRef, ObjectWriter } from './object-store.ts';

const SYNC_EVERY_BYTES = 8 * 1024 * 1024;

/** How far a part has come: its length and the running hash over it. */
export interface PartHash {
  readonly hash: Hash;
  readonly bytes: number;
}

export interface ObjectWriterInput {
  readonly blob: BlobRef;
  readonly file: FileHandle;
  readonly fs: DurableFs;
  readonly part: PartHash;
  /** Called once at the end; null when the part is no longer there or not known to be good. */
  onEnd(part: PartHash | null): void;
  /** Makes the part the object. */
  keep(): Promise<void>;
  /** Removes the part. */
  drop(): Promise<unknown>;
}

export function createObjectWriter(input: ObjectWriterInput): ObjectWriter {
  const { blob, file, fs } = input;
  const { hash } = input.part;
  let bytes = input.part.bytes;
  let syncedBytes = bytes;
  let syncing: Promise<unknown> = Promise.resolve();
  let ended = false;

  async function end(part: PartHash | null): Promise<void> {
    ended = true;
    input.onEnd(part);
    await syncing.catch(() => undefined);
    await file.close();
  }

  async function refuse(message: string): Promise<AppError> {
    await end(null);
    await input.drop();
    return new AppError('BUNDLE_DIGEST_MISMATCH', message, { details: { digest: blob.digest }, retryable: true });
  }

  return {
    write: async (chunk) => {
      if (ended) throw superseded(blob);
      if (bytes + chunk.byteLength > blob.sizeBytes) {
        throw await refuse(
          `More than the ${blob.sizeBytes} bytes that the manifest names arrived for an object; the device removed it, push again.`,
        );
      }
      const at = bytes;
      await fs.step('write part', 'an upload', () => writeAll(file, chunk, at));
      if (ended) throw superseded(blob);
      hash.update(chunk);
      bytes += chunk.byteLength;
      if (bytes - syncedBytes >= SYNC_EVERY_BYTES) {
        // One sync may be under way while the next bytes come in; a second one waits for it.
        await syncing;
        syncedBytes = bytes;
        syncing = fs.step('sync part', 'an upload', () => file.datasync());
        syncing.catch(() => undefined);
      }
    },
    finish: async () => {
      if (ended) throw superseded(blob);
      if (bytes < blob.sizeBytes) {
        await end({ hash, bytes });
        throw new AppError(
          'TRANSFER_INTERRUPTED',
          `Only ${bytes} of ${blob.sizeBytes} bytes of an object arrived; push again to send the rest.`,
          {
            details: { digest: blob.digest, offset: bytes },
            retryable: true,
          },
        );
      }
      if (`sha256:${hash.copy().digest('hex')}` !== blob.digest) {
        throw await refuse('An object arrived damaged and the device removed it; push again to send it anew.');
      }
      try {
        await syncing;
        await fs.step('sync part', 'an upload', async () => {
          await file.chmod(0o444);
          await file.sync();
        });
      } finally {
        await end(null);
      }
      await input.keep();
      return { digest: blob.digest, sizeBytes: blob.sizeBytes, receivedBytes: bytes };
    },
    abort: async () => {
      if (!ended) await end({ hash, bytes });
    },
  };
}

function superseded(blob: BlobRef): AppError {
  return new AppError('TRANSFER_INTERRUPTED', 'This upload was taken over by a newer one of the same object.', {
    details: { digest: blob.digest },
    retryable: true,
  });
}
