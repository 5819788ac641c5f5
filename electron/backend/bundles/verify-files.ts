// Checks files on the disk against a signature in the format of OpenSSF Model Signing, whoever made it: `model_signing sign key`, or Lineside.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { IN_TOTO_PAYLOAD_TYPE, verifyDsse } from '../../../devices/trust/dsse.ts';
import { keyIdOf, readEcdsaKey } from '../../../devices/trust/key-id.ts';
import { parseSigstoreBundle } from '../../../devices/trust/sigstore-bundle.ts';
import type { TrustedKey } from '../../../devices/trust/trusted-keys.ts';
import type { FilesReport } from '../../../shared/contract/bundles.ts';
import { AppError, cancelled } from '../../../shared/errors/app-error.ts';
import { fileError } from '../blob-store.ts';
import { type ModelStatement, readModelStatement, type SignedFile } from './model-statement.ts';

const MAX_SIGNATURE_BYTES = 16 * 1024 * 1024;
const MAX_KEY_BYTES = 64 * 1024;
/** Names of the tool's hashes as OpenSSL knows them; it has no BLAKE3. */
const HASHES: ReadonlyMap<string, string> = new Map([
  ['sha256', 'sha256'],
  ['blake2b', 'blake2b512'],
]);

export interface VerifyFilesInput {
  /** The model's folder, or its only file. */
  readonly path: string;
  readonly signaturePath: string;
  /** PEM of the signer's public key (P-256, P-384 or P-521); absent: the keys that are trusted here. */
  readonly publicKeyPath?: string | undefined;
}

/**
 * Exactly the files of the folder must be the signed ones, the signature itself and paths that the signer left out aside.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, KEY_UNREADABLE, BUNDLE_MALFORMED, BUNDLE_KEY_UNTRUSTED, BUNDLE_SIGNATURE_INVALID, CANCELLED
 */
export async function verifyFiles(
  input: VerifyFilesInput,
  trustedKeys: readonly TrustedKey[],
  signal: AbortSignal | undefined,
): Promise<FilesReport> {
  const root = resolve(input.path);
  const signaturePath = resolve(input.signaturePath);
  const keys = input.publicKeyPath === undefined ? trustedKeys : [await readKey(input.publicKeyPath)];
  const { statement, signer } = readSignature(
    await readBounded(signaturePath, MAX_SIGNATURE_BYTES),
    signaturePath,
    keys,
  );
  const left = new Set(statement.ignoredPaths.map((path) => resolve(root, path)).concat(signaturePath));
  const present = await listFiles(root, left);
  const signed = new Map(statement.files.map((file) => [file.path, file]));
  const extra = [...present.keys()].filter((path) => !signed.has(path));
  if (extra.length > 0) throw changed(`${extra[0]} is not among the files that were signed`, { extra });
  let sizeBytes = 0;
  for (const file of statement.files) {
    if (signal?.aborted) throw cancelled('Verifying the files');
    const path = present.get(file.path);
    if (path === undefined) throw changed(`${file.path} is missing`, { missing: file.path });
    const { digestHex, size } = await hashFile(path, file);
    if (digestHex !== file.digestHex) throw changed(`${file.path} was changed`, { changed: file.path });
    sizeBytes += size;
  }
  return {
    model: statement.name,
    files: statement.files.length,
    sizeBytes,
    signedBy: { keyId: signer.keyId, name: signer.name },
  };
}

function readSignature(
  bytes: Buffer,
  path: string,
  keys: readonly TrustedKey[],
): { statement: ModelStatement; signer: TrustedKey } {
  try {
    const { envelope } = parseSigstoreBundle(bytes, MAX_SIGNATURE_BYTES);
    const [keyId] = envelope.payloadType === IN_TOTO_PAYLOAD_TYPE ? verifyDsse(envelope, keys) : [];
    const signer = keys.find((key) => key.keyId === keyId);
    if (signer !== undefined) return { statement: readModelStatement(envelope.payload, MAX_SIGNATURE_BYTES), signer };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'BUNDLE_MALFORMED') throw error;
    const reason = String(error.details['reason']);
    throw new AppError('BUNDLE_MALFORMED', `${path} is not a model signature that can be checked: ${reason}.`, {
      details: { path, reason },
      cause: error,
    });
  }
  throw new AppError(
    'BUNDLE_KEY_UNTRUSTED',
    `The signature ${path} is by none of the keys that it was checked with; name the signer's public key.`,
    { details: { path, keyIds: keys.map((key) => key.keyId) } },
  );
}

async function readKey(path: string): Promise<TrustedKey> {
  const publicKey = readEcdsaKey((await readBounded(resolve(path), MAX_KEY_BYTES)).toString('utf8'));
  return { keyId: keyIdOf(publicKey), name: path, publicKey };
}

async function readBounded(path: string, maxBytes: number): Promise<Buffer> {
  try {
    const info = await stat(path);
    if (!info.isFile() || info.size > maxBytes) throw new Error(`it is no file, or larger than ${maxBytes} bytes`);
    return await readFile(path);
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Files below a folder by their path relative to it; `.` for a path that is a file itself. */
async function listFiles(root: string, left: ReadonlySet<string>): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const visit = async (path: string): Promise<void> => {
    if (left.has(path)) return;
    const info = await lstat(path);
    if (info.isDirectory()) for (const name of await readdir(path)) await visit(join(path, name));
    else if (info.isFile()) found.set(relative(root, path).split(sep).join('/') || '.', path);
    else throw changed(`${path} is neither a file nor a folder, and links are not followed`, { path });
  };
  try {
    await visit(root);
  } catch (error) {
    throw fileError(error, root);
  }
  return found;
}

async function hashFile(path: string, { algorithm }: SignedFile): Promise<{ digestHex: string; size: number }> {
  const known = HASHES.get(algorithm);
  if (known === undefined) throw changed(`the hash "${algorithm}" that it was signed with is unknown here`, { path });
  const hash = createHash(known);
  let size = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
    }
  } catch (error) {
    throw fileError(error, path);
  }
  return { digestHex: hash.digest('hex'), size };
}

function changed(reason: string, details: Record<string, unknown>): AppError {
  return new AppError('BUNDLE_SIGNATURE_INVALID', `The files are not what was signed: ${reason}.`, { details });
}
