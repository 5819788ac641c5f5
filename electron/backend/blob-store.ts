// Content-addressed files on the laptop: <dataDir>/blobs/sha256/ab/<hex>, written once, read by digest.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Digest } from '../../shared/domain/names.ts';
import { AppError } from '../../shared/errors/app-error.ts';

export interface BlobStore {
  path(digest: string): string;
  has(digest: string): Promise<boolean>;
  /** Copies a file in, hashing on the way; `signal` breaks it off. @throws FILE_NOT_FOUND, FILE_UNREADABLE, LOCAL_DISK_FULL */
  addFile(path: string, signal?: AbortSignal): Promise<{ digest: Digest; sizeBytes: number }>;
  addBytes(bytes: Uint8Array): Promise<{ digest: Digest; sizeBytes: number }>;
  /** Adds a stream whose digest is known; refused when it does not match. @throws BUNDLE_DIGEST_MISMATCH, LOCAL_DISK_FULL */
  addStream(source: AsyncIterable<Uint8Array>, expected: { digest: string; sizeBytes: number }): Promise<void>;
  /** Re-reads a blob. Null: absent. */
  verify(digest: string): Promise<{ sizeBytes: number; isIntact: boolean } | null>;
  remove(digest: string): Promise<number>;
}

export function createBlobStore(dataDir: string): BlobStore {
  const root = join(dataDir, 'blobs', 'sha256');
  const path = (digest: string): string => {
    const hex = digest.slice('sha256:'.length);
    return join(root, hex.slice(0, 2), hex);
  };

  async function write(
    source: AsyncIterable<Uint8Array>,
    limitBytes: number,
  ): Promise<{ digest: Digest; sizeBytes: number; temporary: string }> {
    await mkdir(root, { recursive: true, mode: 0o700 });
    const temporary = join(root, `.tmp-${randomUUID()}`);
    const hash = createHash('sha256');
    let sizeBytes = 0;
    try {
      const file = await open(temporary, 'wx', 0o600);
      try {
        for await (const chunk of source) {
          sizeBytes += chunk.length;
          if (sizeBytes > limitBytes) break;
          hash.update(chunk);
          await file.writeFile(chunk);
        }
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      await rm(temporary, { force: true });
      throw fileError(error, root);
    }
    return { digest: `sha256:${hash.digest('hex')}`, sizeBytes, temporary };
  }

  async function keep(temporary: string, digest: string): Promise<void> {
    const target = path(digest);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await chmod(temporary, 0o444);
    await rename(temporary, target);
  }

  async function add(source: AsyncIterable<Uint8Array>): Promise<{ digest: Digest; sizeBytes: number }> {
    const { digest, sizeBytes, temporary } = await write(source, Number.POSITIVE_INFINITY);
    await keep(temporary, digest);
    return { digest, sizeBytes };
  }

  return {
    path,
    has: async (digest) => (await stat(path(digest)).catch(() => null)) !== null,
    addFile: async (file, signal) => {
      await stat(file).catch((error: unknown) => {
        throw fileError(error, file);
      });
      return add(createReadStream(file, { highWaterMark: 1 << 20, ...(signal ? { signal } : {}) }));
    },
    addBytes: (bytes) => add(one(bytes)),
    addStream: async (source, expected) => {
      const { digest, sizeBytes, temporary } = await write(source, expected.sizeBytes);
      if (digest !== expected.digest || sizeBytes !== expected.sizeBytes) {
        await rm(temporary, { force: true });
        throw new AppError(
          'BUNDLE_DIGEST_MISMATCH',
          `A part of the bundle is damaged: its content does not match its digest ${expected.digest}.`,
          {
            details: { expected: expected.digest, actual: digest },
          },
        );
      }
      await keep(temporary, digest);
    },
    verify: async (digest) => {
      const file = path(digest);
      if ((await stat(file).catch(() => null)) === null) return null;
      const hash = createHash('sha256');
      let sizeBytes = 0;
      for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
        hash.update(chunk);
        sizeBytes += chunk.length;
      }
      return { sizeBytes, isIntact: `sha256:${hash.digest('hex')}` === digest };
    },
    remove: async (digest) => {
      const file = path(digest);
      const info = await stat(file).catch(() => null);
      await rm(file, { force: true });
      await removeIfEmpty(dirname(file));
      return info?.size ?? 0;
    },
  };
}

async function removeIfEmpty(directory: string): Promise<void> {
  const entries = await readdir(directory).catch(() => ['?']);
  if (entries.length === 0) await rm(directory, { recursive: true, force: true });
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The AppError for a failed file operation: says which file and what to do. */
export function fileError(error: unknown, file: string): AppError {
  if (error instanceof AppError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const options = { details: { file }, cause: error };
  if (code === 'ENOENT') return new AppError('FILE_NOT_FOUND', `There is no file ${file}.`, options);
  if (code === 'EACCES' || code === 'EPERM')
    return new AppError('FILE_UNREADABLE', `${file} cannot be opened: permission denied.`, options);
  if (code === 'EISDIR') return new AppError('FILE_UNREADABLE', `${file} is a folder; name a file.`, options);
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new AppError(
      'LOCAL_DISK_FULL',
      `This computer's disk is full (at ${file}); free some space and try again.`,
      options,
    );
  const reason = error instanceof Error ? error.message : String(error);
  return new AppError('FILE_UNREADABLE', `${file} cannot be used: ${reason}.`, options);
}
