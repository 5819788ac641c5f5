// External data: the files beside a model that hold its weights. Which they are, and that they lie inside the model's folder and suffice.
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, posix, relative, sep } from 'node:path';
import { checkReleasePaths } from '../../../devices/trust/release-paths.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { tensorBytes } from './inspect-model.ts';
import { type ModelProto, type TensorProto, TensorProto_DataLocation } from './vendor/onnx_pb.ts';
import { allTensors } from './walk-model.ts';

/** Where the model lies under its canonical name in every folder that Lineside makes. */
export const MODEL_FILE = 'model.onnx';

export interface ExternalFile {
  /** Relative to the model, normalized, with forward slashes. */
  readonly path: string;
  /** The file itself, links resolved. */
  readonly source: string;
  readonly sizeBytes: number;
}

/**
 * The external files of a model, in order of path.
 * @throws MODEL_EXTERNAL_DATA_INVALID when a location is absolute, leaves the model's folder (also through a link), or when a file
 *   is missing or shorter than the tensors need.
 */
export async function findExternalFiles(onnxPath: string, model: ModelProto): Promise<ExternalFile[]> {
  const needed = new Map<string, { location: string; bytes: number; tensor: string }>();
  for (const { tensor } of allTensors(model)) {
    if (tensor.dataLocation !== TensorProto_DataLocation.EXTERNAL) continue;
    const { location, endBytes } = readReference(tensor);
    const path = posix.normalize(location);
    if ((needed.get(path)?.bytes ?? -1) < endBytes)
      needed.set(path, { location, bytes: endBytes, tensor: tensor.name });
  }
  if (needed.size === 0) return [];
  checkPaths([...needed.keys()]);
  const folder = await realpath(dirname(onnxPath));
  const files: ExternalFile[] = [];
  for (const [path, { location, bytes, tensor }] of [...needed].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const source = await realpath(join(folder, path)).catch(() => null);
    const info = source === null ? null : await stat(source).catch(() => null);
    if (source === null || !info?.isFile()) {
      throw invalid(`its external data file ${location} is missing; put it beside ${basename(onnxPath)}`, { location });
    }
    const inside = relative(folder, source);
    if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
      throw invalid(`its external data file ${location} leads out of the model's folder through a link`, { location });
    }
    if (info.size < bytes) {
      throw invalid(
        `its external data file ${location} has ${info.size} bytes, but the tensor "${tensor}" needs ${bytes}`,
        {
          location,
          sizeBytes: info.size,
          neededBytes: bytes,
        },
      );
    }
    files.push({ path, source, sizeBytes: info.size });
  }
  return files;
}

/** Location and the end of the tensor's bytes in it (onnx.proto, TensorProto.external_data). */
function readReference(tensor: TensorProto): { location: string; endBytes: number } {
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get('location') ?? '';
  if (location === '') throw invalid(`its tensor "${tensor.name}" names no external file`, {});
  // Windows' own separators and drives would mean something else on the device.
  if (isAbsolute(location) || /^[A-Za-z]:|\\/.test(location)) {
    throw invalid(`its external data location ${location} is not a plain relative path`, { location });
  }
  const offset = wholeNumber(entries.get('offset'), 0);
  const length = wholeNumber(entries.get('length'), tensorBytes(tensor));
  if (offset === null || length === null) {
    throw invalid(`its tensor "${tensor.name}" states an external offset or length that is no whole number`, {
      location,
    });
  }
  return { location, endBytes: offset + length };
}

function wholeNumber(text: string | undefined, otherwise: number): number | null {
  if (text === undefined) return otherwise;
  const value = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(value) ? value : null;
}

/** The same rules as for the files of a bundle, which these will become. */
function checkPaths(paths: readonly string[]): void {
  try {
    checkReleasePaths([MODEL_FILE, ...paths]);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { path } = error.details;
    throw invalid(
      `its external data location ${JSON.stringify(path)} lies outside its folder or cannot be used as a file name`,
      { location: path },
      error,
    );
  }
}

function invalid(reason: string, details: Record<string, unknown>, cause?: unknown): AppError {
  return new AppError('MODEL_EXTERNAL_DATA_INVALID', `The model cannot be used: ${reason}.`, { details, cause });
}
