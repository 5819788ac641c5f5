// Takes a model into the registry: refuse what cannot run, store its files by digest, let the runtime load the copy, and only then list it.
import { stat } from 'node:fs/promises';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { checkName, checkVersion, formatRef } from '../../../shared/domain/names.ts';
import { AppError, cancelled } from '../../../shared/errors/app-error.ts';
import type { ModelRunner } from '../bench/model-runner.ts';
import { type BlobStore, fileError } from '../blob-store.ts';
import { freeUnreferencedBlobs } from '../bundles/blob-references.ts';
import type { Database } from '../database.ts';
import { findExternalFiles, MODEL_FILE } from './external-data.ts';
import { inspectModel } from './inspect-model.ts';
import type { ModelFolders } from './model-folder.ts';
import { findExact, hasFiles, insertModel, nextVersion } from './model-table.ts';
import { openOnnx } from './onnx-file.ts';
import { checkRuntimeLimits, operatorInReason, unsupportedOperators } from './runtime-limits.ts';

export interface ImportInput {
  readonly path: string;
  readonly name: string;
  /** Default: the next whole number. */
  readonly version?: string | undefined;
}

export interface ImportParts {
  readonly db: Database;
  readonly blobs: BlobStore;
  readonly folders: ModelFolders;
  readonly runner: Pick<ModelRunner, 'loadCheck'>;
}

/**
 * Returns the model as it stands when the same content is there under the same name and version. Whatever fails, and when `signal`
 * breaks it off, nothing of it stays behind.
 * @throws NAME_INVALID, ALREADY_EXISTS, FILE_NOT_FOUND, FILE_UNREADABLE, LOCAL_DISK_FULL, MODEL_NOT_ONNX, MODEL_TRUNCATED,
 *   MODEL_UNSUPPORTED_IR, MODEL_UNSUPPORTED_OPSET, MODEL_UNSUPPORTED_OPERATOR, MODEL_UNSUPPORTED_TYPE, MODEL_EXTERNAL_DATA_INVALID,
 *   MODEL_LOAD_FAILED, BENCH_CRASHED, CANCELLED
 */
export async function importModel(input: ImportInput, parts: ImportParts, signal?: AbortSignal): Promise<ModelDetail> {
  const { db, blobs, folders, runner } = parts;
  checkName('model', input.name);
  if (input.version !== undefined) checkVersion(input.version);

  const file = await openOnnx(input.path);
  checkRuntimeLimits(file.model);
  const facts = inspectModel(file);
  const external = await findExternalFiles(input.path, file.model);
  const sources = [{ path: MODEL_FILE, source: input.path, sizeBytes: file.sizeBytes }, ...external];

  const files: { path: string; digest: string; sizeBytes: number }[] = [];
  try {
    for (const { path, source, sizeBytes } of sources) {
      stopIfAborted(signal);
      const before = await mtimeOf(source);
      const stored = await addFile(blobs, source, signal);
      files.push({ path, digest: stored.digest, sizeBytes: stored.sizeBytes });
      if (stored.sizeBytes !== sizeBytes || (await mtimeOf(source)) !== before) throw changed(source);
    }
    const onnxPath = await folders.make(files);
    await runtimeAccepts(runner, onnxPath, signal);
    stopIfAborted(signal);
    return db.transaction(() => {
      const version = input.version ?? nextVersion(db, input.name);
      const digest = files[0]?.digest ?? '';
      const sizeBytes = files.reduce((sum, one) => sum + one.sizeBytes, 0);
      const detail = { name: input.name, version, digest, sizeBytes, importedAtMs: Date.now(), ...facts, files };
      const known = findExact(db, input.name, version);
      if (known) return sameOrTaken(known, detail);
      insertModel(db, detail);
      return detail;
    });
  } catch (error) {
    if (!hasFiles(db, files)) await folders.remove(files);
    await freeUnreferencedBlobs(
      db,
      blobs,
      files.map(({ digest }) => digest),
    );
    throw error;
  }
}

async function addFile(
  blobs: BlobStore,
  source: string,
  signal: AbortSignal | undefined,
): ReturnType<BlobStore['addFile']> {
  try {
    return await blobs.addFile(source, signal);
  } catch (error) {
    stopIfAborted(signal);
    throw error;
  }
}

/** An operator that the runtime misses is named as such; its other reasons stand as it gives them. */
async function runtimeAccepts(
  runner: ImportParts['runner'],
  onnxPath: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await runner.loadCheck(onnxPath, signal);
  } catch (error) {
    const reason = error instanceof AppError && error.code === 'MODEL_LOAD_FAILED' ? error.details['reason'] : null;
    const operator = typeof reason === 'string' ? operatorInReason(reason) : null;
    throw operator ? unsupportedOperators([operator], error) : error;
  }
}

function sameOrTaken(known: ModelDetail, detail: ModelDetail): ModelDetail {
  const identity = ({ files }: ModelDetail): string => JSON.stringify(files);
  if (identity(known) === identity(detail)) return known;
  throw new AppError(
    'ALREADY_EXISTS',
    `There is another model ${formatRef(known)} already; choose another version, or remove that one first.`,
    { details: { ref: formatRef(known), digest: known.digest } },
  );
}

async function mtimeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    (error: unknown) => {
      throw fileError(error, path);
    },
  );
}

function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled('The import');
}

function changed(path: string): AppError {
  return new AppError('FILE_UNREADABLE', `${path} changed while it was read; import it again when it is complete.`, {
    details: { file: path },
  });
}
