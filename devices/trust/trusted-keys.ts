// The public keys that a device pinned at setup (`trust/keys.json`): how the file is written, read and checked.
import type { KeyObject } from 'node:crypto';
import * as z from 'zod/mini';
import { AppError } from '../../shared/errors/app-error.ts';
import { keyIdOf, readPublicKey } from './key-id.ts';

export interface TrustedKey {
  /** Hex SHA-256 of the SPKI DER. */
  readonly keyId: string;
  /** Name given by the person who trusted it; for messages only. */
  readonly name: string;
  readonly publicKey: KeyObject;
}

const trustedKeysSchema = z.object({
  schemaVersion: z.literal(1),
  keys: z.array(z.object({ keyId: z.string(), name: z.string(), publicKeyPem: z.string() })),
});

/** Makes a TrustedKey of a PEM public key. @throws KEY_UNREADABLE */
export function trustedKeyFromPem(name: string, publicKeyPem: string): TrustedKey {
  const publicKey = readPublicKey(publicKeyPem);
  return { keyId: keyIdOf(publicKey), name, publicKey };
}

/** Text of `trust/keys.json`; the same keys in the same order give the same bytes. */
export function serializeTrustedKeys(keys: readonly TrustedKey[]): string {
  const document: z.infer<typeof trustedKeysSchema> = {
    schemaVersion: 1,
    keys: keys.map((key) => ({
      keyId: key.keyId,
      name: key.name,
      publicKeyPem: String(key.publicKey.export({ type: 'spki', format: 'pem' })),
    })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/**
 * Reads `trust/keys.json`. Ids are computed anew, so that an edited file cannot pass one key off as another.
 * @throws KEY_UNREADABLE
 */
export function parseTrustedKeys(text: string): TrustedKey[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AppError('KEY_UNREADABLE', 'The list of trusted keys is not JSON; set the device up again.', {
      cause: error,
    });
  }
  const parsed = trustedKeysSchema.safeParse(value);
  if (!parsed.success) {
    throw new AppError('KEY_UNREADABLE', 'The list of trusted keys has an unknown form; set the device up again.');
  }
  return parsed.data.keys.map((entry) => {
    const key = trustedKeyFromPem(entry.name, entry.publicKeyPem);
    if (key.keyId === entry.keyId) return key;
    throw new AppError(
      'KEY_UNREADABLE',
      `The trusted key "${entry.name}" does not match its id; set the device up again.`,
    );
  });
}
