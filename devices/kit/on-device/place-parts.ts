// Takes the parts that have arrived: checks size and SHA-256 of every file, brings them to disk, and moves them to their place.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../../shared/errors/app-error.ts';
import { diskError, readOrNull, syncPath, writeDurable } from './durable-file.ts';
import { completeMarker, type KitPaths } from './kit-paths.ts';
import type { SetupPart } from './setup-plan.ts';

function damaged(path: string): AppError {
  return new AppError('TRANSFER_INTERRUPTED', `The file ${path} of the kit arrived damaged; run the set-up again.`, {
    retryable: true,
  });
}

async function verifyFile(path: string, file: SetupPart['files'][number]): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash);
  if (hash.digest('hex') !== file.sha256) throw damaged(file.path);
  await chmod(path, file.mode);
  await syncPath(path);
}

async function verifyPart(folder: string, part: SetupPart): Promise<void> {
  // Sizes first: they tell a cut transfer without reading hundreds of megabytes.
  for (const file of part.files) {
    const facts = await lstat(join(folder, file.path)).catch(() => null);
    if (facts === null || !facts.isFile() || facts.size !== file.sizeBytes) throw damaged(file.path);
  }
  for (const file of part.files) await verifyFile(join(folder, file.path), file);
  const folders = new Set(part.files.map((file) => dirname(join(folder, file.path))));
  for (const each of folders) await syncPath(each);
  await writeDurable(join(folder, completeMarker), `${JSON.stringify(part, null, 1)}\n`, 0o600);
}

/**
 * Verifies and moves all parts that lie in the incoming folder; they count only from the rename on.
 * @throws TRANSFER_INTERRUPTED, DEVICE_DISK_FULL, DEVICE_READ_ONLY
 */
export async function placeParts(paths: KitPaths, incoming: string, parts: readonly SetupPart[]): Promise<void> {
  try {
    await mkdir(paths.parts, { recursive: true, mode: 0o700 });
    const arrived = new Set(await readdir(incoming));
    for (const part of parts.filter(({ id }) => arrived.has(id))) {
      await verifyPart(join(incoming, part.id), part);
      await rm(paths.part(part.id), { recursive: true, force: true });
      await rename(join(incoming, part.id), paths.part(part.id));
    }
    await syncPath(paths.parts);
    await rm(incoming, { recursive: true, force: true });
  } catch (error) {
    throw diskError(error);
  }
}

/** Removes every part that is not in `keptIds`. */
export async function removeOtherParts(paths: KitPaths, keptIds: ReadonlySet<string>): Promise<void> {
  const names = await readdir(paths.parts).catch(() => [] as string[]);
  for (const name of names) if (!keptIds.has(name)) await rm(paths.part(name), { recursive: true, force: true });
}

/** Removes uploads that were cut off: the shell that received them wrote its pid and is gone. */
export async function sweepIncoming(paths: KitPaths): Promise<void> {
  for (const name of await readdir(paths.kit)) {
    if (!name.startsWith('.incoming-')) continue;
    const pid = Number(await readOrNull(join(paths.kit, name, 'pid')));
    if (!pid || !existsSync(`/proc/${pid}`)) await rm(join(paths.kit, name), { recursive: true, force: true });
  }
}
