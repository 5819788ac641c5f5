// Public keys of other people whose bundles this computer accepts: PEM files that the user put into one folder.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { trustedKeyFromPem } from '../../../devices/trust/trusted-keys.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { fileError } from '../blob-store.ts';

const MAX_KEY_BYTES = 16 * 1024;

/** Keys of all `*.pem` files in the folder, by file name; none when there is no folder. @throws KEY_UNREADABLE naming the file */
export function readForeignKeys(directory: string): { keyId: string; name: string; publicKeyPem: string }[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unreadable(directory, error);
  }
  return names
    .filter((file) => file.endsWith('.pem'))
    .sort()
    .map((file) => readKey(join(directory, file), file.slice(0, -'.pem'.length)));
}

function readKey(path: string, name: string): { keyId: string; name: string; publicKeyPem: string } {
  try {
    if (statSync(path).size > MAX_KEY_BYTES) throw new Error('it is too large for a key');
    const pem = readFileSync(path, 'utf8');
    // Node would derive the public half; a private key has no business here.
    if (pem.includes('PRIVATE KEY')) throw new Error('it holds a private key; only public keys belong here');
    const { keyId, publicKey } = trustedKeyFromPem(name, pem);
    return { keyId, name, publicKeyPem: String(publicKey.export({ type: 'spki', format: 'pem' })) };
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): AppError {
  const reason =
    error instanceof AppError
      ? error.message
      : error instanceof Error && !('code' in error)
        ? `${error.message}.`
        : fileError(error, path).message;
  return new AppError('KEY_UNREADABLE', `The trusted key ${path} cannot be used: ${reason}`, {
    details: { path },
    cause: error,
  });
}
