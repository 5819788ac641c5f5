// The rules that tie a manifest's layers to its release document: which layers there are, how large, and that they agree.
import { type Descriptor, type Manifest, MEDIA_TYPES, type Release } from '../../shared/domain/release.ts';
import {
  ATTACHMENT_FOLDER,
  FILEPATH_ANNOTATION,
  GOLDEN_PATH,
  RELEASE_PATH,
  readEmbeddedRelease,
} from './bundle-manifest.ts';
import { malformed } from './malformed.ts';
import { checkReleasePaths } from './release-paths.ts';

const MAX_LAYERS = 4096;
/** Largest sum of all blobs of one bundle, in bytes. */
const MAX_BUNDLE_BYTES = 64 * 1024 ** 3;

export interface CheckedLayers {
  readonly releaseDescriptor: Descriptor;
  readonly release: Release;
  /** Config and layers without repetitions that a device needs, the release document first. */
  readonly blobs: readonly Descriptor[];
  /** What else belongs to the bundle: labels, preprocessing, evidence. Signed with it, and not sent to devices. */
  readonly attachments: readonly Descriptor[];
}

/** Checks a manifest's layers against its release document. @throws BUNDLE_MALFORMED */
export function checkLayers(manifest: Manifest): CheckedLayers {
  if (manifest.config.mediaType !== MEDIA_TYPES.config) throw malformed('its config is not a model config');
  if (manifest.layers.length > MAX_LAYERS) throw malformed(`it has more than ${MAX_LAYERS} layers`);
  const unknown = manifest.layers.find((layer) => layerRole(layer) === null);
  if (unknown !== undefined) throw malformed(`it has a layer of the unknown type "${unknown.mediaType}"`);
  const releaseDescriptor = only(manifest, 'release', 'release document');
  const golden = only(manifest, 'golden', 'golden blob');
  const release = readEmbeddedRelease(releaseDescriptor);
  const attached = manifest.layers.filter((layer) => layerRole(layer) === 'attachment');
  const ownPaths = [releaseDescriptor, golden, ...attached].flatMap(
    (layer) => layer.annotations?.[FILEPATH_ANNOTATION] ?? [],
  );
  checkReleasePaths([...release.model.files.map((file) => file.path), ...ownPaths]);
  checkWeights(manifest, release);
  if (golden.digest !== release.golden.blob.digest || golden.size !== release.golden.blob.sizeBytes) {
    throw malformed('the golden blob is not the one that the release document names');
  }
  for (const tensor of release.golden.cases.flatMap((one) => [...one.inputs, ...one.outputs])) {
    if (tensor.offset + tensor.length > golden.size) {
      throw malformed(`the golden tensor "${tensor.name}" lies outside the golden blob`);
    }
  }
  const all = distinctBlobs(manifest, releaseDescriptor);
  // One content in both roles is needed by the device.
  const needed = new Set(
    [manifest.config, ...manifest.layers.filter((layer) => !attached.includes(layer))].map((blob) => blob.digest),
  );
  return {
    releaseDescriptor,
    release,
    blobs: all.filter((blob) => needed.has(blob.digest)),
    attachments: all.filter((blob) => !needed.has(blob.digest)),
  };
}

export type LayerRole = 'release' | 'golden' | 'weight' | 'attachment';

/** What a layer of a bundle is: by its type, and where the type is not ours alone, by its path; null: nothing that a bundle has. */
export function layerRole({ mediaType, annotations }: Descriptor): LayerRole | null {
  const path = annotations?.[FILEPATH_ANNOTATION];
  if (mediaType === MEDIA_TYPES.weight) return 'weight';
  if (mediaType === MEDIA_TYPES.formerRelease) return 'release';
  if (mediaType === MEDIA_TYPES.formerGolden) return 'golden';
  if (mediaType === MEDIA_TYPES.release && path === RELEASE_PATH) return 'release';
  if (mediaType === MEDIA_TYPES.golden && path === GOLDEN_PATH) return 'golden';
  const isDocument = mediaType === MEDIA_TYPES.settings || mediaType === MEDIA_TYPES.document;
  return isDocument && path?.startsWith(ATTACHMENT_FOLDER) ? 'attachment' : null;
}

function only(manifest: Manifest, role: LayerRole, what: string): Descriptor {
  const [first, ...others] = manifest.layers.filter((layer) => layerRole(layer) === role);
  if (first === undefined || others.length > 0) throw malformed(`it must have exactly one ${what}`);
  return first;
}

function checkWeights(manifest: Manifest, release: Release): void {
  const weights = manifest.layers.filter((layer) => layerRole(layer) === 'weight');
  const byPath = new Map(weights.map((layer) => [layer.annotations?.[FILEPATH_ANNOTATION], layer]));
  if (byPath.size !== weights.length || weights.length !== release.model.files.length) {
    throw malformed('its weight layers are not the files that the release document names');
  }
  for (const file of release.model.files) {
    const layer = byPath.get(file.path);
    if (layer?.digest !== file.digest || layer.size !== file.sizeBytes) {
      throw malformed(`the weight layer of "${file.path}" is not the file that the release document names`);
    }
  }
}

function distinctBlobs(manifest: Manifest, releaseDescriptor: Descriptor): Descriptor[] {
  const byDigest = new Map<string, Descriptor>();
  let totalBytes = 0;
  for (const blob of [releaseDescriptor, manifest.config, ...manifest.layers]) {
    const known = byDigest.get(blob.digest);
    if (known === undefined) {
      byDigest.set(blob.digest, blob);
      totalBytes += blob.size;
    } else if (known.size !== blob.size) {
      throw malformed('two of its layers give one blob different sizes');
    }
  }
  if (totalBytes > MAX_BUNDLE_BYTES) {
    throw malformed(`its ${totalBytes} bytes are more than the limit of ${MAX_BUNDLE_BYTES}`);
  }
  return [...byDigest.values()];
}
