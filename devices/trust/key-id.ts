// Ids of signing keys: the hex SHA-256 of the public key's SubjectPublicKeyInfo, so that both sides name a key alike.
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { AppError } from '../../shared/errors/app-error.ts';

/** Key id: 64 hex digits, SHA-256 over the DER of the SubjectPublicKeyInfo (RFC 5280, 4.1.2.7). */
export function keyIdOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

/**
 * What OpenSSF Model Signing's verifier knows a key by, and insists on: the hex SHA-256 of the PEM text of the public key
 * (model_signing 1.1, sign_ec_key.py).
 */
export function modelSigningHint(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'pem' }))
    .digest('hex');
}

/** Hash that ECDSA signs with on each curve (Sigstore protobuf-specs, `PublicKeyDetails`). */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['prime256v1', 'sha256'],
  ['secp384r1', 'sha384'],
  ['secp521r1', 'sha512'],
]);

/** Name of the hash for a key's curve; null for every key that is not ECDSA on P-256, P-384 or P-521. */
export function ecdsaHash(publicKey: KeyObject): string | null {
  return HASHES.get(publicKey.asymmetricKeyDetails?.namedCurve ?? '') ?? null;
}

/**
 * Reads a PEM public key and makes sure that it is ECDSA P-256, the only kind that signs bundles.
 * @throws KEY_UNREADABLE
 */
export function readPublicKey(pem: string): KeyObject {
  const key = readEcdsaKey(pem);
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw wrongKind(key, 'The public key is not an ECDSA P-256 key, the only kind that signs bundles.');
}

/** Reads a PEM public key of a kind that OpenSSF Model Signing signs with: ECDSA on P-256, P-384 or P-521. @throws KEY_UNREADABLE */
export function readEcdsaKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: pem, format: 'pem' });
  } catch (error) {
    throw new AppError('KEY_UNREADABLE', 'The public key is not a PEM file that can be read; export it again.', {
      cause: error,
    });
  }
  if (ecdsaHash(key) !== null) return key;
  throw wrongKind(key, 'The public key is not an ECDSA key on P-256, P-384 or P-521, and others sign no models.');
}

function wrongKind(key: KeyObject, message: string): AppError {
  return new AppError('KEY_UNREADABLE', message, {
    details: { type: key.asymmetricKeyType ?? 'unknown', curve: key.asymmetricKeyDetails?.namedCurve ?? null },
  });
}
