// The one pointer that inference follows, `current`: read, and moved by rename.
import { readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errnoOf } from './device-errors.ts';
import type { DurableFs } from './fs-durable.ts';
import type { Layout } from './layout.ts';

/** Id of the release that `current` names, null when there is none. */
export async function readCurrent(layout: Layout): Promise<string | null> {
  try {
    return basename(await readlink(layout.current));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'EINVAL') return null;
    throw error;
  }
}

/** Points `current` to a release (null: removes it), atomically and durably. */
export async function pointCurrent(layout: Layout, fs: DurableFs, releaseId: string | null): Promise<void> {
  if ((await readCurrent(layout)) === releaseId) return;
  if (releaseId === null) await fs.removeFile(layout.current);
  else await fs.replaceLink(join('releases', releaseId), layout.current);
}
