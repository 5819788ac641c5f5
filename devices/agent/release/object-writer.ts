// One upload into a part file: bounded by the manifest's length, hashed as it arrives, written in large pieces beside the next
// ones coming in, and synced every few megabytes.
import type { Hash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../../shared/errors/app-error.ts';
import { type DurableFs, writeAll } from './fs-durable.ts';
import type { BlobRef, ObjectWriter } from './object-store.ts';

const PIECE_BYTES = 1024 * 1024;
const SYNC_EVERY_BYTES = 8 * 1024 * 1024;
/** How far writing may run ahead of a slow disk. */
const MAX_UNSYNCED_BYTES = 64 * 1024 * 1024;

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
  /** Called once at the end; null when the hash does not stand for what is in the file. */
  onEnd(part: PartHash | null): void;
  /** Makes the part the object. */
  keep(): Promise<void>;
  /** Removes the part. */
  drop(): Promise<unknown>;
}

export function createObjectWriter(input: ObjectWriterInput): ObjectWriter {
  const { blob, file, fs } = input;
  const { hash } = input.part;
  /** Bytes taken in and hashed; the last of them may still be in `waiting` or on their way to the file. */
  let takenBytes = input.part.bytes;
  let writtenBytes = takenBytes;
  let syncedBytes = takenBytes;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let writing: Promise<void> = Promise.resolve();
  let syncing: Promise<void> | null = null;
  let isEnded = false;

  /** Hands what waits to the disk; at most one piece is on its way. */
  async function flush(): Promise<void> {
    await writing;
    const piece = waiting.length === 1 && waiting[0] !== undefined ? waiting[0] : Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    if (piece.byteLength === 0) return;
    writing = writePiece(piece);
    // Whoever waits for it next hears of its failure.
    writing.catch(() => undefined);
  }

  async function writePiece(piece: Uint8Array): Promise<void> {
    await fs.step('write part', 'an upload', () => writeAll(file, piece, writtenBytes));
    writtenBytes += piece.byteLength;
    if (syncing === null && writtenBytes - syncedBytes >= SYNC_EVERY_BYTES) {
      syncing = sync(writtenBytes);
      syncing.catch(() => undefined);
    }
    if (writtenBytes - syncedBytes >= MAX_UNSYNCED_BYTES) await syncing;
  }

  async function sync(upToBytes: number): Promise<void> {
    await fs.step('sync part', 'an upload', () => file.datasync());
    syncedBytes = upToBytes;
    syncing = null;
  }

  /** Puts all that was taken in into the file and closes it. */
  async function end(): Promise<void> {
    isEnded = true;
    try {
      await flush();
      await writing;
      await syncing;
      input.onEnd({ hash, bytes: takenBytes });
    } catch (error) {
      input.onEnd(null);
      throw error;
    } finally {
      await file.close();
    }
  }

  /** For when the upload is over in any case: what could not be written is sent again. */
  async function endQuietly(): Promise<void> {
    await end().catch(() => undefined);
  }

  async function refuse(message: string): Promise<AppError> {
    waiting = [];
    await endQuietly();
    input.onEnd(null);
    await input.drop();
    return new AppError('BUNDLE_DIGEST_MISMATCH', message, { details: { digest: blob.digest }, retryable: true });
  }

  return {
    write: async (chunk) => {
      if (isEnded) throw superseded(blob);
      if (takenBytes + chunk.byteLength > blob.sizeBytes) {
        throw await refuse(
          `More than the ${blob.sizeBytes} bytes that the manifest names arrived for an object; the device removed it, push again.`,
        );
      }
      hash.update(chunk);
      takenBytes += chunk.byteLength;
      waiting.push(chunk);
      waitingBytes += chunk.byteLength;
      if (waitingBytes >= PIECE_BYTES) await flush();
    },
    finish: async () => {
      if (isEnded) throw superseded(blob);
      if (takenBytes < blob.sizeBytes) {
        await end();
        throw new AppError(
          'TRANSFER_INTERRUPTED',
          `Only ${takenBytes} of ${blob.sizeBytes} bytes of an object arrived; push again to send the rest.`,
          { details: { digest: blob.digest, offset: takenBytes }, retryable: true },
        );
      }
      if (`sha256:${hash.copy().digest('hex')}` !== blob.digest) {
        throw await refuse('An object arrived damaged and the device removed it; push again to send it anew.');
      }
      try {
        await flush();
        await writing;
        await syncing;
        await fs.step('sync object', 'an upload', async () => {
          await file.chmod(0o444);
          await file.sync();
        });
      } finally {
        await endQuietly();
      }
      await input.keep();
      return { digest: blob.digest, sizeBytes: blob.sizeBytes, receivedBytes: takenBytes };
    },
    abort: async () => {
      if (!isEnded) await endQuietly();
    },
  };
}

function superseded(blob: BlobRef): AppError {
  return new AppError('TRANSFER_INTERRUPTED', 'This upload was taken over by a newer one of the same object.', {
    details: { digest: blob.digest },
    retryable: true,
  });
}
