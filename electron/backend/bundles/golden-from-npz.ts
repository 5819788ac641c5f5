// Golden vectors from a NumPy NPZ file whose arrays carry the names of the model's inputs and outputs.

import { bytesOfTensor, type Tensors, type TensorValue, tensorFromBytes } from '../../../devices/runtime/tensor.ts';
import type { TensorInfo } from '../../../shared/contract/common.ts';
import { ELEMENT_BYTES } from '../../../shared/domain/tensor-type.ts';
import { goldenFileInvalid } from './golden-file-error.ts';
import { firstNonFinite, type GoldenVector, goldenBytes, MAX_GOLDEN_BYTES, misfit } from './golden-vectors.ts';
import { readNpzArrays } from './npz-arrays.ts';

const MAX_CASES = 1024;

export interface GoldenModel {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/**
 * Reads the file. Where all arrays share their leading size, and the model takes any size or 1 there, each row becomes a case
 * of its own (batch 1); else the arrays as they are make one case. `maxCases` keeps the first rows only.
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE, GOLDEN_FILE_INVALID
 */
export async function goldenFromNpz(
  path: string,
  model: GoldenModel,
  maxCases: number | undefined,
): Promise<GoldenVector[]> {
  const arrays = await readNpzArrays(path);
  checkNames(path, model, arrays);
  const rows = rowCount(model, arrays);
  if (rows !== null && rows > MAX_CASES && maxCases === undefined) {
    throw goldenFileInvalid(
      path,
      null,
      `it has ${rows} cases; ask for at most ${MAX_CASES} of them with --golden-cases`,
    );
  }
  const kept = rows === null ? null : Math.min(rows, maxCases ?? rows, MAX_CASES);
  const pick = (infos: readonly TensorInfo[], row: number | null): Tensors =>
    Object.fromEntries(infos.map((info) => [info.name, pickTensor(path, info, arrays, row)]));
  const indexes = kept === null ? [null] : Array.from({ length: kept }, (_, row) => row);
  const vectors = indexes.map((row) => ({ inputs: pick(model.inputs, row), outputs: pick(model.outputs, row) }));
  for (const { name } of model.outputs) {
    const fault = vectors
      .map((vector) => vector.outputs[name])
      .find((tensor) => tensor && firstNonFinite(tensor) !== null);
    if (fault)
      throw goldenFileInvalid(
        path,
        name,
        'it holds a value that is not a finite number, which nothing can be compared with',
      );
  }
  if (goldenBytes(vectors) > MAX_GOLDEN_BYTES) {
    throw goldenFileInvalid(
      path,
      null,
      `its vectors are more than ${MAX_GOLDEN_BYTES / 1024 ** 2} MiB; use fewer with --golden-cases`,
    );
  }
  return vectors;
}

function checkNames(path: string, model: GoldenModel, arrays: ReadonlyMap<string, TensorValue>): void {
  const wanted = [...model.inputs, ...model.outputs].map((info) => info.name);
  const missing = wanted.find((name) => !arrays.has(name));
  if (missing !== undefined) {
    const kind = model.inputs.some((info) => info.name === missing) ? 'input' : 'output';
    throw goldenFileInvalid(path, null, `it has no array for the model's ${kind} "${missing}"`);
  }
  const unknown = [...arrays.keys()].find((name) => !wanted.includes(name));
  if (unknown !== undefined) {
    throw goldenFileInvalid(
      path,
      unknown,
      `the model has no input or output of that name (it has ${wanted.join(', ')})`,
    );
  }
}

/** Leading size that all arrays share and the model leaves open; null: the arrays are one case as they are. */
function rowCount(model: GoldenModel, arrays: ReadonlyMap<string, TensorValue>): number | null {
  const isOpen = (info: TensorInfo): boolean =>
    info.shape === null || typeof info.shape[0] === 'string' || info.shape[0] === 1;
  if (![...model.inputs, ...model.outputs].every(isOpen)) return null;
  const sizes = new Set([...arrays.values()].map((tensor) => tensor.shape[0]));
  const [rows] = sizes;
  return sizes.size === 1 && rows !== undefined && rows > 0 ? rows : null;
}

function pickTensor(
  path: string,
  info: TensorInfo,
  arrays: ReadonlyMap<string, TensorValue>,
  row: number | null,
): TensorValue {
  const array = arrays.get(info.name);
  if (array === undefined) throw goldenFileInvalid(path, info.name, 'it is missing');
  const tensor = row === null ? array : rowOf(array, row);
  const fault = misfit(info, tensor);
  if (fault !== null) throw goldenFileInvalid(path, info.name, fault);
  if (tensor.data.length === 0) throw goldenFileInvalid(path, info.name, 'it is empty');
  return tensor;
}

function rowOf(array: TensorValue, row: number): TensorValue {
  const [rows = 1, ...rest] = array.shape;
  if (array.type === 'string') throw new Error('an NPZ file gives no strings');
  const rowBytes = (array.data.length / rows) * ELEMENT_BYTES[array.type];
  const bytes = bytesOfTensor(array).subarray(row * rowBytes, (row + 1) * rowBytes);
  return tensorFromBytes(array.type, [1, ...rest], bytes);
}
