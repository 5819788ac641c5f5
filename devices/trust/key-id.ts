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
 * Reads a PEM public key and makes sure that it is ECDSA P-256, the only kind that signs bundles.
 * @throws KEY_UNREADABLE
 */
export function readPublicKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPublicKey({ key: pem, format: 'pem' });
  } catch (error) {
    throw new AppError('KEY_UNREADABLE', 'The public key is not a PEM file that can be read; export it again.', {
      cause: error,
    });
  }
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new AppError(
      'KEY_UNREADABLE',
      'The public key is not an ECDSA P-256 key, the only kind that signs bundles.',
      {
        details: { type: key.asymmetricKeyType ?? 'unknown', curve: key.asymmetricKeyDetails?.namedCurve ?? null },
      },
    );
  }
  return key;
}
