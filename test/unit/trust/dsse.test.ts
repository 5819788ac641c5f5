import { describe, expect, it } from 'vitest';
import { dssePae, parseDsseEnvelope, verifyDsse } from '../../../devices/trust/dsse.ts';
import { parseSigstoreBundle } from '../../../devices/trust/sigstore-bundle.ts';
import { createTestKey, signPayload } from '../../helpers/signed-bundle.ts';

const payload = Buffer.from('hello world');

describe('dssePae', () => {
  it('gives the bytes of the example in the DSSE specification', () => {
    expect(Buffer.from(dssePae('http://example.com/HelloWorld', payload)).toString()).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    );
  });

  it('counts bytes, not characters', () => {
    expect(Buffer.from(dssePae('é', Buffer.from('日'))).toString()).toBe('DSSEv1 2 é 3 日');
  });
});

describe('verifyDsse', () => {
  const key = createTestKey();
  const { envelope } = parseSigstoreBundle(signPayload(key, payload));

  it('names the key that signed', () => {
    expect(verifyDsse(envelope, [createTestKey(), key])).toEqual([key.keyId]);
  });

  it('names nobody for another key, payload or payload type', () => {
    expect(verifyDsse(envelope, [createTestKey()])).toEqual([]);
    expect(verifyDsse({ ...envelope, payload: Buffer.from('hello worle') }, [key])).toEqual([]);
    expect(verifyDsse({ ...envelope, payloadType: 'text/plain' }, [key])).toEqual([]);
  });

  it('names nobody for a signature that is cut, changed or empty', () => {
    const signature = envelope.signatures[0]?.signature ?? Buffer.alloc(0);
    for (let at = 0; at < signature.length; at++) {
      const changed = Buffer.from(signature);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(verifyDsse({ ...envelope, signatures: [{ signature: changed, keyId: null }] }, [key])).toEqual([]);
      const cut = signature.subarray(0, at);
      expect(verifyDsse({ ...envelope, signatures: [{ signature: cut, keyId: null }] }, [key])).toEqual([]);
    }
  });
});

describe('parseDsseEnvelope', () => {
  it.each([
    ['no object', 'text'],
    ['no signatures', { payloadType: 't', payload: '', signatures: [] }],
    ['payload not base64', { payloadType: 't', payload: '*', signatures: [{ sig: 'AA==' }] }],
    ['signature not base64', { payloadType: 't', payload: '', signatures: [{ sig: 'A' }] }],
    ['too many', { payloadType: 't', payload: '', signatures: Array.from({ length: 17 }, () => ({ sig: 'AA==' })) }],
  ])('refuses an envelope with %s', (_name, value) => {
    expect(() => parseDsseEnvelope(value)).toThrow(expect.objectContaining({ code: 'BUNDLE_MALFORMED' }));
  });
});
