// Takes the ONNX file out of any ModelPack artifact as a model: what others packed is an import like that of a file, never a bundle to deploy.
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { FILEPATH_ANNOTATION } from '../../../devices/trust/bundle-manifest.ts';
import { checkReleasePaths } from '../../../devices/trust/release-paths.ts';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { type Descriptor, descriptorSchema, MEDIA_TYPES } from '../../../shared/domain/release.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { ModelService } from '../models/model-service.ts';
import { downloadBlob } from './blob-download.ts';
import { formatOciReference, type OciReference } from './oci-reference.ts';
import { fetchManifest } from './pull-bundle.ts';
import type { RegistrySession } from './registry-session.ts';
import type { Report } from './transfer-stream.ts';
import { writeChecked } from './write-checked.ts';

/** Largest model that is taken: as much as a bundle may have. */
const MAX_MODEL_BYTES = 64 * 1024 ** 3;
const MAX_FILES = 4096;
const WEIGHT_PREFIX = 'application/vnd.cncf.model.weight.v1.';
const TITLE_ANNOTATION = 'org.opencontainers.image.title';

const manifestSchema = z.object({ layers: z.array(descriptorSchema) });

export interface PullModelParts {
  readonly session: RegistrySession;
  readonly source: OciReference;
  /** Folder for the time of the import, on the disk of the blob store. */
  readonly dataDir: string;
  readonly models: Pick<ModelService, 'import'>;
  readonly name: string;
  readonly version?: string | undefined;
  readonly report: Report;
}

/** @throws NOT_FOUND, REGISTRY_*, BUNDLE_MALFORMED, BUNDLE_DIGEST_MISMATCH, LOCAL_DISK_FULL, and what importing a model does */
export async function pullModel(parts: PullModelParts): Promise<ModelDetail> {
  const { session, source, report } = parts;
  report({ step: `Asking ${session.host}` });
  const files = weightFiles((await fetchManifest(session, source)).bytes, source);
  const onnx = onlyOnnx(files, source);
  const folder = join(parts.dataDir, 'pulled', randomUUID());
  const totalBytes = files.reduce((sum, { layer }) => sum + layer.size, 0);
  let doneBytes = 0;
  try {
    for (const { path, layer } of files) {
      report({ step: `Fetching from ${session.host}`, doneBytes, totalBytes });
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      const chunks = downloadBlob(session, layer, (bytes) => {
        doneBytes += bytes;
        report({ doneBytes });
      });
      await writeChecked(target, chunks, layer);
    }
    report({ step: 'Importing the model', doneBytes: totalBytes, totalBytes });
    const { name, version } = parts;
    return await parts.models.import({ path: join(folder, onnx), name, version }, session.signal);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface WeightFile {
  readonly path: string;
  readonly layer: Descriptor;
}

function weightFiles(manifestBytes: Buffer, source: OciReference): WeightFile[] {
  let layers: Descriptor[];
  try {
    layers = manifestSchema.parse(JSON.parse(manifestBytes.toString('utf8'))).layers;
  } catch {
    throw unfit(source, 'its manifest has an unknown form');
  }
  const weights = layers.filter((layer) => layer.mediaType.startsWith(WEIGHT_PREFIX));
  const packed = weights.find((layer) => layer.mediaType !== MEDIA_TYPES.weight);
  if (packed !== undefined)
    throw unfit(source, `its files are packed (${packed.mediaType}), and only plain ones are read`);
  if (weights.length > MAX_FILES || weights.reduce((sum, layer) => sum + layer.size, 0) > MAX_MODEL_BYTES) {
    throw unfit(source, 'it is too large');
  }
  const files = weights.map((layer) => ({
    path: layer.annotations?.[FILEPATH_ANNOTATION] ?? layer.annotations?.[TITLE_ANNOTATION] ?? '',
    layer,
  }));
  checkReleasePaths(files.map((file) => file.path));
  return files;
}

function onlyOnnx(files: readonly WeightFile[], source: OciReference): string {
  const [first, ...others] = files.filter((file) => file.path.toLowerCase().endsWith('.onnx'));
  if (first === undefined) throw unfit(source, 'it has no .onnx file among its weights');
  if (others.length > 0) throw unfit(source, `it has ${others.length + 1} .onnx files, and one is expected`);
  return first.path;
}

function unfit(source: OciReference, reason: string): AppError {
  const reference = formatOciReference(source);
  return new AppError('BUNDLE_MALFORMED', `${reference} cannot be taken as a model: ${reason}.`, {
    details: { reference, reason },
  });
}
