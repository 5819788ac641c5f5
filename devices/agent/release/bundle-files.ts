// A bundle's manifest and signatures as files: how they are kept beside parts and releases, and read back.
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseTrustedKeys, type TrustedKey } from '../../trust/trusted-keys.ts';
import { type VerifiedRelease, verifyRelease } from '../../trust/verify-release.ts';
import { errnoOf } from './device-errors.ts';
import type { DurableFs } from './fs-durable.ts';
import type { Layout } from './layout.ts';

export const MANIFEST_FILE = 'manifest.json';
const SIGNATURES_FOLDER = 'signatures';

export interface BundleFiles {
  readonly manifestBytes: Uint8Array;
  readonly signatures: readonly Uint8Array[];
}

/** Writes manifest and signatures into `folder`, durably; what was there before under the same names is replaced. */
export async function writeBundleFiles(folder: string, files: BundleFiles, fs: DurableFs): Promise<void> {
  const signatures = join(folder, SIGNATURES_FOLDER);
  await fs.step('mkdir bundle', 'a folder', () => mkdir(signatures, { recursive: true, mode: 0o700 }));
  for (const [index, bytes] of files.signatures.entries()) {
    await fs.writeFile(join(signatures, `${index}.sigstore.json`), bytes, 'a signature');
  }
  await fs.writeFile(join(folder, MANIFEST_FILE), files.manifestBytes, 'the manifest');
}

export async function readBundleFiles(folder: string): Promise<BundleFiles> {
  const signatures = join(folder, SIGNATURES_FOLDER);
  const names = (await readdir(signatures)).filter((name) => name.endsWith('.sigstore.json')).sort();
  return {
    manifestBytes: await readFile(join(folder, MANIFEST_FILE)),
    signatures: await Promise.all(names.map((name) => readFile(join(signatures, name)))),
  };
}

/** The keys that were pinned at setup; none when there is no file. @throws KEY_UNREADABLE */
export async function readTrustedKeys(layout: Layout): Promise<TrustedKey[]> {
  try {
    return parseTrustedKeys(await readFile(layout.trustedKeys, 'utf8'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Reads and verifies the bundle in `folder` anew. @throws as verifyRelease */
export async function verifyBundleFiles(
  layout: Layout,
  folder: string,
  manifestDigest: string,
): Promise<VerifiedRelease> {
  const files = await readBundleFiles(folder);
  return verifyRelease({ ...files, manifestDigest, trustedKeys: await readTrustedKeys(layout) });
}
