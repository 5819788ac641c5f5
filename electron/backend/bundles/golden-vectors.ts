// Golden vectors while a bundle is made: inputs with the outputs that the model must give, and their packing into one blob.
import { bytesOfTensor, numbersOfTensor, type Tensors, type TensorValue } from '../../../devices/runtime/tensor.ts';
import type { TensorInfo } from '../../../shared/contract/common.ts';
import type { GoldenCase, TensorRef } from '../../../shared/domain/release.ts';

/** One golden vector. */
export interface GoldenVector {
  readonly inputs: Tensors;
  readonly outputs: Tensors;
}

export interface PackedGolden {
  readonly bytes: Uint8Array;
  readonly cases: GoldenCase[];
}

/** Largest golden blob in bytes: it is sent to every device and held in memory there. */
export const MAX_GOLDEN_BYTES = 64 * 1024 * 1024;

// Every element type has a width that divides it, so a device can read the values where they lie.
const ALIGNMENT = 8;

/** Lays all tensors behind one another: vector by vector, inputs before outputs, each in the order of its record. */
export function packGolden(vectors: readonly GoldenVector[]): PackedGolden {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const place = (tensors: Tensors): TensorRef[] =>
    Object.entries(tensors).map(([name, tensor]) => {
      const bytes = bytesOfTensor(tensor);
      const padding = (ALIGNMENT - (bytes.byteLength % ALIGNMENT)) % ALIGNMENT;
      const ref = { name, type: tensor.type, shape: [...tensor.shape], offset, length: bytes.byteLength };
      parts.push(bytes, new Uint8Array(padding));
      offset += bytes.byteLength + padding;
      return ref;
    });
  const cases = vectors.map((vector) => ({ inputs: place(vector.inputs), outputs: place(vector.outputs) }));
  return { bytes: Buffer.concat(parts), cases };
}

/** Bytes that `packGolden` will need, before it takes them. */
export function goldenBytes(vectors: readonly GoldenVector[]): number {
  const tensors = vectors.flatMap((vector) => [...Object.values(vector.inputs), ...Object.values(vector.outputs)]);
  return tensors.reduce((sum, tensor) => sum + bytesOfTensor(tensor).byteLength, 0);
}

/** Why a tensor is not one of those that the model declares, as the end of a sentence; null when it fits. */
export function misfit(info: TensorInfo, tensor: TensorValue): string | null {
  if (tensor.type !== info.type) return `it is of type ${tensor.type}, but the model has ${info.type}`;
  if (info.shape === null) return null;
  const fits =
    tensor.shape.length === info.shape.length &&
    info.shape.every((size, axis) => typeof size === 'string' || size === tensor.shape[axis]);
  if (fits) return null;
  return `its shape is [${tensor.shape.join(', ')}], but the model has [${info.shape.join(', ')}]`;
}

/** Index of the first element that is not a number or infinite; null when there is none. */
export function firstNonFinite(tensor: TensorValue): number | null {
  if (!tensor.type.startsWith('float')) return null;
  const at = numbersOfTensor(tensor).findIndex((value) => !Number.isFinite(value));
  return at < 0 ? null : at;
}
