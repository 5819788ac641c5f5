import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseTrustedKeys, serializeTrustedKeys, trustedKeyFromPem } from '../../../devices/trust/trusted-keys.ts';
import { createTestKey } from '../../helpers/signed-bundle.ts';

const unreadable = expect.objectContaining({ code: 'KEY_UNREADABLE' });

describe('trusted keys', () => {
  const key = createTestKey('line-7');

  it('come back from their file as they were', () => {
    const [back] = parseTrustedKeys(serializeTrustedKeys([key]));
    expect(back?.keyId).toBe(key.keyId);
    expect(back?.name).toBe('line-7');
    expect(back?.publicKey.equals(key.publicKey)).toBe(true);
  });

  it('are named by the SHA-256 of their SPKI', () => {
    const der = key.publicKey.export({ type: 'spki', format: 'der' });
    expect(key.keyId).toBe(createHash('sha256').update(der).digest('hex'));
  });

  it('refuse an id that belongs to another key', () => {
    const text = serializeTrustedKeys([key]).replace(key.keyId, createTestKey().keyId);
    expect(() => parseTrustedKeys(text)).toThrow(unreadable);
  });

  it('refuse keys of another kind', () => {
    for (const other of [
      generateKeyPairSync('ed25519').publicKey,
      generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey,
    ]) {
      const pem = String(other.export({ type: 'spki', format: 'pem' }));
      expect(() => trustedKeyFromPem('x', pem)).toThrow(unreadable);
    }
  });

  it.each([
    '',
    '{',
    '{}',
    '{"schemaVersion":2,"keys":[]}',
    '{"schemaVersion":1,"keys":[{"keyId":"a","name":"b","publicKeyPem":"c"}]}',
  ])('refuse the file %j', (text) => {
    expect(() => parseTrustedKeys(text)).toThrow(unreadable);
  });
});
