import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseTrustedKeys } from '../../../devices/trust/trusted-keys.ts';
import { openDatabase } from '../../../electron/backend/database.ts';
import { createKeyService, type KeyService } from '../../../electron/backend/keys/key-service.ts';
import { signP256 } from '../../../electron/backend/keys/sign-p256.ts';
import { importRfc6979Key } from '../../helpers/rfc6979-key.ts';

const code = (name: string) => expect.objectContaining({ code: name });
let dataDir: string;
let db: ReturnType<typeof openDatabase>;
let keys: KeyService;

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'lineside-keys-'));
  db = openDatabase(dataDir);
  keys = createKeyService({ db, dataDir });
});
afterEach(() => {
  db.close();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('signP256', () => {
  it('gives the signatures of RFC 6979, A.2.5', () => {
    const key = importRfc6979Key();
    const hex = (text: string) => Buffer.from(signP256(key, Buffer.from(text))).toString('hex');
    expect(hex('sample')).toBe(
      '3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716' +
        '022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
    );
    expect(hex('test')).toBe(
      '3045022100f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367' +
        '0220019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083',
    );
  });
});

describe('createKeyService', () => {
  it('makes a key that only this user can read, and lists it', () => {
    const key = keys.init({});
    expect(key).toMatchObject({ name: 'default', algorithm: 'ecdsa-p256-sha256' });
    expect(keys.list()).toEqual([key]);
    expect(statSync(join(dataDir, 'keys')).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'keys', 'default.pem')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(dataDir, 'keys'))).toEqual(['default.pem']);
    expect(readFileSync(join(dataDir, 'keys', 'default.pem'), 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(JSON.stringify(db.all('SELECT * FROM signing_key'))).not.toContain('PRIVATE KEY');
  });

  it('signs the same bytes alike and so that the public key verifies them', () => {
    const { publicKeyPem, keyId } = keys.init({ name: 'line-1' });
    const bytes = Buffer.from('payload');
    const made = keys.sign('line-1', bytes);
    expect(keys.sign(undefined, bytes)).toEqual(made);
    expect(made.keyId).toBe(keyId);
    const key = { key: createPublicKey(publicKeyPem), dsaEncoding: 'der' } as const;
    expect(verify('sha256', bytes, key, made.signature)).toBe(true);
    expect(verify('sha256', Buffer.from('other'), key, made.signature)).toBe(false);
  });

  it('refuses a taken name and keeps the key that has it', () => {
    const first = keys.init({ name: 'a' });
    const file = readFileSync(join(dataDir, 'keys', 'a.pem'), 'utf8');
    expect(() => keys.init({ name: 'a' })).toThrow(code('ALREADY_EXISTS'));
    expect(() => keys.init({ name: '../a' })).toThrow(code('NAME_INVALID'));
    expect(keys.list()).toEqual([first]);
    expect(readFileSync(join(dataDir, 'keys', 'a.pem'), 'utf8')).toBe(file);
  });

  it('goes on with a key file that an interrupted init left behind', () => {
    const first = keys.init({ name: 'a' });
    db.run('DELETE FROM signing_key');
    expect(keys.init({ name: 'a' }).keyId).toBe(first.keyId);
  });

  it('says what to do when there is no key, or no key of that name', () => {
    expect(() => keys.sign(undefined, Buffer.alloc(1))).toThrow(/lineside keys init/);
    keys.init({ name: 'a' });
    keys.init({ name: 'b' });
    expect(() => keys.sign('c', Buffer.alloc(1))).toThrow(code('KEY_NOT_FOUND'));
    expect(() => keys.sign(undefined, Buffer.alloc(1))).toThrow(/a, b/);
  });

  it('refuses a key file that is missing, damaged or exchanged, without showing its content', () => {
    keys.init({ name: 'a' });
    keys.init({ name: 'b' });
    const file = join(dataDir, 'keys', 'a.pem');
    const other = readFileSync(join(dataDir, 'keys', 'b.pem'), 'utf8');
    writeFileSync(file, other);
    expect(() => keys.sign('a', Buffer.alloc(1))).toThrow(code('KEY_UNREADABLE'));
    writeFileSync(file, 'not a key: hunter2');
    expect(() => keys.sign('a', Buffer.alloc(1))).toThrow(
      expect.objectContaining({ code: 'KEY_UNREADABLE', message: expect.not.stringContaining('hunter2') }),
    );
    rmSync(file);
    expect(() => keys.sign('a', Buffer.alloc(1))).toThrow(code('KEY_UNREADABLE'));
  });

  it('trusts its own keys and the public keys put into the trusted folder', () => {
    const own = keys.init({});
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    mkdirSync(keys.trustedDirectory, { recursive: true });
    writeFileSync(
      join(keys.trustedDirectory, 'colleague.pem'),
      String(publicKey.export({ type: 'spki', format: 'pem' })),
    );
    expect(keys.trustKeys().keys.map((key) => key.name)).toEqual(['default', 'colleague']);
    expect(keys.trustedKeys().map((key) => key.keyId)).toContain(own.keyId);
    expect(parseTrustedKeys(JSON.stringify(keys.trustKeys()))).toHaveLength(2);
    writeFileSync(join(keys.trustedDirectory, 'x.pem'), String(privateKey.export({ type: 'pkcs8', format: 'pem' })));
    expect(() => keys.trustKeys()).toThrow(code('KEY_UNREADABLE'));
    writeFileSync(join(keys.trustedDirectory, 'x.pem'), 'junk');
    expect(() => keys.trustKeys()).toThrow(/x\.pem/);
  });
});
