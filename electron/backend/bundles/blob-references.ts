// Which blobs of the laptop's store the registries still need, and removing those that nobody does.
import * as z from 'zod/mini';
import type { BlobStore } from '../blob-store.ts';
import type { Database } from '../database.ts';

const modelBlobsSchema = z.object({ files: z.array(z.object({ digest: z.string() })) });
const bundleBlobsSchema = z.object({ blobs: z.array(z.object({ digest: z.string() })) });

/** Digests of all blobs that a model or a bundle in the database consists of. */
export function referencedBlobs(db: Database): Set<string> {
  const models = db
    .all('SELECT detail FROM model')
    .flatMap((row) => modelBlobsSchema.parse(JSON.parse(String(row['detail']))).files);
  const bundles = db
    .all('SELECT detail FROM bundle')
    .flatMap((row) => bundleBlobsSchema.parse(JSON.parse(String(row['detail']))).blobs);
  return new Set([...models, ...bundles].map((blob) => blob.digest));
}

/** Removes those of the blobs that nothing in the database needs. Returns the bytes that became free. */
export async function freeUnreferencedBlobs(
  db: Database,
  blobs: BlobStore,
  digests: Iterable<string>,
): Promise<number> {
  const kept = referencedBlobs(db);
  let freedBytes = 0;
  for (const digest of new Set(digests)) {
    if (!kept.has(digest)) freedBytes += await blobs.remove(digest);
  }
  return freedBytes;
}
