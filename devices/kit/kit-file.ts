// Measures files for a kit.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { KitFile } from './kit.ts';

/** Hex SHA-256 of a file. */
export async function sha256OfFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash, signal ? { signal } : {});
  return hash.digest('hex');
}

/** A KitFile for a file on disk. */
export async function measureKitFile(
  path: string,
  sourcePath: string,
  mode: number,
  signal?: AbortSignal,
): Promise<KitFile> {
  const { size } = await stat(sourcePath);
  return { path, sourcePath, mode, sizeBytes: size, sha256: await sha256OfFile(sourcePath, signal) };
}
