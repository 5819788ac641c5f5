// What a backend that was killed left in the folder of benchmarks: names there that carry its process id, and their removal.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isProcessAlive } from '../process-alive.ts';

/** Part of a name that says which process uses the file or folder. */
export const OWNED = `.of-${process.pid}`;
const OWNER = /\.of-(\d+)/;

/** Removes files and folders whose process is gone. */
export async function removeLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names) {
    const owner = OWNER.exec(name)?.[1];
    if (owner !== undefined && !isProcessAlive(Number(owner)))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}
