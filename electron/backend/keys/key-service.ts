// The signing keys of this computer, and the public keys whose bundles it accepts.
import { createPublicKey } from 'node:crypto';
import { join } from 'node:path';
import { keyIdOf } from '../../../devices/trust/key-id.ts';
import { type TrustedKey, trustedKeyFromPem } from '../../../devices/trust/trusted-keys.ts';
import type { KeyInfo } from '../../../shared/contract/bundles.ts';
import { checkName } from '../../../shared/domain/names.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../database.ts';
import { readForeignKeys } from './foreign-keys.ts';
import { createKeyFiles } from './key-files.ts';
import { signP256 } from './sign-p256.ts';

export interface Signature {
  /** Hex SHA-256 of the public key's SPKI. */
  readonly keyId: string;
  /** ASN.1 DER. */
  readonly signature: Uint8Array;
}

export interface PublicKeyEntry {
  readonly keyId: string;
  readonly name: string;
  readonly publicKeyPem: string;
}

export interface TrustedKeysDocument {
  readonly schemaVersion: 1;
  readonly keys: readonly PublicKeyEntry[];
}

export interface KeyService {
  /** Makes a key pair; `name` defaults to `default`. @throws NAME_INVALID, ALREADY_EXISTS, FILE_WRITE_FAILED, LOCAL_DISK_FULL */
  init(input: { readonly name?: string | undefined }): KeyInfo;
  /** The key pairs of this computer, oldest first. */
  list(): KeyInfo[];
  /** Name of the key that `sign` would use. @throws KEY_NOT_FOUND */
  choose(name: string | undefined): KeyInfo;
  /**
   * Signs with ECDSA P-256 SHA-256; the same bytes give the same signature. Without a name: the key `default`, else the only one.
   * @throws KEY_NOT_FOUND, KEY_UNREADABLE
   */
  sign(name: string | undefined, bytes: Uint8Array): Signature;
  /**
   * Content of a device's `trust/keys.json` (see devices/trust/trusted-keys.ts): this computer's own public keys, then those put
   * into `trustedDirectory`. @throws KEY_UNREADABLE
   */
  trustKeys(): TrustedKeysDocument;
  /** The same, ready to verify with. @throws KEY_UNREADABLE */
  trustedKeys(): TrustedKey[];
  /** Folder for the public keys (PEM) of other people whose bundles are to be accepted. */
  readonly trustedDirectory: string;
}

export interface KeyServiceOptions {
  readonly db: Database;
  readonly dataDir: string;
}

export function createKeyService({ db, dataDir }: KeyServiceOptions): KeyService {
  const directory = join(dataDir, 'keys');
  const trustedDirectory = join(directory, 'trusted');
  const files = createKeyFiles(directory);

  const list = (): KeyInfo[] =>
    db
      .all('SELECT key_id, name, created_at_ms, public_key_pem FROM signing_key ORDER BY created_at_ms, name')
      .map((row) => ({
        keyId: String(row['key_id']),
        name: String(row['name']),
        algorithm: 'ecdsa-p256-sha256',
        createdAtMs: Number(row['created_at_ms']),
        publicKeyPem: String(row['public_key_pem']),
      }));

  function choose(name: string | undefined): KeyInfo {
    const keys = list();
    const key =
      keys.find((one) => one.name === (name ?? 'default')) ??
      (name === undefined && keys.length === 1 ? keys[0] : undefined);
    if (key !== undefined) return key;
    const known = keys.map((one) => one.name);
    if (known.length === 0) {
      throw new AppError('KEY_NOT_FOUND', 'There is no signing key yet; make one with `lineside keys init`.');
    }
    const reason = name === undefined ? 'No signing key is named "default"' : `There is no signing key "${name}"`;
    throw new AppError('KEY_NOT_FOUND', `${reason}; name one of: ${known.join(', ')}.`, { details: { known } });
  }

  function trustKeys(): TrustedKeysDocument {
    const byId = new Map<string, PublicKeyEntry>();
    for (const { keyId, name, publicKeyPem } of [...list(), ...readForeignKeys(trustedDirectory)]) {
      if (!byId.has(keyId)) byId.set(keyId, { keyId, name, publicKeyPem });
    }
    return { schemaVersion: 1, keys: [...byId.values()] };
  }

  return {
    trustedDirectory,
    list,
    choose,
    trustKeys,
    trustedKeys: () => trustKeys().keys.map((key) => trustedKeyFromPem(key.name, key.publicKeyPem)),
    init: ({ name = 'default' }) => {
      checkName('key', name);
      if (list().some((key) => key.name === name)) throw exists(name);
      const publicKey = files.make(name);
      const key: KeyInfo = {
        keyId: keyIdOf(publicKey),
        name,
        algorithm: 'ecdsa-p256-sha256',
        createdAtMs: Date.now(),
        publicKeyPem: String(publicKey.export({ type: 'spki', format: 'pem' })),
      };
      const { changes } = db.run(
        'INSERT INTO signing_key (key_id, name, created_at_ms, public_key_pem) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
        ...[key.keyId, key.name, key.createdAtMs, key.publicKeyPem],
      );
      // Nothing inserted: another process made the key of this name at the same moment.
      if (changes === 0) throw exists(name);
      return key;
    },
    sign: (name, bytes) => {
      const key = choose(name);
      const privateKey = files.readPrivate(key.name);
      if (keyIdOf(createPublicKey(privateKey)) !== key.keyId) {
        throw new AppError(
          'KEY_UNREADABLE',
          `The file of the key "${key.name}" holds another key; restore it from a copy, or sign with another key.`,
          { details: { name: key.name, keyId: key.keyId } },
        );
      }
      return { keyId: key.keyId, signature: signP256(privateKey, bytes) };
    },
  };
}

function exists(name: string): AppError {
  return new AppError('ALREADY_EXISTS', `There is already a signing key "${name}"; give the new one another name.`, {
    details: { name },
  });
}
