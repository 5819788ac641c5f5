// The fast AES-GCM of a connection must send what ssh2's own would send.
import { createDecipheriv, randomBytes } from 'node:crypto';
import type { Client } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { incrementNonce, useFastCipher } from '../../../devices/link/packet-cipher.ts';

describe('nonce', () => {
  it('counts in eight bytes with carry and leaves the fixed part alone', () => {
    const count = (hex: string) => {
      const nonce = Buffer.from(hex, 'hex');
      incrementNonce(nonce);
      return nonce.toString('hex');
    };
    expect(count('aabbccdd0000000000000000')).toBe('aabbccdd0000000000000001');
    expect(count('aabbccdd00000000000000ff')).toBe('aabbccdd0000000000000100');
    expect(count('aabbccdd00000000ffffffff')).toBe('aabbccdd0000000100000000');
    expect(count('aabbccddffffffffffffffff')).toBe('aabbccdd0000000000000000');
  });
});

/** A stand-in with the fields of ssh2's portable cipher. */
function portableCipher(key: Buffer, iv: Buffer) {
  const sent: Buffer[] = [];
  const cipher = {
    outSeqno: 7,
    _onWrite: (bytes: Buffer) => void sent.push(bytes),
    _encSSLName: 'aes-128-gcm',
    _encKey: key,
    _encIV: Buffer.from(iv),
    _dead: false,
    allocPacket: (): Buffer => Buffer.from('small'),
    encrypt: (): void => undefined,
  } as Record<string, unknown> & { allocPacket(size: number): Buffer; encrypt(packet: Buffer): void; outSeqno: number };
  return { cipher, sent };
}

describe('fast cipher', () => {
  it('sends packets that decrypt to their payload although all of them share one memory', () => {
    const [key, iv] = [randomBytes(16), randomBytes(12)];
    const { cipher, sent } = portableCipher(key, iv);
    useFastCipher({ _protocol: { _cipher: cipher } } as unknown as Client);
    const payloads = [1024, 1025, 5000, 32_768 + 9].map((size) => randomBytes(size));
    for (const payload of payloads) {
      const packet = cipher.allocPacket(payload.length);
      packet.set(payload, 5);
      cipher.encrypt(packet);
    }
    expect(cipher.outSeqno).toBe(7 + payloads.length);
    const wire = Buffer.concat(sent);
    const nonce = Buffer.from(iv);
    let at = 0;
    for (const payload of payloads) {
      const sizeBytes = wire.readUInt32BE(at);
      expect(sizeBytes % 16).toBe(0);
      const decipher = createDecipheriv('aes-128-gcm', key, nonce);
      decipher.setAAD(wire.subarray(at, at + 4));
      decipher.setAuthTag(wire.subarray(at + 4 + sizeBytes, at + 20 + sizeBytes));
      const body = Buffer.concat([decipher.update(wire.subarray(at + 4, at + 4 + sizeBytes)), decipher.final()]);
      const paddingBytes = body[0] ?? 0;
      expect(paddingBytes).toBeGreaterThanOrEqual(4);
      expect(body.subarray(1, body.length - paddingBytes).equals(payload)).toBe(true);
      expect(body.subarray(body.length - paddingBytes).every((byte) => byte === 0)).toBe(true);
      incrementNonce(nonce);
      at += 20 + sizeBytes;
    }
    expect(at).toBe(wire.length);
  });

  it('leaves small packets and ciphers of another make alone', () => {
    const { cipher } = portableCipher(randomBytes(16), randomBytes(12));
    const own = cipher.allocPacket;
    useFastCipher({ _protocol: { _cipher: cipher } } as unknown as Client);
    expect(cipher.allocPacket(100).toString()).toBe('small');
    const { cipher: other } = portableCipher(randomBytes(16), randomBytes(16));
    useFastCipher({ _protocol: { _cipher: other } } as unknown as Client);
    expect(other.allocPacket(5000).toString()).toBe('small');
    expect(own(5000).toString()).toBe('small');
    useFastCipher({} as unknown as Client);
  });
});
