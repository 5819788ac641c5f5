// DSSE envelopes (secure-systems-lab/dsse v1): the bytes that are signed, and the check of their ECDSA signatures.
import { verify } from 'node:crypto';
import * as z from 'zod/mini';
import { ecdsaHash } from './key-id.ts';
import { decodeBase64, malformed } from './malformed.ts';
import type { TrustedKey } from './trusted-keys.ts';

/** Payload type of an in-toto statement (in-toto attestation spec v1, envelope.md). */
export const IN_TOTO_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

export interface DsseSignature {
  /** ASN.1 DER of the ECDSA signature, as Sigstore writes it. */
  readonly signature: Uint8Array;
  /** Hint only: never trusted to choose what is accepted. */
  readonly keyId: string | null;
}

export interface DsseEnvelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  readonly signatures: readonly DsseSignature[];
}

const MAX_SIGNATURES = 16;

const envelopeSchema = z.object({
  payloadType: z.string(),
  payload: z.string(),
  signatures: z.array(z.object({ sig: z.string(), keyid: z.optional(z.string()) })),
});

/** Pre-authentication encoding (DSSE protocol.md): `DSSEv1 LEN(type) type LEN(payload) payload`; lengths in bytes. */
export function dssePae(payloadType: string, payload: Uint8Array): Uint8Array {
  const typeBytes = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${typeBytes.byteLength} `, 'utf8'),
    typeBytes,
    Buffer.from(` ${payload.byteLength} `, 'utf8'),
    payload,
  ]);
}

/** Parses the JSON form of an envelope. @throws BUNDLE_MALFORMED */
export function parseDsseEnvelope(value: unknown): DsseEnvelope {
  const parsed = envelopeSchema.safeParse(value);
  if (!parsed.success) throw malformed('a signature is not a DSSE envelope');
  const { payloadType, payload, signatures } = parsed.data;
  if (signatures.length === 0) throw malformed('a signature envelope is empty');
  if (signatures.length > MAX_SIGNATURES) throw malformed(`a signature envelope has over ${MAX_SIGNATURES} signatures`);
  return {
    payloadType,
    payload: decodeBase64('the payload of a signature', payload),
    signatures: signatures.map((entry) => ({
      signature: decodeBase64('a signature', entry.sig),
      keyId: entry.keyid === undefined || entry.keyid === '' ? null : entry.keyid,
    })),
  };
}

/** Ids of the keys that made at least one signature of the envelope; empty when none did. */
export function verifyDsse(envelope: DsseEnvelope, keys: readonly TrustedKey[]): string[] {
  const signed = dssePae(envelope.payloadType, envelope.payload);
  const isSignedBy = ({ publicKey }: TrustedKey): boolean => {
    const hash = ecdsaHash(publicKey);
    if (hash === null) return false;
    return envelope.signatures.some((entry) =>
      verify(hash, signed, { key: publicKey, dsaEncoding: 'der' }, entry.signature),
    );
  };
  return keys.filter(isSignedBy).map((key) => key.keyId);
}
