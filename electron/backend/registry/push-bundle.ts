// Sends a stored bundle to a registry: its blobs, its manifest, its signatures as artifacts that refer to it, and last of all the tag.
import { createReadStream } from 'node:fs';
import type { PushResult } from '../../../shared/contract/bundles.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { BlobStore } from '../blob-store.ts';
import { type BundleLayout, layoutBlobs } from '../bundles/oci-layout.ts';
import { type BlobSource, uploadBlob } from './blob-upload.ts';
import { addToReferrersTag, putManifest, tagDigest } from './manifests.ts';
import { formatOciReference, type OciReference } from './oci-reference.ts';
import type { RegistrySession } from './registry-session.ts';
import type { Report } from './transfer-stream.ts';

export interface PushParts {
  readonly session: RegistrySession;
  readonly layout: BundleLayout;
  readonly blobs: BlobStore;
  /** With a tag. */
  readonly target: OciReference & { readonly tag: string };
  readonly mountFrom?: string | undefined;
  /** Lets the tag point to this bundle although it pointed to another one. */
  readonly replace: boolean;
  readonly pieceBytes?: number | undefined;
  readonly report: Report;
}

/** @throws ALREADY_EXISTS for a tag that points elsewhere, REGISTRY_*, BUNDLE_DIGEST_MISMATCH, CANCELLED */
export async function pushBundle(parts: PushParts): Promise<PushResult> {
  const { session, layout, target, report } = parts;
  const { digest } = layout.manifest.descriptor;
  report({ step: `Asking ${session.host}` });
  const before = await tagDigest(session, target.tag);
  if (before !== null && before !== digest && !parts.replace) throw tagTaken(target, before);

  const counts = { present: 0, mounted: 0, uploaded: 0 };
  const sources = uploads(parts);
  const totalBytes = sources.reduce((sum, one) => sum + one.size, 0);
  let doneBytes = 0;
  for (const source of sources) {
    report({ step: `Sending to ${session.host}`, doneBytes, totalBytes });
    const doneBefore = doneBytes;
    const outcome = await uploadBlob(session, source, {
      mountFrom: parts.mountFrom,
      pieceBytes: parts.pieceBytes,
      onBytes: (bytes) => {
        // What a break made us send again is not progress.
        doneBytes = Math.min(doneBytes + bytes, doneBefore + source.size);
        report({ doneBytes });
      },
    });
    doneBytes = doneBefore + source.size;
    counts[outcome] += source.size;
  }
  report({ step: 'Writing the manifest', doneBytes: totalBytes, totalBytes });
  await putManifest(session, digest, layout.manifest.bytes);
  const signatures = layout.signatures.map((one) => one.manifest);
  const unlisted = [];
  for (const { descriptor, bytes } of signatures) {
    const { listsReferrers } = await putManifest(session, descriptor.digest, bytes);
    if (!listsReferrers) unlisted.push(descriptor);
  }
  if (unlisted.length > 0) await addToReferrersTag(session, digest, unlisted);
  // Last, so that whoever reads the tag finds all that belongs to it.
  if (before !== digest) await putManifest(session, target.tag, layout.manifest.bytes);
  return {
    reference: formatOciReference({ ...target, digest }),
    digest,
    uploadedBytes: counts.uploaded,
    mountedBytes: counts.mounted,
    presentBytes: counts.present,
    signatures: signatures.length,
  };
}

/** Everything of the layout that is not a manifest; large blobs are read from the store, and the registry checks their digests. */
function uploads({ layout, blobs }: PushParts): BlobSource[] {
  const manifests = new Set([layout.manifest, ...layout.signatures.map((one) => one.manifest)].map((one) => one.bytes));
  return layoutBlobs(layout).flatMap(({ descriptor: { digest, size }, bytes }): BlobSource[] => {
    if (bytes === null) {
      const read = (start: number, end: number) =>
        createReadStream(blobs.path(digest), { start, end: end - 1, highWaterMark: 1 << 20 });
      return [{ digest, size, read }];
    }
    if (manifests.has(bytes)) return [];
    return [{ digest, size, read: (start: number, end: number) => [bytes.subarray(start, end)] }];
  });
}

function tagTaken(target: OciReference, digest: string): AppError {
  return new AppError(
    'ALREADY_EXISTS',
    `${formatOciReference({ ...target, digest: null })} is another bundle already; choose another tag, or replace it with --replace.`,
    { details: { reference: formatOciReference(target), digest } },
  );
}
