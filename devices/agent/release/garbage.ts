// Removes what no release needs any more. Runs only between transactions.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DurableFs } from './fs-durable.ts';
import type { Layout } from './layout.ts';
import type { ObjectStore } from './object-store.ts';
import type { EngineState } from './records.ts';

const KEPT_OUTCOMES = 50;

/** Keeps the committed and the previous release; removes other releases, unlinked objects, parts and old outcomes. */
export async function collectGarbage(
  layout: Layout,
  fs: DurableFs,
  objects: ObjectStore,
  state: EngineState,
): Promise<void> {
  if (state.transaction !== null) return;
  const keep = new Set([state.committed?.releaseId, state.previous?.releaseId]);
  await fs.sweep(layout.releases);
  for (const id of await readdir(layout.releases)) {
    if (keep.has(id)) continue;
    // The marker first: a release must not look committed while it is being taken apart.
    await fs.removeFile(layout.committedMarker(id));
    await fs.removeFolder(layout.release(id));
  }
  await objects.dropParts(new Set());
  for (const name of await readdir(layout.incoming)) await fs.removeFolder(join(layout.incoming, name));
  await objects.collect();
  await dropOldOutcomes(layout, fs);
}

async function dropOldOutcomes(layout: Layout, fs: DurableFs): Promise<void> {
  const names = await readdir(layout.outcome);
  if (names.length <= KEPT_OUTCOMES) return;
  const files = await Promise.all(
    names.map(async (name) => ({ name, timeMs: (await stat(join(layout.outcome, name))).mtimeMs })),
  );
  for (const { name } of files.toSorted((a, b) => b.timeMs - a.timeMs).slice(KEPT_OUTCOMES)) {
    await fs.removeFile(join(layout.outcome, name));
  }
}
