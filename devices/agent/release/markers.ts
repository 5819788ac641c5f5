// Markers of releases that were committed once, numbered in that order: what is believed when all other state is lost.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from './device-errors.ts';
import type { DurableFs } from './fs-durable.ts';
import type { Layout } from './layout.ts';

/** Ids of the releases that were ever committed and are still here, the newest first. */
export async function readMarkers(layout: Layout): Promise<string[]> {
  const markers = await Promise.all(
    (await markerNames(layout)).map(async (id) => ({
      id,
      order: Number(await readFile(join(layout.committed, id), 'utf8')) || 0,
    })),
  );
  return markers.toSorted((a, b) => b.order - a.order).map(({ id }) => id);
}

/** Marks a release as the newest committed one; nothing to do when it is. */
export async function markCommitted(layout: Layout, fs: DurableFs, releaseId: string): Promise<void> {
  const [newest] = await readMarkers(layout);
  if (newest === releaseId) return;
  const order = newest === undefined ? 0 : Number(await readFile(layout.committedMarker(newest), 'utf8')) || 0;
  await fs.writeFile(layout.committedMarker(releaseId), `${order + 1}\n`, 'the commit marker');
}

async function markerNames(layout: Layout): Promise<string[]> {
  try {
    return (await readdir(layout.committed)).filter((name) => !name.includes('.tmp-'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
