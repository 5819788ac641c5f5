// The model registry of the laptop: import, list, look up, remove.
import type { ModelDetail, ModelSummary } from '../../../shared/contract/models.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { ModelRunner } from '../bench/model-runner.ts';
import type { BlobStore } from '../blob-store.ts';
import { freeUnreferencedBlobs } from '../bundles/blob-references.ts';
import type { Database } from '../database.ts';
import type { Ports } from '../ports.ts';
import type { ImportInput } from './import-model.ts';
import { createModelFolders } from './model-folder.ts';
import { bundlesOf, deleteModel, findModel, hasFiles, listModels, summaryOf } from './model-table.ts';

/** `ref` is a name (its newest version), `name:version`, or the digest of the ONNX file. */
export interface ModelService {
  /** @throws what `importModel` names */
  import(input: ImportInput, signal?: AbortSignal): Promise<ModelDetail>;
  /** Newest first. */
  list(): ModelSummary[];
  /** @throws NOT_FOUND, NAME_INVALID */
  get(ref: string): ModelDetail;
  /** @throws NOT_FOUND, IN_USE while a bundle was made of it */
  remove(ref: string): Promise<{ removed: string; freedBytes: number }>;
  /** The model and the path of its ONNX file, beside it the external data under their names. @throws NOT_FOUND, FILE_NOT_FOUND */
  resolve(ref: string): Promise<{ detail: ModelDetail; onnxPath: string }>;
}

export interface ModelServiceOptions {
  readonly ports: Pick<Ports, 'dataDir'>;
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly runner: Pick<ModelRunner, 'loadCheck'>;
}

export function createModelService({ ports, db, blobs, runner }: ModelServiceOptions): ModelService {
  const folders = createModelFolders(ports.dataDir, blobs);
  let last: Promise<unknown> = Promise.resolve();
  /** One change at a time: a failed import must not take away the files of one that goes on beside it. */
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  }

  return {
    import: (input, signal) =>
      alone(async () => {
        // The reader of ONNX files is a fifth of everything that a start would load.
        const { importModel } = await import('./import-model.ts');
        return importModel(input, { db, blobs, folders, runner }, signal);
      }),
    list: () => listModels(db).map(summaryOf),
    get: (ref) => findModel(db, ref),
    remove: (ref) =>
      alone(async () => {
        const detail = findModel(db, ref);
        db.transaction(() => {
          const [bundle] = bundlesOf(db, detail);
          if (bundle !== undefined) throw inUse(detail, bundle);
          deleteModel(db, detail);
        });
        const digests = detail.files.map(({ digest }) => digest);
        if (!hasFiles(db, detail.files)) await folders.remove(detail.files);
        return { removed: formatRef(detail), freedBytes: await freeUnreferencedBlobs(db, blobs, digests) };
      }),
    resolve: async (ref) => {
      const detail = findModel(db, ref);
      return { detail, onnxPath: await folders.make(detail.files) };
    },
  };
}

function inUse(detail: ModelDetail, bundle: string): AppError {
  return new AppError('IN_USE', `The model ${formatRef(detail)} is in the bundle ${bundle}; remove that first.`, {
    details: { ref: formatRef(detail), bundle },
  });
}
