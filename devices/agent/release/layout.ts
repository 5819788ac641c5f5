// Where everything of a device's releases lies below its root (rollout.md, C.2), and that it is one file system.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { DurableFs } from './fs-durable.ts';

const LAYOUT_VERSION = '1\n';

export interface Layout {
  readonly root: string;
  /** Pinned public keys, written at setup. */
  readonly trustedKeys: string;
  readonly objects: string;
  /** Interrupted uploads by digest, and the metadata of the bundle under way. */
  readonly incoming: string;
  readonly releases: string;
  /** The link that inference follows. */
  readonly current: string;
  readonly state: string;
  readonly journal: string;
  readonly snapshot: string;
  /** One marker for each release that was ever committed and is still here. */
  readonly committed: string;
  readonly outcome: string;
  object(digest: string): string;
  part(digest: string): string;
  /** Folder with manifest and signatures of a bundle that is being received. */
  incomingBundle(manifestDigest: string): string;
  release(releaseId: string): string;
  committedMarker(releaseId: string): string;
  outcomeFile(txn: string): string;
}

export function createLayout(root: string): Layout {
  const objects = join(root, 'objects', 'sha256');
  const incoming = join(root, 'incoming');
  const releases = join(root, 'releases');
  const state = join(root, 'state');
  const committed = join(state, 'committed');
  const outcome = join(root, 'outcome');
  return {
    root,
    trustedKeys: join(root, 'trust', 'keys.json'),
    objects,
    incoming,
    releases,
    current: join(root, 'current'),
    state,
    journal: join(state, 'journal'),
    snapshot: join(state, 'state.json'),
    committed,
    outcome,
    object: (digest) => join(objects, hexOf(digest).slice(0, 2), hexOf(digest)),
    part: (digest) => join(incoming, `${hexOf(digest)}.part`),
    incomingBundle: (manifestDigest) => join(incoming, hexOf(manifestDigest)),
    release: (releaseId) => join(releases, releaseId),
    committedMarker: (releaseId) => join(committed, releaseId),
    outcomeFile: (txn) => join(outcome, `${txn}.json`),
  };
}

/**
 * Makes the folders, writes the layout version, and checks that all folders are on one file system, because hard links and
 * atomic renames work only within one.
 * @throws DEVICE_UNSUPPORTED, DEVICE_DISK_FULL, DEVICE_READ_ONLY
 */
export async function prepareLayout(layout: Layout, fs: DurableFs): Promise<void> {
  const folders = [layout.objects, layout.incoming, layout.releases, layout.committed, layout.outcome];
  for (const folder of folders) await fs.makeFolder(folder);
  const device = (await stat(layout.root)).dev;
  for (const folder of folders) {
    if ((await stat(folder)).dev === device) continue;
    throw new AppError(
      'DEVICE_UNSUPPORTED',
      `On the device ${folder} lies on another file system than ${layout.root}; Lineside needs both on one, so remove that mount.`,
      { details: { folder, root: layout.root } },
    );
  }
  const versionFile = join(layout.root, 'layout');
  const known = await stat(versionFile).catch(() => null);
  if (known === null) await fs.writeFile(versionFile, LAYOUT_VERSION, 'the layout version');
}

function hexOf(digest: string): string {
  return digest.slice('sha256:'.length);
}
