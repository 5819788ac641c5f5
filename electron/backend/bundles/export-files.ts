// Unpacks a bundle into plain files by the paths of its layers, with the signature that OpenSSF's `model_signing verify key` checks them by.
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseManifest } from '../../../devices/trust/bundle-manifest.ts';
import { verifyDsse } from '../../../devices/trust/dsse.ts';
import { parseSigstoreBundle } from '../../../devices/trust/sigstore-bundle.ts';
import type { TrustedKey } from '../../../devices/trust/trusted-keys.ts';
import { cancelled } from '../../../shared/errors/app-error.ts';
import type { BlobStore } from '../blob-store.ts';
import type { StoredBundle } from './bundle-keeper.ts';
import { checkedBlob, refuseExisting, writeError } from './export-archive.ts';
import { layerFiles, signedPredicate } from './model-signature.ts';
import { MODEL_PREDICATE_TYPE } from './model-statement.ts';

/** Name under which model_signing itself writes and looks for a signature. */
const SIGNATURE_FILE = 'model.sig';

export interface ExportedFiles {
  readonly path: string;
  readonly files: number;
  readonly sizeBytes: number;
  /** Null for a bundle in the former layout, which has no signature of this kind. */
  readonly signaturePath: string | null;
}

/**
 * Writes the folder `path`, which must not exist. Of several signers, the signature is by one that is trusted here, if there is one.
 * @throws ALREADY_EXISTS, FILE_WRITE_FAILED, LOCAL_DISK_FULL, BUNDLE_DIGEST_MISMATCH, CANCELLED
 */
export async function exportFiles(
  bundle: StoredBundle,
  parts: { readonly blobs: BlobStore; readonly trustedKeys: readonly TrustedKey[] },
  path: string,
  signal: AbortSignal | undefined,
): Promise<ExportedFiles> {
  const target = resolve(path);
  await refuseExisting(target);
  const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}.part`);
  const files = layerFiles(parseManifest(bundle.manifestBytes));
  const signature = modelSignature(bundle.signatures, parts.trustedKeys);
  try {
    await mkdir(temporary, { mode: 0o755 });
    for (const file of files) {
      await mkdir(dirname(join(temporary, file.path)), { recursive: true, mode: 0o755 });
      const written = await open(join(temporary, file.path), 'wx', 0o644);
      try {
        for await (const chunk of checkedBlob(parts.blobs, file.digest, file.sizeBytes)) {
          if (signal?.aborted) throw cancelled('Exporting the bundle');
          await written.writeFile(chunk);
        }
        await written.sync();
      } finally {
        await written.close();
      }
    }
    if (signature !== undefined) await writeFile(join(temporary, SIGNATURE_FILE), signature, { flag: 'wx' });
    await refuseExisting(target);
    await rename(temporary, target);
  } catch (error) {
    throw writeError(error, target);
  } finally {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
  }
  return {
    path: target,
    files: files.length,
    sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
    signaturePath: signature === undefined ? null : join(target, SIGNATURE_FILE),
  };
}

function modelSignature(signatures: readonly Buffer[], trustedKeys: readonly TrustedKey[]): Buffer | undefined {
  const own = signatures.filter((bytes) => signedPredicate(bytes) === MODEL_PREDICATE_TYPE);
  return own.find((bytes) => verifyDsse(parseSigstoreBundle(bytes).envelope, trustedKeys).length > 0) ?? own[0];
}
