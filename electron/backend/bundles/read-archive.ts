// Judges a bundle archive before anything of it is kept: structure, index, signature, layer rules, and the exact set of files.
import { constants, type FileHandle, open } from 'node:fs/promises';
import * as z from 'zod/mini';
import { MAX_MANIFEST_BYTES } from '../../../devices/trust/bundle-manifest.ts';
import { MAX_SIGNATURE_BYTES } from '../../../devices/trust/sigstore-bundle.ts';
import type { TrustedKey } from '../../../devices/trust/trusted-keys.ts';
import type { VerifiedRelease } from '../../../devices/trust/verify-release.ts';
import { descriptorSchema, MEDIA_TYPES } from '../../../shared/domain/release.ts';
import { cancelled } from '../../../shared/errors/app-error.ts';
import { fileError } from '../blob-store.ts';
import { archiveRefused } from './bundle-errors.ts';
import { verifyBundle } from './model-signature.ts';
import {
  type BundleLayout,
  blobFile,
  bundleLayout,
  INDEX_FILE,
  LAYOUT_BYTES,
  LAYOUT_FILE,
  layoutBlobs,
} from './oci-layout.ts';
import { readExactly, readTarIndex, type TarEntry } from './tar-index.ts';

const MAX_INDEX_BYTES = 64 * 1024;
const MAX_SIGNATURES = 16;
const CHUNK_BYTES = 1 << 20;

export interface BundleArchive {
  readonly verified: VerifiedRelease;
  readonly layout: BundleLayout;
  readonly manifestBytes: Uint8Array;
  /** Content of a blob that the layout does not carry itself. The digest is for the reader to check. */
  content(digest: string, signal: AbortSignal | undefined): AsyncIterable<Uint8Array>;
}

/**
 * Opens an archive, verifies everything but the contents of the large blobs, and hands it to `use`.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, BUNDLE_MALFORMED, BUNDLE_DIGEST_MISMATCH, BUNDLE_SIGNATURE_INVALID, BUNDLE_KEY_UNTRUSTED, CANCELLED
 */
export async function withArchive<T>(
  path: string,
  trustedKeys: readonly TrustedKey[],
  signal: AbortSignal | undefined,
  use: (archive: BundleArchive) => Promise<T>,
): Promise<T> {
  // Non-blocking, so that a named pipe cannot hold us up; on a plain file it does nothing.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    throw fileError(error, path);
  });
  try {
    const info = await file.stat();
    if (info.isDirectory()) throw fileError({ code: 'EISDIR' }, path);
    if (!info.isFile()) throw archiveRefused('it is not a plain file');
    const entries = await readTarIndex(file, info.size, signal);
    return await use(await readArchive(file, entries, trustedKeys));
  } finally {
    await file.close();
  }
}

const indexSchema = z.object({ manifests: z.array(descriptorSchema) });
const signatureManifestSchema = z.object({ layers: z.array(descriptorSchema) });

async function readArchive(
  file: FileHandle,
  entries: ReadonlyMap<string, TarEntry>,
  trustedKeys: readonly TrustedKey[],
): Promise<BundleArchive> {
  const read = async (name: string, maxBytes: number): Promise<Buffer> => {
    const entry = entries.get(name);
    if (entry === undefined) throw archiveRefused(`it has no file "${name}"`);
    if (entry.sizeBytes > maxBytes) throw archiveRefused(`its file "${name}" is too large`);
    const bytes = Buffer.alloc(entry.sizeBytes);
    await readExactly(file, bytes, entry.offset);
    return bytes;
  };
  if (!(await read(LAYOUT_FILE, LAYOUT_BYTES.length)).equals(LAYOUT_BYTES)) {
    throw archiveRefused('its OCI layout is of an unknown version');
  }
  const indexBytes = await read(INDEX_FILE, MAX_INDEX_BYTES);
  const { manifests } = parse(indexSchema, indexBytes, INDEX_FILE);
  const [manifest, ...others] = manifests.filter((one) => one.artifactType === MEDIA_TYPES.artifact);
  if (manifest === undefined || others.length > 0) throw archiveRefused('its index must name exactly one bundle');
  const manifestBytes = await read(blobFile(manifest.digest), MAX_MANIFEST_BYTES);
  const signatureManifests = manifests.filter((one) => one.artifactType === MEDIA_TYPES.signature);
  if (signatureManifests.length > MAX_SIGNATURES) throw archiveRefused(`it has more than ${MAX_SIGNATURES} signatures`);
  const signatures: Buffer[] = [];
  for (const one of signatureManifests) {
    const bytes = await read(blobFile(one.digest), MAX_INDEX_BYTES);
    const [layer] = parse(signatureManifestSchema, bytes, 'the manifest of a signature').layers;
    if (layer === undefined) throw archiveRefused('the manifest of a signature is empty');
    signatures.push(await read(blobFile(layer.digest), MAX_SIGNATURE_BYTES));
  }
  const verified = verifyBundle({ manifestBytes, manifestDigest: manifest.digest, signatures, trustedKeys });
  const layout = bundleLayout({ ...verified, manifestBytes }, signatures);
  // The index is not signed, so it may say nothing but what follows from what is.
  if (!indexBytes.equals(layout.indexBytes)) throw archiveRefused('its index does not belong to its content');
  await checkFiles(entries, layout, read);
  return {
    verified,
    layout,
    manifestBytes,
    content: (digest, signal) => contentOf(file, entries.get(blobFile(digest)), signal),
  };
}

/** Exactly the files of the layout, each of its length; those that the layout carries itself, byte by byte. */
async function checkFiles(
  entries: ReadonlyMap<string, TarEntry>,
  layout: BundleLayout,
  read: (name: string, maxBytes: number) => Promise<Buffer>,
): Promise<void> {
  const expected = new Set([LAYOUT_FILE, INDEX_FILE]);
  for (const { descriptor, bytes } of layoutBlobs(layout)) {
    const name = blobFile(descriptor.digest);
    expected.add(name);
    const entry = entries.get(name);
    if (entry === undefined) throw archiveRefused(`it has no file "${name}"`);
    if (entry.sizeBytes !== descriptor.size) throw archiveRefused(`its file "${name}" has the wrong length`);
    if (bytes !== null && !(await read(name, descriptor.size)).equals(bytes)) {
      throw archiveRefused(`its file "${name}" does not match its digest`);
    }
  }
  const extra = [...entries.keys()].find((name) => !expected.has(name));
  if (extra !== undefined) throw archiveRefused(`its file ${JSON.stringify(extra)} does not belong to the bundle`);
}

async function* contentOf(
  file: FileHandle,
  entry: TarEntry | undefined,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (entry === undefined) throw new Error('no such blob in the archive');
  for (let done = 0; done < entry.sizeBytes; done += CHUNK_BYTES) {
    if (signal?.aborted) throw cancelled('Importing the bundle');
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, entry.sizeBytes - done));
    await readExactly(file, chunk, entry.offset + done);
    yield chunk;
  }
}

function parse<T>(schema: z.ZodMiniType<T>, bytes: Buffer, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw archiveRefused(`${what} is not JSON`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw archiveRefused(`${what} has an unknown form`);
}
