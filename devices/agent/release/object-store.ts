// The content-addressed blobs of a device: which are there, what of the others has arrived, and how the rest is taken in.
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PutResponse } from '../../../shared/agent-protocol/messages.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { errnoOf, toDeviceError } from './device-errors.ts';
import type { DurableFs } from './fs-durable.ts';
import type { Layout } from './layout.ts';
import { createObjectWriter, type PartHash } from './object-writer.ts';

export interface BlobRef {
  readonly digest: string;
  readonly sizeBytes: number;
}

/** Takes in one object. Calls must follow one another; `write` resolves when the next chunk may come, and a chunk given must not change. */
export interface ObjectWriter {
  /** @throws DEVICE_DISK_FULL, BUNDLE_DIGEST_MISMATCH for a byte beyond the length that the manifest names */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Ends the upload: checks length and digest, and makes the object visible.
   * @throws TRANSFER_INTERRUPTED (the part is kept), BUNDLE_DIGEST_MISMATCH (the part is removed)
   */
  finish(): Promise<PutResponse>;
  /** Ends the upload early and keeps what arrived. Safe to call after `finish`. */
  abort(): Promise<void>;
}

export interface ObjectStore {
  has(blob: BlobRef): Promise<boolean>;
  /** Bytes of the blob that have arrived so far. */
  partBytes(blob: BlobRef): Promise<number>;
  /** Goes on at `offset`. An older writer of the same object is ended. @throws TRANSFER_INTERRUPTED when `offset` leaves a hole */
  openWriter(blob: BlobRef, offset: number): Promise<ObjectWriter>;
  /** Hashes an object unless this process has done so; a wrong one is removed. @throws BUNDLE_DIGEST_MISMATCH, TRANSFER_INTERRUPTED */
  verify(blob: BlobRef, signal: AbortSignal): Promise<void>;
  /** Ends all writers, keeping what arrived. */
  closeWriters(): Promise<void>;
  /** Removes all parts but those of `keep`. */
  dropParts(keep: ReadonlySet<string>): Promise<void>;
  /** Removes objects that no release links to. Returns the bytes freed. */
  collect(): Promise<number>;
}

export function createObjectStore(layout: Layout, fs: DurableFs): ObjectStore {
  const writers = new Map<string, ObjectWriter>();
  /** Running hashes of parts, so that a reconnect does not read again what arrived before. */
  const hashes = new Map<string, PartHash>();
  const verified = new Set<string>();

  async function openWriter(blob: BlobRef, offset: number): Promise<ObjectWriter> {
    await writers.get(blob.digest)?.abort();
    const path = layout.part(blob.digest);
    const arrived = (await sizeOf(path)) ?? 0;
    if (offset > arrived || offset > blob.sizeBytes) {
      throw new AppError(
        'TRANSFER_INTERRUPTED',
        `The device has ${arrived} bytes of this object, so the upload must go on there.`,
        {
          details: { digest: blob.digest, offset: arrived },
          retryable: true,
        },
      );
    }
    const file = await fs.step('open part', 'an upload', async () => {
      // A part that was complete, but not yet an object when the agent died, is read-only already.
      if (arrived > 0) await chmod(path, 0o600);
      return await open(path, arrived === 0 ? 'w+' : 'r+', 0o600);
    });
    try {
      if (arrived > offset) await file.truncate(offset);
      const known = hashes.get(blob.digest);
      const hash = known?.bytes === offset ? known.hash : await hashFile(path, offset);
      const writer = createObjectWriter({
        blob,
        file,
        fs,
        part: { hash, bytes: offset },
        onEnd: (part) => {
          if (writers.get(blob.digest) === writer) writers.delete(blob.digest);
          if (part === null) hashes.delete(blob.digest);
          else hashes.set(blob.digest, part);
        },
        keep: () => keepObject(blob, path),
        drop: () => fs.removeFile(path),
      });
      writers.set(blob.digest, writer);
      return writer;
    } catch (error) {
      await file.close();
      throw toDeviceError(error, 'an upload');
    }
  }

  async function keepObject(blob: BlobRef, part: string): Promise<void> {
    const object = layout.object(blob.digest);
    await fs.makeFolder(dirname(object));
    await fs.rename(part, object, 'an object');
    await fs.syncFolder(layout.objects);
    verified.add(blob.digest);
  }

  return {
    has: async (blob) => (await sizeOf(layout.object(blob.digest))) === blob.sizeBytes,
    partBytes: async (blob) => Math.min((await sizeOf(layout.part(blob.digest))) ?? 0, blob.sizeBytes),
    openWriter,
    verify: async (blob, signal) => {
      const path = layout.object(blob.digest);
      if ((await sizeOf(path)) !== blob.sizeBytes) {
        throw new AppError(
          'TRANSFER_INTERRUPTED',
          'Not all of the bundle has arrived on the device; push it again to send the rest.',
          {
            details: { digest: blob.digest },
            retryable: true,
          },
        );
      }
      if (verified.has(blob.digest)) return;
      if (`sha256:${(await hashFile(path, blob.sizeBytes, signal)).digest('hex')}` !== blob.digest) {
        await fs.removeFile(path);
        throw new AppError(
          'BUNDLE_DIGEST_MISMATCH',
          'An object on the device was damaged and has been removed; push the bundle again to send it anew.',
          {
            details: { digest: blob.digest },
            retryable: true,
          },
        );
      }
      verified.add(blob.digest);
    },
    closeWriters: async () => {
      for (const writer of [...writers.values()]) await writer.abort();
    },
    dropParts: async (keep) => {
      for (const name of await readdir(layout.incoming)) {
        const digest = `sha256:${name.replace(/\.part$/, '')}`;
        if (!name.endsWith('.part') || keep.has(digest)) continue;
        await writers.get(digest)?.abort();
        hashes.delete(digest);
        await fs.removeFile(join(layout.incoming, name));
      }
    },
    collect: async () => {
      let freedBytes = 0;
      for (const prefix of await readdir(layout.objects)) {
        for (const name of await readdir(join(layout.objects, prefix))) {
          const path = join(layout.objects, prefix, name);
          const { nlink, size } = await stat(path);
          if (nlink > 1) continue;
          verified.delete(`sha256:${name}`);
          await fs.step('collect', 'a removal', () => rm(path, { force: true }));
          freedBytes += size;
        }
      }
      return freedBytes;
    },
  };
}

/** Size of a file, null when there is none. */
async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw toDeviceError(error, 'an object');
  }
}

/** SHA-256 state after the first `length` bytes of a file; reads in pieces, so that other work goes on. */
export async function hashFile(path: string, length: number, signal?: AbortSignal): Promise<Hash> {
  const hash = createHash('sha256');
  if (length === 0) return hash;
  const stream = createReadStream(path, { end: length - 1, highWaterMark: 1024 * 1024, ...(signal && { signal }) });
  for await (const chunk of stream as AsyncIterable<Buffer>) hash.update(chunk);
  return hash;
}
