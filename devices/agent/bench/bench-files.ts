// The files of models on the device: taken in by digest, taken from the releases where they are there already, laid out for a lease.
import { createHash } from 'node:crypto';
import { link, mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BenchFilesRequest, BenchFilesResponse } from '../../../shared/agent-protocol/bench.ts';
import { AppError, toAppError } from '../../../shared/errors/app-error.ts';
import { checkReleasePaths } from '../../trust/release-paths.ts';
import { diskFull, errnoOf, toDeviceError } from '../release/device-errors.ts';
import { createDurableFs } from '../release/fs-durable.ts';
import { createLayout } from '../release/layout.ts';
import { type BlobRef, createObjectStore, type ObjectWriter } from '../release/object-store.ts';
import { readDiskSpace } from '../release/preflight.ts';

export interface BenchFiles {
  /**
   * Lays the files of one model out below `folder`, in a folder named after them. `path`: of the first one, once all are there.
   * @throws INPUT_INVALID for a path that leaves its folder, DEVICE_DISK_FULL, DEVICE_READ_ONLY
   */
  place(
    folder: string,
    files: BenchFilesRequest['files'],
  ): Promise<BenchFilesResponse & { readonly path: string | null }>;
  /** @throws TRANSFER_INTERRUPTED when `offset` leaves a hole */
  openWriter(blob: BlobRef, offset: number): Promise<ObjectWriter>;
  /** Ends uploads, keeping what arrived. */
  closeWriters(): Promise<void>;
  /** Keeps the files that were used last, up to `maxBytes`. Call it only while no lease is held. */
  trim(maxBytes: number): Promise<void>;
}

/** Left free beyond what a benchmark writes, for the journal of releases, logs and the box's own work. */
const SPARE_BYTES = 64 * 1024 * 1024;
const WHAT = 'a model for a benchmark';

/** `root`: the device's. All that is written lies in its folder `bench`. */
export function createBenchFiles(root: string): BenchFiles {
  const layout = createLayout(join(root, 'bench'));
  const releases = createLayout(root);
  const objects = createObjectStore(layout, createDurableFs());

  /** Makes `to` a second name of the object; false when the device lacks it. */
  async function linkObject(blob: BlobRef, to: string): Promise<boolean> {
    for (const source of await sourcesOf(blob)) {
      try {
        await link(source, to);
        return true;
      } catch (error) {
        if (errnoOf(error) === 'EEXIST') return true;
        // A release may be removed at any time.
        if (errnoOf(error) !== 'ENOENT') throw toDeviceError(error, WHAT);
      }
    }
    return false;
  }

  /** Paths of the object on this device. A file of an earlier benchmark is hashed once before it is believed. */
  async function sourcesOf(blob: BlobRef): Promise<string[]> {
    const released = releases.object(blob.digest);
    if ((await stat(released).catch(() => null))?.size === blob.sizeBytes) return [released];
    if (!(await objects.has(blob))) return [];
    try {
      await objects.verify(blob, new AbortController().signal);
    } catch (error) {
      // The store has removed it; it is sent anew.
      if (toAppError(error).code === 'BUNDLE_DIGEST_MISMATCH') return [];
      throw error;
    }
    const cached = layout.object(blob.digest);
    const now = new Date();
    await utimes(cached, now, now);
    return [cached];
  }

  async function checkSpace(neededBytes: number): Promise<void> {
    const free = async (): Promise<number> => (await readDiskSpace(root)).availableBytes;
    if ((await free()) >= neededBytes + SPARE_BYTES) return;
    await removeOldest(0);
    const availableBytes = await free();
    if (availableBytes >= neededBytes + SPARE_BYTES) return;
    const [needed, available] = [neededBytes + SPARE_BYTES, availableBytes].map((bytes) => Math.round(bytes / 1048576));
    throw diskFull(
      `the benchmark needs ${String(needed)} MiB on the device's disk, and ${String(available)} MiB are free`,
      undefined,
      { neededBytes, spareBytes: SPARE_BYTES, availableBytes },
    );
  }

  /** Removes kept files that no lease uses, those that were not used for longest first, until `maxBytes` are left. */
  async function removeOldest(maxBytes: number): Promise<void> {
    const kept = await Promise.all([...(await objectPaths()), ...(await filesIn(layout.incoming))].map(factsOf));
    let leftBytes = kept.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (const { path, sizeBytes, isLinked } of kept.toSorted((a, b) => a.usedMs - b.usedMs)) {
      if (leftBytes <= maxBytes) return;
      if (isLinked) continue;
      await rm(path, { force: true });
      leftBytes -= sizeBytes;
    }
  }

  async function objectPaths(): Promise<string[]> {
    const prefixes = await filesIn(layout.objects);
    return (await Promise.all(prefixes.map(filesIn))).flat();
  }

  return {
    place: async (folder, files) => {
      checkPaths(files.map(({ path }) => path));
      const name = createHash('sha256')
        .update(JSON.stringify(files.map((file) => [file.path, file.digest])))
        .digest('hex');
      const home = join(folder, name.slice(0, 16));
      const missing = new Map<string, BenchFilesResponse['missing'][number]>();
      for (const { path, digest, sizeBytes } of files) {
        const target = join(home, path);
        await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        if (await linkObject({ digest, sizeBytes }, target)) continue;
        missing.set(digest, { digest, sizeBytes, offset: await objects.partBytes({ digest, sizeBytes }) });
      }
      const [first] = files;
      if (missing.size === 0 && first !== undefined) {
        return { onnxPath: `${name.slice(0, 16)}/${first.path}`, path: join(home, first.path), missing: [] };
      }
      const wanted = [...missing.values()];
      await checkSpace(wanted.reduce((sum, { sizeBytes, offset }) => sum + sizeBytes - offset, 0));
      await mkdir(layout.objects, { recursive: true, mode: 0o700 });
      await mkdir(layout.incoming, { recursive: true, mode: 0o700 });
      return { onnxPath: null, path: null, missing: wanted };
    },
    openWriter: (blob, offset) => objects.openWriter(blob, offset),
    closeWriters: () => objects.closeWriters(),
    trim: removeOldest,
  };
}

/** @throws INPUT_INVALID */
function checkPaths(paths: readonly string[]): void {
  try {
    checkReleasePaths(paths);
  } catch (error) {
    const { path } = toAppError(error).details;
    throw new AppError('INPUT_INVALID', `The device takes no file of a model at the path ${JSON.stringify(path)}.`, {
      details: { path },
      cause: error,
    });
  }
}

/** Paths of all that is in a folder; none when there is no such folder. */
async function filesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).map((name) => join(folder, name));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function factsOf(path: string) {
  const { size, mtimeMs, nlink } = await stat(path);
  return { path, sizeBytes: size, usedMs: mtimeMs, isLinked: nlink > 1 };
}
