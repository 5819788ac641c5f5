// The OCI manifest of a bundle: how it is laid out, built and taken apart, in one place for the side that writes and the side that reads.
import { createHash } from 'node:crypto';
import {
  type Descriptor,
  type Manifest,
  MEDIA_TYPES,
  manifestSchema,
  type Release,
  releaseSchema,
} from '../../shared/domain/release.ts';
import { decodeBase64, malformed, parseJson } from './malformed.ts';

/** Annotation of a layer with the path at which its file belongs (CNCF ModelPack, annotations.md). */
export const FILEPATH_ANNOTATION = 'org.cncf.model.filepath';

/** Paths of Lineside's own layers, by which they are told from others of their type; no model file lies there. */
export const RELEASE_PATH = 'lineside/release.json';
export const GOLDEN_PATH = 'lineside/golden.bin';
/** Folder of what travels with a bundle and no device needs: labels, preprocessing, evidence. */
export const ATTACHMENT_FOLDER = 'lineside/attached/';

/** Largest manifest and release document that are read, in bytes (registries take manifests up to 4 MiB). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
const MAX_RELEASE_BYTES = 2 * 1024 * 1024;

/** `sha256:<hex>` of some bytes. */
export function sha256Digest(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

export interface BuiltManifest {
  readonly manifestBytes: Uint8Array;
  readonly manifestDigest: string;
  readonly manifest: Manifest;
  /** Exact bytes of the release document, the blob of the release layer. */
  readonly releaseBytes: Uint8Array;
}

/**
 * Builds the manifest of a bundle; the same input gives the same bytes. Layers: the release document, the golden blob,
 * the model files in the order of the document, and `attachments`. The release layer carries its document in `data` too (image-spec v1.1,
 * descriptor.md), so that a device can check requirements before anything is sent.
 */
export function buildBundleManifest(
  release: Release,
  configBytes: Uint8Array,
  attachments: readonly Descriptor[] = [],
): BuiltManifest {
  const releaseBytes = Buffer.from(JSON.stringify(release), 'utf8');
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.manifest,
    artifactType: MEDIA_TYPES.artifact,
    config: { mediaType: MEDIA_TYPES.config, digest: sha256Digest(configBytes), size: configBytes.byteLength },
    layers: [
      {
        mediaType: MEDIA_TYPES.release,
        digest: sha256Digest(releaseBytes),
        size: releaseBytes.byteLength,
        annotations: { [FILEPATH_ANNOTATION]: RELEASE_PATH },
        data: releaseBytes.toString('base64'),
      },
      {
        mediaType: MEDIA_TYPES.golden,
        digest: release.golden.blob.digest,
        size: release.golden.blob.sizeBytes,
        annotations: { [FILEPATH_ANNOTATION]: GOLDEN_PATH },
      },
      ...release.model.files.map((file) => ({
        mediaType: MEDIA_TYPES.weight,
        digest: file.digest,
        size: file.sizeBytes,
        annotations: { [FILEPATH_ANNOTATION]: file.path },
      })),
      ...attachments,
    ],
    annotations: {
      'org.opencontainers.image.title': release.name,
      'org.opencontainers.image.version': release.version,
    },
  };
  const manifestBytes = Buffer.from(JSON.stringify(manifest), 'utf8');
  return { manifestBytes, manifestDigest: sha256Digest(manifestBytes), manifest, releaseBytes };
}

/** Parses a manifest's bytes. @throws BUNDLE_MALFORMED */
export function parseManifest(bytes: Uint8Array): Manifest {
  const parsed = manifestSchema.safeParse(parseJson('the manifest', bytes, MAX_MANIFEST_BYTES));
  if (!parsed.success)
    throw malformed(`the manifest has an unknown form (${parsed.error.issues[0]?.path.join('.') ?? ''})`);
  return parsed.data;
}

/** Takes the release document out of its layer's `data` and checks it against the layer's digest. @throws BUNDLE_MALFORMED */
export function readEmbeddedRelease(descriptor: Descriptor): Release {
  if (descriptor.data === undefined) throw malformed('the manifest does not carry the release document in "data"');
  const bytes = decodeBase64('the embedded release document', descriptor.data);
  if (bytes.byteLength !== descriptor.size || sha256Digest(bytes) !== descriptor.digest) {
    throw malformed('the embedded release document does not match its digest');
  }
  const parsed = releaseSchema.safeParse(parseJson('the release document', bytes, MAX_RELEASE_BYTES));
  if (!parsed.success) {
    throw malformed(`the release document has an unknown form (${parsed.error.issues[0]?.path.join('.') ?? ''})`);
  }
  return parsed.data;
}
