// A laptop's bundle registry in a throw-away data folder, with models straight from files.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type BlobStore, createBlobStore } from '../../electron/backend/blob-store.ts';
import { type BundleService, createBundleService } from '../../electron/backend/bundles/bundle-service.ts';
import type { RunModel } from '../../electron/backend/bundles/golden-from-model.ts';
import { type Database, openDatabase } from '../../electron/backend/database.ts';
import { createKeyService, type KeyService } from '../../electron/backend/keys/key-service.ts';
import type { ModelDetail } from '../../shared/contract/models.ts';

export const MODELS = new URL('../fixtures/models/', import.meta.url).pathname;

export interface BundleLab {
  readonly dataDir: string;
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly keys: KeyService;
  readonly bundles: BundleService;
  /** A path in the lab's folder, outside the data folder. */
  file(name: string): string;
  close(): void;
}

export interface BundleLabOptions {
  /** Takes over the key `default` of another lab; without it a key is made, unless `hasKey` is false. */
  readonly keyOf?: BundleLab;
  readonly hasKey?: boolean;
  readonly runModel?: RunModel;
  /** Changes what the registry says about a model. */
  readonly detail?: Partial<ModelDetail>;
}

/** Models are named by their file in the fixtures, without `.onnx`: `digits-tabular` and so on. */
export function createBundleLab(options: BundleLabOptions = {}): BundleLab {
  const root = mkdtempSync(join(tmpdir(), 'lineside-bundles-'));
  const dataDir = join(root, 'data');
  const db = openDatabase(dataDir);
  const blobs = createBlobStore(dataDir);
  const keys = createKeyService({ db, dataDir });
  if (options.keyOf !== undefined) {
    mkdirSync(join(dataDir, 'keys'), { mode: 0o700 });
    copyFileSync(join(options.keyOf.dataDir, 'keys', 'default.pem'), join(dataDir, 'keys', 'default.pem'));
  }
  if (options.hasKey !== false) keys.init({});
  const runModel = options.runModel ?? (() => Promise.reject(new Error('this test runs no model')));
  const bundles = createBundleService({
    db,
    blobs,
    keys,
    runModel,
    models: {
      resolve: async (ref) => {
        const onnxPath = join(MODELS, `${ref}.onnx`);
        const { digest, sizeBytes } = await blobs.addFile(onnxPath);
        const detail = {
          ...modelDetail(ref),
          digest,
          sizeBytes,
          files: [{ path: basename(onnxPath), digest, sizeBytes }],
        };
        return { detail: { ...detail, ...options.detail }, onnxPath };
      },
    },
  });
  return {
    dataDir,
    db,
    blobs,
    keys,
    bundles,
    file: (name) => join(root, name),
    close: () => {
      db.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function modelDetail(name: string): Omit<ModelDetail, 'digest' | 'sizeBytes' | 'files'> {
  const shape = name === 'digits-tabular' ? ['batch', 64] : ['batch', 1, 28, 28];
  return {
    name,
    version: '1',
    importedAtMs: 0,
    inputs: [{ name: 'input', type: 'float32', shape }],
    outputs: [{ name: 'logits', type: 'float32', shape: ['batch', 10] }],
    opsets: [{ domain: '', version: 17 }],
    parameterCount: 17_354,
    irVersion: 8,
    producer: 'pytorch',
    graphName: 'main',
    nodeCount: 8,
    operators: [],
    weights: [{ type: 'float32', elements: 17_354, sizeBytes: 69_416 }],
    metadata: {},
  };
}
