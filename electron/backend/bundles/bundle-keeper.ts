// Puts a verified bundle into the registry all at once, takes it out again, and reads back what it is made of.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { checkLayers } from '../../../devices/trust/bundle-layers.ts';
import { parseManifest, sha256Digest } from '../../../devices/trust/bundle-manifest.ts';
import type { VerifiedRelease } from '../../../devices/trust/verify-release.ts';
import type { BundleDetail } from '../../../shared/contract/bundles.ts';
import { MEDIA_TYPES } from '../../../shared/domain/release.ts';
import type { BlobStore } from '../blob-store.ts';
import type { Database } from '../database.ts';
import { freeUnreferencedBlobs } from './blob-references.ts';
import { blobDamaged } from './bundle-errors.ts';
import { bundleDetail, deleteBundle, findExact, putBundle, versionTaken } from './bundle-table.ts';
import { type BundleLayout, bundleLayout, layoutBlobs } from './oci-layout.ts';

export interface NewBundle {
  readonly verified: VerifiedRelease;
  readonly manifestBytes: Uint8Array;
  readonly signatures: readonly Uint8Array[];
  /** Puts a blob of the manifest into the store, which lacks it or has it damaged. */
  add(digest: string, sizeBytes: number): Promise<void>;
}

export interface StoredBundle {
  readonly manifestBytes: Buffer;
  readonly signatures: readonly Buffer[];
}

export interface BundleKeeper {
  /**
   * Stores a bundle. The same content under the same name and version is not stored twice: new signatures are added to it.
   * When it fails, what it had added is removed again.
   * @throws ALREADY_EXISTS for other content under the same name and version
   */
  keep(bundle: NewBundle): Promise<BundleDetail>;
  /** Returns the bytes that became free. */
  drop(detail: BundleDetail): Promise<number>;
  /** The manifest and signatures of a stored bundle. @throws BUNDLE_DIGEST_MISMATCH when they are damaged or missing */
  read(detail: BundleDetail): Promise<StoredBundle>;
  /** The whole layout of a stored bundle, without checking its signatures. @throws BUNDLE_DIGEST_MISMATCH, BUNDLE_MALFORMED */
  layout(detail: BundleDetail): Promise<BundleLayout>;
}

export function createBundleKeeper(db: Database, blobs: BlobStore): BundleKeeper {
  let last: Promise<unknown> = Promise.resolve();
  /** One change at a time: what one adds, another must not take for unused. */
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  }

  async function readBlob(digest: string): Promise<Buffer> {
    const bytes = await readFile(blobs.path(digest)).catch((error: unknown) => {
      throw blobDamaged(digest, error);
    });
    if (sha256Digest(bytes) !== digest) throw blobDamaged(digest);
    return bytes;
  }

  async function read(detail: BundleDetail): Promise<StoredBundle> {
    const signed = detail.blobs.filter((blob) => blob.mediaType === MEDIA_TYPES.signature);
    return {
      manifestBytes: await readBlob(detail.digest),
      signatures: await Promise.all(signed.map((blob) => readBlob(blob.digest))),
    };
  }

  /** The bundle that is there already, with the signatures of both. @throws ALREADY_EXISTS when it is another one */
  async function merge(
    bundle: NewBundle,
    known: BundleDetail | undefined,
  ): Promise<Pick<NewBundle, 'verified' | 'signatures'>> {
    if (known === undefined) return bundle;
    if (known.digest !== bundle.verified.manifestDigest) throw versionTaken(known);
    const { signatures } = await read(known);
    const byDigest = new Map([...signatures, ...bundle.signatures].map((bytes) => [sha256Digest(bytes), bytes]));
    const signedBy = [...new Set([...known.signedBy, ...bundle.verified.signedBy])];
    return { verified: { ...bundle.verified, signedBy }, signatures: [...byDigest.values()] };
  }

  return {
    read,
    layout: async (detail) => {
      const { manifestBytes, signatures } = await read(detail);
      const layers = checkLayers(parseManifest(manifestBytes));
      return bundleLayout({ ...layers, manifestBytes, manifestDigest: detail.digest }, signatures);
    },
    drop: (detail) =>
      alone(async () => {
        deleteBundle(db, detail);
        return freeUnreferencedBlobs(
          db,
          blobs,
          detail.blobs.map((blob) => blob.digest),
        );
      }),
    keep: (bundle) =>
      alone(async () => {
        const { name, version } = bundle.verified.release;
        const known = findExact(db, name, version);
        const { verified, signatures } = await merge(bundle, known);
        const layout = bundleLayout({ ...verified, manifestBytes: bundle.manifestBytes }, signatures);
        const detail = bundleDetail(verified, layout, known?.createdAtMs ?? Date.now());
        const added: string[] = [];
        try {
          for (const { descriptor, bytes } of layoutBlobs(layout)) {
            const present = await blobs.verify(descriptor.digest);
            if (present?.isIntact) continue;
            if (present === null) added.push(descriptor.digest);
            await (bytes === null ? bundle.add(descriptor.digest, descriptor.size) : blobs.addBytes(bytes));
          }
          db.transaction(() => {
            const other = findExact(db, name, version);
            if (other !== undefined && other.digest !== detail.digest) throw versionTaken(other);
            const missing = detail.blobs.find((blob) => !existsSync(blobs.path(blob.digest)));
            if (missing !== undefined) throw blobDamaged(missing.digest);
            putBundle(db, detail);
          });
        } catch (error) {
          await freeUnreferencedBlobs(db, blobs, added);
          throw error;
        }
        return detail;
      }),
  };
}
