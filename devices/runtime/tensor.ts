// Tensors as plain values: their typed arrays, their little-endian bytes, and whether they fit what a model declares.
import type { TensorInfo } from '../../shared/contract/common.ts';
import { ELEMENT_BYTES, OIP_DATATYPES, type TransportableTensorType } from '../../shared/domain/tensor-type.ts';
import { AppError } from '../../shared/errors/app-error.ts';

export type NumericTensorData =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** float16 as its bits in a Uint16Array, bool as 0 and 1 in a Uint8Array, strings as a plain array. */
export type TensorData = NumericTensorData | string[];

export interface TensorValue {
  readonly type: TransportableTensorType;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: TensorData;
}

/** Tensors by the name of the input or output. */
export type Tensors = Readonly<Record<string, TensorValue>>;

/** Largest tensor that is read or made, in elements: what a Buffer can hold in 8-byte elements. */
const MAX_ELEMENTS = 2 ** 29;

const ARRAYS = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  float16: Uint16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float64: Float64Array,
} as const;

/** True for a type that a session can take and give. */
export function isTransportable(type: string): type is TransportableTensorType {
  return Object.hasOwn(OIP_DATATYPES, type);
}

/** Number of elements; 1 for a scalar. @throws MODEL_SHAPE_INVALID for sizes that are not whole, negative or together too large. */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0)
      throw invalid(`the shape [${shape.join(', ')}] is not made of whole numbers`);
    count *= size;
  }
  if (count > MAX_ELEMENTS) throw invalid(`a tensor of shape [${shape.join(', ')}] would be too large`);
  return count;
}

/** A tensor of zeros, or of empty strings. @throws MODEL_SHAPE_INVALID */
export function emptyTensor(type: TransportableTensorType, shape: readonly number[]): TensorValue {
  const count = elementCount(shape);
  return { type, shape, data: type === 'string' ? new Array<string>(count).fill('') : new ARRAYS[type](count) };
}

/**
 * Reads little-endian, row-major bytes; strings are each preceded by their length in bytes as uint32, as in the Open Inference
 * Protocol's binary form. The bytes are copied only where their alignment asks for it.
 * @throws MODEL_SHAPE_INVALID when the number of bytes does not fit type and shape.
 */
export function tensorFromBytes(
  type: TransportableTensorType,
  shape: readonly number[],
  bytes: Uint8Array,
): TensorValue {
  const count = elementCount(shape);
  if (type === 'string') return { type, shape, data: readStrings(bytes, count) };
  const width = ELEMENT_BYTES[type];
  if (bytes.length !== count * width) {
    throw invalid(
      `${bytes.length} bytes were given for ${count} elements of type ${type}, which need ${count * width}`,
    );
  }
  const aligned = bytes.byteOffset % width === 0 && bytes.buffer instanceof ArrayBuffer ? bytes : new Uint8Array(bytes);
  return { type, shape, data: new ARRAYS[type](aligned.buffer as ArrayBuffer, aligned.byteOffset, count) };
}

/** The inverse of `tensorFromBytes`; for numbers a view of the tensor's own memory. */
export function bytesOfTensor(tensor: TensorValue): Uint8Array {
  if (Array.isArray(tensor.data)) return writeStrings(tensor.data);
  return new Uint8Array(tensor.data.buffer as ArrayBuffer, tensor.data.byteOffset, tensor.data.byteLength);
}

/** The elements as JavaScript numbers (int64 rounded to the nearest double). Not for strings. */
export function numbersOfTensor(tensor: TensorValue): Float64Array {
  if (Array.isArray(tensor.data)) throw invalid('a tensor of strings has no numbers');
  const numbers = new Float64Array(tensor.data.length);
  for (let i = 0; i < numbers.length; i++) {
    const value = tensor.data[i] ?? 0;
    numbers[i] = tensor.type === 'float16' ? halfToNumber(Number(value)) : Number(value);
  }
  return numbers;
}

/** The number that 16 bits of IEEE 754 binary16 stand for. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The bits of the nearest binary16, ties to even; beyond its range infinity. */
export function numberToHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  const scaled = roundHalfEven(size / 2 ** (exponent - 10));
  // A carry out of the fraction lands in the exponent, where it belongs.
  return sign | (size < 2 ** -14 ? scaled : ((exponent + 14) << 10) + scaled);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

/**
 * Checks a tensor against an input that a model declares: type, rank, fixed sizes, amount of data.
 * @throws MODEL_SHAPE_INVALID with the input named.
 */
export function checkFits(info: TensorInfo, tensor: TensorValue): void {
  const told = `the input "${info.name}"`;
  if (tensor.type !== info.type) throw invalid(`${told} is of type ${info.type}, not ${tensor.type}`, info.name);
  if (tensor.data.length !== elementCount(tensor.shape)) {
    throw invalid(
      `${told} was given ${tensor.data.length} elements for the shape [${tensor.shape.join(', ')}]`,
      info.name,
    );
  }
  if (info.shape === null) return;
  const fits =
    tensor.shape.length === info.shape.length &&
    info.shape.every((size, axis) => typeof size === 'string' || size === tensor.shape[axis]);
  if (!fits)
    throw invalid(`${told} has the shape [${info.shape.join(', ')}], not [${tensor.shape.join(', ')}]`, info.name);
}

function readStrings(bytes: Uint8Array, count: number): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder();
  const strings: string[] = [];
  let at = 0;
  while (strings.length < count && at + 4 <= bytes.length) {
    const length = view.getUint32(at, true);
    if (at + 4 + length > bytes.length) break;
    strings.push(decoder.decode(bytes.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  if (strings.length === count && at === bytes.length) return strings;
  throw invalid(`the bytes given do not hold exactly ${count} strings`);
}

function writeStrings(strings: readonly string[]): Uint8Array {
  const parts: Buffer[] = [];
  for (const text of strings) {
    const bytes = Buffer.from(text);
    const head = Buffer.alloc(4);
    head.writeUInt32LE(bytes.length);
    parts.push(head, bytes);
  }
  return Buffer.concat(parts);
}

function invalid(reason: string, input?: string): AppError {
  const sentence = `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
  return new AppError('MODEL_SHAPE_INVALID', sentence, { details: input === undefined ? {} : { input } });
}
