// Takes a bundle archive into the registry: verified first, then copied, and visible only when all of it is there.
import type { BundleDetail } from '../../../shared/contract/bundles.ts';
import { checkName, checkVersion } from '../../../shared/domain/names.ts';
import { cancelled } from '../../../shared/errors/app-error.ts';
import type { BlobStore } from '../blob-store.ts';
import type { KeyService } from '../keys/key-service.ts';
import { explainUntrusted } from './bundle-errors.ts';
import type { BundleKeeper } from './bundle-keeper.ts';
import { withArchive } from './read-archive.ts';

export interface ImportParts {
  readonly blobs: BlobStore;
  readonly keeper: BundleKeeper;
  readonly keys: KeyService;
}

/** @throws what `withArchive` does, ALREADY_EXISTS, LOCAL_DISK_FULL, CANCELLED */
export async function importArchive(
  path: string,
  parts: ImportParts,
  signal: AbortSignal | undefined,
): Promise<BundleDetail> {
  const { blobs, keeper, keys } = parts;
  try {
    return await withArchive(path, keys.trustedKeys(), signal, ({ verified, manifestBytes, layout, content }) => {
      checkName('bundle', verified.release.name);
      checkVersion(verified.release.version);
      return keeper.keep({
        verified,
        manifestBytes,
        signatures: layout.signatures.map((one) => one.signature.bytes),
        add: (digest, sizeBytes) => {
          if (signal?.aborted) throw cancelled('Importing the bundle');
          return blobs.addStream(content(digest, signal), { digest, sizeBytes });
        },
      });
    });
  } catch (error) {
    throw explainUntrusted(error, 'import', keys.trustedDirectory);
  }
}
