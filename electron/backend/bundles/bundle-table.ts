// The rows of the bundle registry: finding them by reference, and what a row says about a bundle.
import { layerRole } from '../../../devices/trust/bundle-layers.ts';
import { FILEPATH_ANNOTATION } from '../../../devices/trust/bundle-manifest.ts';
import type { VerifiedRelease } from '../../../devices/trust/verify-release.ts';
import { type BundleDetail, type BundleSummary, bundleDetailSchema } from '../../../shared/contract/bundles.ts';
import { formatRef, isDigest, parseRef } from '../../../shared/domain/names.ts';
import { type Descriptor, MEDIA_TYPES } from '../../../shared/domain/release.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../database.ts';
import { type BundleLayout, layoutBlobs } from './oci-layout.ts';

/** All bundles, newest first. */
export function listBundles(db: Database): BundleDetail[] {
  return db.all('SELECT detail FROM bundle ORDER BY created_at_ms DESC, rowid DESC').map(readRow);
}

/** @throws NOT_FOUND, NAME_INVALID. `ref`: a name (its newest version), `name:version`, or the digest. */
export function findBundle(db: Database, ref: string): BundleDetail {
  const found = lookUp(db, ref);
  if (found !== undefined) return found;
  throw new AppError('NOT_FOUND', `There is no bundle ${ref}; \`lineside bundle list\` shows those there are.`, {
    details: { ref },
  });
}

/** The bundle with exactly this name and version. */
export function findExact(db: Database, name: string, version: string): BundleDetail | undefined {
  const row = db.get('SELECT detail FROM bundle WHERE name = ? AND version = ?', name, version);
  return row && readRow(row);
}

export function putBundle(db: Database, detail: BundleDetail): void {
  db.run(
    'INSERT OR REPLACE INTO bundle (name, version, digest, created_at_ms, detail) VALUES (?, ?, ?, ?, ?)',
    ...[detail.name, detail.version, detail.digest, detail.createdAtMs, JSON.stringify(detail)],
  );
}

export function deleteBundle(db: Database, detail: BundleDetail): void {
  db.run('DELETE FROM bundle WHERE name = ? AND version = ?', detail.name, detail.version);
}

export function bundleSummary(detail: BundleDetail): BundleSummary {
  const { release: _release, blobs: _blobs, ...summary } = detail;
  return summary;
}

/** What the registry says about a verified bundle. */
export function bundleDetail(verified: VerifiedRelease, layout: BundleLayout, createdAtMs: number): BundleDetail {
  const { release } = verified;
  const blobs = layoutBlobs(layout).map(({ descriptor }) => ({
    digest: descriptor.digest,
    sizeBytes: descriptor.size,
    mediaType: descriptor.mediaType,
    title: blobTitle(descriptor),
  }));
  return {
    name: release.name,
    version: release.version,
    digest: verified.manifestDigest,
    sizeBytes: blobs.reduce((sum, blob) => sum + blob.sizeBytes, 0),
    createdAtMs,
    model: { name: release.model.name, version: release.model.version },
    signedBy: [...verified.signedBy],
    goldenCases: release.golden.cases.length,
    latencyBudgetMs: release.budget.latencyP95Ms,
    release,
    blobs,
  };
}

function blobTitle(descriptor: Descriptor): string | null {
  const role = layerRole(descriptor);
  if (role === 'release') return 'release document';
  if (role === 'golden') return 'golden vectors';
  if (descriptor.mediaType === MEDIA_TYPES.signature) return 'signature';
  return descriptor.annotations?.[FILEPATH_ANNOTATION] ?? null;
}

function lookUp(db: Database, ref: string): BundleDetail | undefined {
  if (isDigest(ref)) {
    const row = db.get('SELECT detail FROM bundle WHERE digest = ?', ref);
    return row && readRow(row);
  }
  const { name, version } = parseRef('bundle', ref);
  if (version !== undefined) return findExact(db, name, version);
  const row = db.get('SELECT detail FROM bundle WHERE name = ? ORDER BY created_at_ms DESC, rowid DESC LIMIT 1', name);
  return row && readRow(row);
}

function readRow(row: Record<string, unknown>): BundleDetail {
  return bundleDetailSchema.parse(JSON.parse(String(row['detail'])));
}

/** `ALREADY_EXISTS` for a name and version that another bundle has: versions are never changed. */
export function versionTaken(detail: BundleDetail): AppError {
  const ref = formatRef(detail);
  return new AppError(
    'ALREADY_EXISTS',
    `There is already a bundle ${ref} with other content, and a version is never changed; choose another version, or remove it first with \`lineside bundle remove ${ref}\`.`,
    { details: { ref, digest: detail.digest } },
  );
}
