// Private signing keys as files: one PKCS#8 PEM a key, in a folder and with a mode that only this user can read.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../../shared/errors/app-error.ts';
import { fileError } from '../blob-store.ts';
import { writeFileDurably } from './write-file-durably.ts';

export interface KeyFiles {
  /** Makes a key pair, or takes up the file that an interrupted `make` of the same name left. @throws KEY_UNREADABLE */
  make(name: string): KeyObject;
  /** @throws KEY_UNREADABLE */
  readPrivate(name: string): KeyObject;
}

export function createKeyFiles(directory: string): KeyFiles {
  const path = (name: string): string => join(directory, `${name}.pem`);

  function readPrivate(name: string): KeyObject {
    const file = path(name);
    let pem: string;
    try {
      pem = readFileSync(file, 'utf8');
    } catch (error) {
      const { message } = fileError(error, file);
      throw new AppError('KEY_UNREADABLE', `The private key "${name}" cannot be read: ${message}`, {
        details: { name },
        cause: error,
      });
    }
    return parsePrivate(name, pem);
  }

  return {
    readPrivate,
    make: (name) => {
      try {
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        chmodSync(directory, 0o700);
        const temporary = join(directory, `.tmp-${randomUUID()}`);
        try {
          const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
          writeFileDurably(temporary, String(privateKey.export({ type: 'pkcs8', format: 'pem' })), 0o600);
          // A link, not a rename: it never replaces a key that is already there.
          linkSync(temporary, path(name));
        } finally {
          rmSync(temporary, { force: true });
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return createPublicKey(readPrivate(name));
        throw keyWriteError(name, error);
      }
      return createPublicKey(readPrivate(name));
    },
  };
}

function parsePrivate(name: string, pem: string): KeyObject {
  let key: KeyObject | undefined;
  let cause: unknown;
  try {
    key = createPrivateKey({ key: pem, format: 'pem' });
  } catch (error) {
    cause = error;
  }
  if (key?.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw new AppError(
    'KEY_UNREADABLE',
    `The private key "${name}" is not an ECDSA P-256 key in PEM form; restore its file from a copy, or make another key.`,
    { details: { name }, cause },
  );
}

function keyWriteError(name: string, error: unknown): AppError {
  const reason = fileError(error, 'the key folder');
  if (reason.code === 'LOCAL_DISK_FULL') return reason;
  const text = error instanceof Error ? error.message : String(error);
  return new AppError('FILE_WRITE_FAILED', `The key "${name}" cannot be written: ${text}.`, { cause: error });
}
