// Builds a release folder out of objects by hard links, and makes it appear whole or not at all.

import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { VerifiedRelease } from '../../trust/verify-release.ts';
import type { InstalledRelease } from '../inference/inference-host.ts';
import { type BundleFiles, writeBundleFiles } from './bundle-files.ts';
import type { DurableFs } from './fs-durable.ts';
import { COMPLETE_FILE, MODEL_FOLDER, readInstalled, releaseFiles } from './installed.ts';
import type { Layout } from './layout.ts';

/**
 * Puts a verified release into place. Its objects must be there and verified. A release that is there already, complete,
 * is used as it is.
 * @throws DEVICE_DISK_FULL, DEVICE_READ_ONLY
 */
export async function stageRelease(
  layout: Layout,
  fs: DurableFs,
  verified: VerifiedRelease,
  files: BundleFiles,
): Promise<InstalledRelease> {
  const { releaseId, manifestDigest, release } = verified;
  const target = layout.release(releaseId);
  const existing = await readExisting(layout, releaseId, manifestDigest);
  if (existing !== null && (await isLinked(layout, existing))) return existing;
  await fs.removeFolder(target);

  const folder = join(layout.releases, `.tmp-${randomBytes(6).toString('hex')}`);
  const model = join(folder, MODEL_FOLDER);
  const folders = new Set([model]);
  await fs.step('mkdir release', 'a release', () => mkdir(model, { recursive: true, mode: 0o700 }));
  for (const file of releaseFiles(release)) {
    const path = join(model, file.path);
    await fs.step('link file', 'a release', async () => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await link(layout.object(file.digest), path);
    });
    for (let parent = dirname(path); parent !== folder; parent = dirname(parent)) folders.add(parent);
  }
  await fs.step('link release document', 'a release', () =>
    link(layout.object(verified.releaseDescriptor.digest), join(folder, 'release.json')),
  );
  await fs.step('link config', 'a release', () =>
    link(layout.object(verified.manifest.config.digest), join(folder, 'config.json')),
  );
  await writeBundleFiles(folder, files, fs);
  for (const path of folders) {
    await fs.step('close folder', 'a release', () => chmod(path, 0o555));
    await fs.syncFolder(path);
  }
  await fs.writeFile(join(folder, COMPLETE_FILE), `${manifestDigest}\n`, 'a release');
  await fs.rename(folder, target, 'a release');
  return await readInstalled(layout, releaseId, manifestDigest);
}

async function readExisting(layout: Layout, id: string, manifestDigest: string): Promise<InstalledRelease | null> {
  try {
    return await readInstalled(layout, id, manifestDigest);
  } catch (error) {
    // Absent or incomplete: it is built anew.
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** True when the files of a release are the very objects that were verified, not older copies under the same names. */
async function isLinked(layout: Layout, installed: InstalledRelease): Promise<boolean> {
  for (const file of releaseFiles(installed.release)) {
    const [object, linked] = await Promise.all([
      stat(layout.object(file.digest)),
      stat(join(installed.directory, file.path)),
    ]);
    if (object.ino !== linked.ino) return false;
  }
  return true;
}
