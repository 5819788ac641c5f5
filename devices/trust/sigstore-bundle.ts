// Sigstore bundles v0.3 (sigstore/protobuf-specs, sigstore_bundle.proto) that hold one key-signed DSSE envelope.
import * as z from 'zod/mini';
import { MEDIA_TYPES } from '../../shared/domain/release.ts';
import { type DsseEnvelope, IN_TOTO_PAYLOAD_TYPE, parseDsseEnvelope } from './dsse.ts';
import { malformed, parseJson } from './malformed.ts';

/** Largest signature file that is read, in bytes. */
export const MAX_SIGNATURE_BYTES = 2 * 1024 * 1024;

export interface SigstoreBundle {
  /** Names the public key; a hint, verification never relies on it. */
  readonly keyHint: string | null;
  readonly envelope: DsseEnvelope;
}

const bundleSchema = z.object({
  mediaType: z.literal(MEDIA_TYPES.signature),
  verificationMaterial: z.object({ publicKey: z.object({ hint: z.nullish(z.string()) }) }),
  dsseEnvelope: z.unknown(),
});

/** Parses the JSON of a Sigstore bundle. @throws BUNDLE_MALFORMED */
export function parseSigstoreBundle(bytes: Uint8Array, maxBytes = MAX_SIGNATURE_BYTES): SigstoreBundle {
  const parsed = bundleSchema.safeParse(parseJson('a signature', bytes, maxBytes));
  if (!parsed.success) throw malformed('a signature is not a Sigstore bundle v0.3 made with a key');
  const envelope = parseDsseEnvelope(parsed.data.dsseEnvelope);
  if (envelope.signatures.length !== 1) throw malformed('a Sigstore bundle must hold exactly one signature');
  return { keyHint: parsed.data.verificationMaterial.publicKey.hint || null, envelope };
}

export interface SigstoreBundleInput {
  /** Exact bytes of the in-toto statement. */
  readonly payload: Uint8Array;
  /** DER signature over `dssePae(IN_TOTO_PAYLOAD_TYPE, payload)`. */
  readonly signatureDer: Uint8Array;
  /** `keyIdOf` the key, or what else the reader of the signature knows it by. */
  readonly keyHint: string;
}

/** JSON bytes of a Sigstore bundle; the same input gives the same bytes. */
export function buildSigstoreBundle(input: SigstoreBundleInput): Uint8Array {
  const bundle = {
    mediaType: MEDIA_TYPES.signature,
    verificationMaterial: { publicKey: { hint: input.keyHint }, tlogEntries: [] },
    dsseEnvelope: {
      payload: Buffer.from(input.payload).toString('base64'),
      payloadType: IN_TOTO_PAYLOAD_TYPE,
      signatures: [{ sig: Buffer.from(input.signatureDer).toString('base64'), keyid: '' }],
    },
  };
  return Buffer.from(JSON.stringify(bundle), 'utf8');
}
