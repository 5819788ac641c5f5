// Turns a model of the registry into the content of a signed bundle; the same input gives the same bytes, signature included.
import { createPublicKey } from 'node:crypto';
import { buildBundleManifest, sha256Digest } from '../../../devices/trust/bundle-manifest.ts';
import { dssePae, IN_TOTO_PAYLOAD_TYPE } from '../../../devices/trust/dsse.ts';
import { modelSigningHint } from '../../../devices/trust/key-id.ts';
import { buildSigstoreBundle } from '../../../devices/trust/sigstore-bundle.ts';
import { buildStatement } from '../../../devices/trust/statement.ts';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import type { KeyService } from '../keys/key-service.ts';
import type { Attachment } from './attachments.ts';
import { type GoldenVector, packGolden } from './golden-vectors.ts';
import { modelConfig } from './model-config.ts';
import { layerFiles } from './model-signature.ts';
import { buildModelStatement } from './model-statement.ts';
import { buildRelease, type ReleaseOptions } from './release-document.ts';

export interface BundleInput {
  readonly name: string;
  readonly version: string;
  readonly model: ModelDetail;
  readonly vectors: readonly GoldenVector[];
  readonly options: ReleaseOptions;
  readonly attachments: readonly Attachment[];
  /** Absent: see `KeyService.sign`. */
  readonly keyName?: string | undefined;
}

export interface BuiltBundle {
  readonly manifestBytes: Uint8Array;
  readonly manifestDigest: string;
  /** JSON of the Sigstore bundles: the statement for devices, and the list of files for OpenSSF's verifier. */
  readonly signatures: readonly Uint8Array[];
  /** Config, release document, golden blob and attachments by digest. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

/** @throws INPUT_INVALID, KEY_NOT_FOUND, KEY_UNREADABLE */
export function buildBundle(input: BundleInput, keys: Pick<KeyService, 'choose' | 'sign'>): BuiltBundle {
  const golden = packGolden(input.vectors);
  const release = buildRelease({ ...input, golden, goldenDigest: sha256Digest(golden.bytes) });
  // The config lists the layers and the manifest the config, so the layers are laid out first.
  const attachments = input.attachments.map((one) => one.descriptor);
  const { layers } = buildBundleManifest(release, new Uint8Array(), attachments).manifest;
  const config = modelConfig(
    input.model,
    layers.map((layer) => layer.digest),
  );
  const { manifest, manifestBytes, manifestDigest, releaseBytes } = buildBundleManifest(release, config, attachments);
  const key = keys.choose(input.keyName);
  const sign = (payload: Uint8Array, keyHint: string): Uint8Array => {
    const { signature } = keys.sign(key.name, dssePae(IN_TOTO_PAYLOAD_TYPE, payload));
    return buildSigstoreBundle({ payload, signatureDer: signature, keyHint });
  };
  const { name, version } = release;
  return {
    manifestBytes,
    manifestDigest,
    signatures: [
      sign(buildStatement({ name, version, manifestDigest }), key.keyId),
      sign(
        buildModelStatement(`${name}-${version}`, layerFiles(manifest)),
        modelSigningHint(createPublicKey(key.publicKeyPem)),
      ),
    ],
    blobs: new Map(
      [config, releaseBytes, golden.bytes, ...input.attachments.map((one) => one.bytes)].map((bytes) => [
        sha256Digest(bytes),
        bytes,
      ]),
    ),
  };
}
