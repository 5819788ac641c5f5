// Writes a bundle's OCI layout as one tar file that a stick can carry: the same bundle gives the same bytes.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError, cancelled } from '../../../shared/errors/app-error.ts';
import { type BlobStore, fileError } from '../blob-store.ts';
import { blobDamaged } from './bundle-errors.ts';
import { deterministicTar, type TarFile } from './deterministic-tar.ts';
import { type BundleLayout, blobFile, INDEX_FILE, LAYOUT_BYTES, LAYOUT_FILE, layoutBlobs } from './oci-layout.ts';

/**
 * Writes `path`, which must not exist: a bundle on a stick is never replaced by mistake. Blobs are hashed as they are written, so a
 * damaged one never leaves this computer. A failed or cancelled export leaves nothing.
 * @throws ALREADY_EXISTS, FILE_WRITE_FAILED, LOCAL_DISK_FULL, BUNDLE_DIGEST_MISMATCH, CANCELLED
 */
export async function exportArchive(
  layout: BundleLayout,
  blobs: BlobStore,
  path: string,
  signal: AbortSignal | undefined,
): Promise<{ path: string; sizeBytes: number }> {
  const target = resolve(path);
  await refuseExisting(target);
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.part`);
  let file: FileHandle | undefined;
  try {
    file = await open(temporary, 'wx', 0o644);
    let sizeBytes = 0;
    for await (const chunk of deterministicTar(tarFiles(layout, blobs))) {
      if (signal?.aborted) throw cancelled('Exporting the bundle');
      await file.writeFile(chunk);
      sizeBytes += chunk.byteLength;
    }
    await file.sync();
    await file.close();
    file = undefined;
    await refuseExisting(target);
    await rename(temporary, target);
    return { path: target, sizeBytes };
  } catch (error) {
    throw writeError(error, target);
  } finally {
    await file?.close();
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

function tarFiles(layout: BundleLayout, blobs: BlobStore): TarFile[] {
  const small = (name: string, bytes: Uint8Array): TarFile => ({
    name,
    sizeBytes: bytes.byteLength,
    content: () => one(bytes),
  });
  return [
    ...layoutBlobs(layout).map(({ descriptor: { digest, size }, bytes }) => {
      const name = blobFile(digest);
      return bytes ? small(name, bytes) : { name, sizeBytes: size, content: () => checkedBlob(blobs, digest, size) };
    }),
    small(INDEX_FILE, layout.indexBytes),
    small(LAYOUT_FILE, LAYOUT_BYTES),
  ];
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Content of a blob of the store, hashed on the way. @throws BUNDLE_DIGEST_MISMATCH */
export async function* checkedBlob(blobs: BlobStore, digest: string, sizeBytes: number): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let readBytes = 0;
  try {
    for await (const chunk of createReadStream(blobs.path(digest), {
      highWaterMark: 1 << 20,
    }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      readBytes += chunk.length;
      if (readBytes > sizeBytes) break;
      yield chunk;
    }
  } catch (error) {
    throw blobDamaged(digest, error);
  }
  if (readBytes !== sizeBytes || `sha256:${hash.digest('hex')}` !== digest) throw blobDamaged(digest);
}

/** @throws ALREADY_EXISTS */
export async function refuseExisting(target: string): Promise<void> {
  const info = await stat(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw writeError(error, target);
  });
  if (info === null) return;
  throw new AppError('ALREADY_EXISTS', `There is already something at ${target}; remove it, or name another file.`, {
    details: { path: target },
  });
}

/** The AppError for a file or folder that cannot be written. */
export function writeError(error: unknown, target: string): AppError {
  const known = fileError(error, target);
  if (error instanceof AppError || known.code === 'LOCAL_DISK_FULL') return known;
  const code = (error as NodeJS.ErrnoException).code;
  const reasons: Record<string, string> = { ENOENT: 'its folder does not exist', ENOTDIR: 'its folder is a file' };
  const reason = reasons[code ?? ''] ?? (error instanceof Error ? error.message : String(error));
  return new AppError('FILE_WRITE_FAILED', `${target} cannot be written: ${reason}.`, {
    details: { path: target },
    cause: error,
  });
}
