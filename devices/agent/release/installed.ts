// Reads a release from the device's disk and says whether it is complete and what it claims to be.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReleaseSummary } from '../../../shared/agent-protocol/messages.ts';
import { type Release, releaseId } from '../../../shared/domain/release.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { checkLayers } from '../../trust/bundle-layers.ts';
import { parseManifest, sha256Digest } from '../../trust/bundle-manifest.ts';
import { GOLDEN_FILE } from '../../trust/release-paths.ts';
import type { InstalledRelease } from '../inference/inference-host.ts';
import { MANIFEST_FILE, verifyBundleFiles } from './bundle-files.ts';
import { errnoOf } from './device-errors.ts';
import type { Layout } from './layout.ts';
import { readMarkers } from './markers.ts';
import { hashFile } from './object-store.ts';

/** Written last into a release; without it the release does not exist. */
export const COMPLETE_FILE = 'COMPLETE';
/** Folder of the model files and the golden blob inside a release. */
export const MODEL_FOLDER = 'model';

/** The files of a release inside its model folder, golden blob included. */
export function releaseFiles(release: Release): Array<{ path: string; digest: string; sizeBytes: number }> {
  return [...release.model.files, { path: GOLDEN_FILE, ...release.golden.blob }];
}

export function summaryOf(release: Release, manifestDigest: string): ReleaseSummary {
  return {
    releaseId: releaseId(release.name, release.version, manifestDigest),
    name: release.name,
    version: release.version,
    manifestDigest,
    model: { name: release.model.name, version: release.model.version },
  };
}

/**
 * Reads an installed release: COMPLETE is there, the manifest has its digest, every file has its length.
 * @throws BUNDLE_DIGEST_MISMATCH, BUNDLE_MALFORMED
 */
export async function readInstalled(layout: Layout, id: string, manifestDigest: string): Promise<InstalledRelease> {
  const folder = layout.release(id);
  try {
    const marker = (await readFile(join(folder, COMPLETE_FILE), 'utf8')).trim();
    const manifestBytes = await readFile(join(folder, MANIFEST_FILE));
    if (marker !== manifestDigest || sha256Digest(manifestBytes) !== manifestDigest)
      throw damaged(id, 'its manifest changed');
    const { release } = checkLayers(parseManifest(manifestBytes));
    if (releaseId(release.name, release.version, manifestDigest) !== id)
      throw damaged(id, 'it has the name of another');
    for (const file of releaseFiles(release)) {
      const { size } = await stat(join(folder, MODEL_FOLDER, file.path));
      if (size !== file.sizeBytes) throw damaged(id, `${file.path} has another length`);
    }
    return { releaseId: id, manifestDigest, directory: join(folder, MODEL_FOLDER), release };
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    throw damaged(id, `a file of it cannot be read (${errnoOf(error)})`);
  }
}

/** Like `readInstalled`, and also checks signatures and the digest of every file: for when nothing else vouches for it. */
async function readVerified(layout: Layout, id: string): Promise<InstalledRelease> {
  const manifestDigest = (await readFile(join(layout.release(id), COMPLETE_FILE), 'utf8')).trim();
  const installed = await readInstalled(layout, id, manifestDigest);
  await verifyBundleFiles(layout, layout.release(id), manifestDigest);
  for (const file of releaseFiles(installed.release)) {
    const actual = (await hashFile(join(installed.directory, file.path), file.sizeBytes)).digest('hex');
    if (`sha256:${actual}` !== file.digest) throw damaged(id, `${file.path} changed`);
  }
  return installed;
}

/**
 * Finds what to serve when the state is lost: the release that `current` names if it was ever committed, else the newest
 * that was; in both cases only when complete and verified. Null when there is none.
 */
export async function findCommitted(
  layout: Layout,
  currentId: string | null,
  warn: (error: unknown) => void,
): Promise<InstalledRelease | null> {
  const newestFirst = await readMarkers(layout);
  for (const id of newestFirst.toSorted((a, b) => Number(b === currentId) - Number(a === currentId))) {
    try {
      return await readVerified(layout, id);
    } catch (error) {
      warn(error);
    }
  }
  return null;
}

function damaged(id: string, reason: string): AppError {
  return new AppError(
    'BUNDLE_DIGEST_MISMATCH',
    `The release ${id} on the device is damaged: ${reason}; push it again.`,
    {
      details: { releaseId: id, reason },
    },
  );
}
