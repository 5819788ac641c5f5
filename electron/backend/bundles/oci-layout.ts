// The OCI image layout of a bundle (image-spec v1.1, image-layout.md): the signature's own manifest, index.json, and the list of files.
import { sha256Digest } from '../../../devices/trust/bundle-manifest.ts';
import type { VerifiedRelease } from '../../../devices/trust/verify-release.ts';
import { type Descriptor, MEDIA_TYPES } from '../../../shared/domain/release.ts';
import { canonicalJson } from './canonical-json.ts';
import { signedPredicate } from './model-signature.ts';

const EMPTY_CONFIG = Buffer.from('{}');
/** image-spec v1.1, manifest.md, "Guidance for an Empty Descriptor". */
const EMPTY_MEDIA_TYPE = 'application/vnd.oci.empty.v1+json';

export const LAYOUT_FILE = 'oci-layout';
export const INDEX_FILE = 'index.json';
export const LAYOUT_BYTES: Buffer = canonicalJson({ imageLayoutVersion: '1.0.0' });

/** A file of the layout whose bytes are made here. */
export interface SmallBlob {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** Everything in a bundle's layout. */
export interface BundleLayout {
  readonly manifest: SmallBlob;
  /** Config and layers without repetitions. */
  readonly blobs: readonly Descriptor[];
  /** Sigstore bundles, each with the manifest that ties it to the bundle; in the order of those manifests' digests. */
  readonly signatures: readonly { readonly signature: SmallBlob; readonly manifest: SmallBlob }[];
  /** The blob `{}` that signature manifests have for a config. */
  readonly emptyConfig: SmallBlob;
  readonly indexBytes: Buffer;
}

type LayoutInput = Pick<VerifiedRelease, 'manifestDigest' | 'release' | 'blobs' | 'attachments'> & {
  readonly manifestBytes: Uint8Array;
};

/** The layout of a bundle with these signatures; the same input, in any order of the signatures, gives the same bytes. */
export function bundleLayout(bundle: LayoutInput, signatures: readonly Uint8Array[]): BundleLayout {
  const manifest: SmallBlob = {
    bytes: bundle.manifestBytes,
    descriptor: {
      mediaType: MEDIA_TYPES.manifest,
      digest: bundle.manifestDigest,
      size: bundle.manifestBytes.byteLength,
      artifactType: MEDIA_TYPES.artifact,
    },
  };
  const emptyConfig = smallBlob(EMPTY_MEDIA_TYPE, EMPTY_CONFIG);
  const signed = signatures.map((bytes) => {
    const signature = smallBlob(MEDIA_TYPES.signature, bytes);
    const manifestOf = signatureManifest(manifest.descriptor, signature, emptyConfig.descriptor);
    return { signature, manifest: manifestOf };
  });
  signed.sort((a, b) => (a.manifest.descriptor.digest < b.manifest.descriptor.digest ? -1 : 1));
  const indexBytes = canonicalJson({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.index,
    manifests: [
      {
        ...manifest.descriptor,
        // The tag by which OCI clients name it inside the layout.
        annotations: { 'org.opencontainers.image.ref.name': bundle.release.version },
      },
      ...signed.map((one) => one.manifest.descriptor),
    ],
  });
  return { manifest, blobs: [...bundle.blobs, ...bundle.attachments], signatures: signed, emptyConfig, indexBytes };
}

/** All blobs of a layout without repetitions, sorted by digest, those made here with their bytes. */
export function layoutBlobs(layout: BundleLayout): { descriptor: Descriptor; bytes: Uint8Array | null }[] {
  const small = [
    layout.manifest,
    layout.emptyConfig,
    ...layout.signatures.flatMap((one) => [one.signature, one.manifest]),
  ];
  const all = [...layout.blobs.map((descriptor) => ({ descriptor, bytes: null })), ...small];
  const byDigest = new Map<string, { descriptor: Descriptor; bytes: Uint8Array | null }>();
  for (const blob of all) if (!byDigest.has(blob.descriptor.digest)) byDigest.set(blob.descriptor.digest, blob);
  return [...byDigest.values()].sort((a, b) => (a.descriptor.digest < b.descriptor.digest ? -1 : 1));
}

/** Name of a blob's file inside the layout. */
export function blobFile(digest: string): string {
  return `blobs/sha256/${digest.slice('sha256:'.length)}`;
}

/** Manifest of an artifact that refers to the bundle by `subject`, as registries list signatures (image-spec v1.1, manifest.md). */
function signatureManifest(subject: Descriptor, signature: SmallBlob, emptyConfig: Descriptor): SmallBlob {
  const bytes = canonicalJson({
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    artifactType: MEDIA_TYPES.signature,
    config: { ...emptyConfig, data: EMPTY_CONFIG.toString('base64') },
    layers: [signature.descriptor],
    subject,
    annotations: {
      'dev.sigstore.bundle.content': 'dsse-envelope',
      'dev.sigstore.bundle.predicateType': signedPredicate(signature.bytes),
    },
  });
  const { descriptor } = smallBlob(MEDIA_TYPES.manifest, bytes);
  return { bytes, descriptor: { ...descriptor, artifactType: MEDIA_TYPES.signature } };
}

function smallBlob(mediaType: string, bytes: Uint8Array): SmallBlob {
  return { bytes, descriptor: { mediaType, digest: sha256Digest(bytes), size: bytes.byteLength } };
}
