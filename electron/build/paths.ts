// Folders of the checkout that the build scripts read and write.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));
export const appFolder = join(repositoryRoot, 'out/app');
export const rendererFolder = join(repositoryRoot, 'out/renderer');

/** Time of the youngest file below the given files and folders of the checkout, milliseconds; 0 where there is none. */
export async function newestChangeMs(paths: readonly string[]): Promise<number> {
  const times = await Promise.all(paths.map((path) => newestBelow(join(repositoryRoot, path))));
  return Math.max(0, ...times);
}

async function newestBelow(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  if (found === null) return 0;
  if (!found.isDirectory()) return found.mtimeMs;
  const names = (await readdir(path)).filter((name) => name !== 'node_modules');
  // The folder's own time counts too: it changes when a file is deleted.
  return Math.max(found.mtimeMs, ...(await Promise.all(names.map((name) => newestBelow(join(path, name))))));
}

/** True when `product` is missing or older than any of its sources. */
export async function isStale(product: string, sources: readonly string[]): Promise<boolean> {
  const made = await stat(product).catch(() => null);
  return made === null || made.mtimeMs < (await newestChangeMs(sources));
}
