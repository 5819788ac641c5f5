// Takes a bundle from a registry into the local store: manifest and signatures are judged before a single blob is fetched.
import * as z from 'zod/mini';
import { layerRole } from '../../../devices/trust/bundle-layers.ts';
import { parseManifest } from '../../../devices/trust/bundle-manifest.ts';
import { MAX_SIGNATURE_BYTES } from '../../../devices/trust/sigstore-bundle.ts';
import type { BundleDetail } from '../../../shared/contract/bundles.ts';
import { checkName, checkVersion } from '../../../shared/domain/names.ts';
import { type Descriptor, descriptorSchema, MEDIA_TYPES } from '../../../shared/domain/release.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { BlobStore } from '../blob-store.ts';
import { explainUntrusted } from '../bundles/bundle-errors.ts';
import type { BundleKeeper } from '../bundles/bundle-keeper.ts';
import { isAboutBundle, verifyBundle } from '../bundles/model-signature.ts';
import type { KeyService } from '../keys/key-service.ts';
import { downloadBlob } from './blob-download.ts';
import { type FetchedManifest, getManifest, listReferrers } from './manifests.ts';
import { formatOciReference, type OciReference } from './oci-reference.ts';
import { notThere } from './registry-errors.ts';
import type { RegistrySession } from './registry-session.ts';
import type { Report } from './transfer-stream.ts';

/** Signatures that are looked at; whoever may write to the repository can add to them. */
const MAX_CANDIDATES = 64;
const MAX_SIGNATURES = 16;

const signatureManifestSchema = z.object({
  artifactType: z.literal(MEDIA_TYPES.signature),
  subject: z.object({ digest: z.string() }),
  layers: z.array(descriptorSchema).check(z.minLength(1)),
});

export interface PullParts {
  readonly session: RegistrySession;
  readonly source: OciReference;
  readonly blobs: BlobStore;
  readonly keeper: BundleKeeper;
  readonly keys: KeyService;
  readonly report: Report;
}

/**
 * @throws NOT_FOUND, REGISTRY_*, BUNDLE_MALFORMED (also for what is no bundle of Lineside), BUNDLE_DIGEST_MISMATCH,
 *   BUNDLE_SIGNATURE_INVALID, BUNDLE_KEY_UNTRUSTED, ALREADY_EXISTS, LOCAL_DISK_FULL, CANCELLED
 */
export async function pullBundle(parts: PullParts): Promise<BundleDetail> {
  const { session, source, blobs, keeper, keys, report } = parts;
  report({ step: `Asking ${session.host}` });
  const { bytes: manifestBytes, digest: manifestDigest } = await fetchManifest(session, source);
  const manifest = parseManifest(manifestBytes);
  if (!manifest.layers.some((layer) => layerRole(layer) === 'release')) throw notABundle(source);
  const found = await fetchSignatures(session, manifestDigest);
  // Others sign artifacts in registries too; what is not about this bundle in a form that is known here is theirs.
  const signatures = found.filter((bytes) => isAboutBundle(bytes, manifest, manifestDigest)).slice(0, MAX_SIGNATURES);
  try {
    const verified = verifyBundle({ manifestBytes, manifestDigest, signatures, trustedKeys: keys.trustedKeys() });
    checkName('bundle', verified.release.name);
    checkVersion(verified.release.version);
    const totalBytes = [...verified.blobs, ...verified.attachments].reduce((sum, blob) => sum + blob.size, 0);
    let doneBytes = 0;
    return await keeper.keep({
      verified,
      manifestBytes,
      signatures,
      add: async (digest, sizeBytes) => {
        report({ step: `Fetching from ${session.host}`, doneBytes, totalBytes });
        const onBytes = (bytes: number): void => {
          doneBytes += bytes;
          report({ doneBytes });
        };
        await blobs.addStream(downloadBlob(session, { digest, size: sizeBytes }, onBytes), { digest, sizeBytes });
      },
    });
  } catch (error) {
    throw explainUntrusted(error, 'pull', keys.trustedDirectory);
  }
}

/** The manifest of a model artifact. @throws NOT_FOUND, BUNDLE_MALFORMED for anything else */
export async function fetchManifest(session: RegistrySession, source: OciReference): Promise<FetchedManifest> {
  const reference = source.digest ?? source.tag;
  if (reference === null) {
    throw new AppError('INPUT_INVALID', `${formatOciReference(source)} has no tag; add one, as in oci://…/NAME:1.0.`);
  }
  const found = await getManifest(session, reference);
  if (found === null) throw notThere(formatOciReference(source));
  if (found.mediaType === MEDIA_TYPES.manifest && isModelArtifact(found.bytes)) return found;
  throw new AppError(
    'BUNDLE_MALFORMED',
    `${formatOciReference(source)} is neither a bundle nor a model, but ${found.mediaType || 'something else'}; check the reference.`,
    { details: { reference: formatOciReference(source), mediaType: found.mediaType } },
  );
}

function isModelArtifact(bytes: Buffer): boolean {
  try {
    return (JSON.parse(bytes.toString('utf8')) as { artifactType?: unknown }).artifactType === MEDIA_TYPES.artifact;
  } catch {
    return false;
  }
}

async function fetchSignatures(session: RegistrySession, subject: string): Promise<Uint8Array[]> {
  // Tools that know nothing of artifact types leave them out of a list that they copy; the manifest has its own.
  const listed = (await listReferrers(session, subject)).filter(
    ({ artifactType = MEDIA_TYPES.signature }) => artifactType === MEDIA_TYPES.signature,
  );
  const signatures: Uint8Array[] = [];
  for (const { digest } of listed.slice(0, MAX_CANDIDATES)) {
    const manifest = await getManifest(session, digest);
    const layer = manifest && signatureLayer(manifest.bytes, subject);
    if (!layer || layer.size > MAX_SIGNATURE_BYTES) continue;
    const chunks: Uint8Array[] = [];
    for await (const chunk of downloadBlob(session, layer, () => undefined)) chunks.push(chunk);
    signatures.push(Buffer.concat(chunks));
  }
  return signatures;
}

function signatureLayer(bytes: Buffer, subject: string): Descriptor | null {
  try {
    const manifest = signatureManifestSchema.parse(JSON.parse(bytes.toString('utf8')));
    return manifest.subject.digest === subject ? (manifest.layers[0] ?? null) : null;
  } catch {
    return null;
  }
}

function notABundle(source: OciReference): AppError {
  const reference = formatOciReference(source);
  return new AppError(
    'BUNDLE_MALFORMED',
    `${reference} is a model that Lineside did not pack: it has no golden vectors and limits to deploy by; take it as a model with \`lineside bundle pull ${reference} --as-model NAME\`, and make a bundle of that.`,
    { details: { reference, isModel: true } },
  );
}
