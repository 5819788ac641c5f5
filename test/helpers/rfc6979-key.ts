// The P-256 key pair of RFC 6979, A.2.5, whose signatures the RFC lists.
import { createPrivateKey, type KeyObject } from 'node:crypto';

export function importRfc6979Key(): KeyObject {
  const base64url = (hex: string) => Buffer.from(hex, 'hex').toString('base64url');
  return createPrivateKey({
    format: 'jwk',
    key: {
      kty: 'EC',
      crv: 'P-256',
      d: base64url('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721'),
      x: base64url('60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6'),
      y: base64url('7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299'),
    },
  });
}
