// ECDSA P-256 with SHA-256 and the deterministic nonce of RFC 6979, so that the same bundle is signed with the same bytes.
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';

/** ASN.1 DER signature of `bytes`. The key must be a P-256 private key. */
export function signP256(privateKey: KeyObject, bytes: Uint8Array): Uint8Array {
  const { d } = privateKey.export({ format: 'jwk' });
  if (d === undefined) throw new Error('signP256 needs a private key');
  const secret = Buffer.from(d, 'base64url');
  try {
    // RFC 6979 as it stands: no added entropy, and s is not folded into the lower half.
    const signature = p256.sign(bytes, secret, { prehash: true, lowS: false, extraEntropy: false, format: 'der' });
    // OpenSSL must agree; it is what devices verify with.
    if (!verify('sha256', bytes, { key: createPublicKey(privateKey), dsaEncoding: 'der' }, signature)) {
      throw new Error('the signature just made does not verify');
    }
    return signature;
  } finally {
    secret.fill(0);
  }
}
