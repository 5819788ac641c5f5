// Gives benchmark programs the exact bytes of a stored bundle, as a rollout would load them.
import { createBlobStore } from '../../electron/backend/blob-store.ts';
import { createBundleService } from '../../electron/backend/bundles/bundle-service.ts';
import { openDatabase } from '../../electron/backend/database.ts';
import { createKeyService } from '../../electron/backend/keys/key-service.ts';
import type { Deployable } from '../../electron/backend/rollouts/deployable.ts';

/** Loads a bundle from a data folder that a backend has filled. Loading needs neither models nor a runtime. */
export async function loadBundle(dataDir: string, ref: string): Promise<Deployable> {
  const db = openDatabase(dataDir);
  const unused = (): never => {
    throw new Error('loading a bundle does not run models');
  };
  try {
    const keys = createKeyService({ db, dataDir });
    return await createBundleService({
      db,
      blobs: createBlobStore(dataDir),
      keys,
      models: { resolve: unused },
      runModel: unused,
    }).loadForDeploy(ref);
  } finally {
    db.close();
  }
}
