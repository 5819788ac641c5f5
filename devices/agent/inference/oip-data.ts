// Tensor elements as the JSON arrays of the Open Inference Protocol.
import type { TransportableTensorType } from '../../../shared/domain/tensor-type.ts';
import { emptyTensor, halfToNumber, numberToHalf, type TensorValue } from '../../runtime/tensor.ts';
import { OipError } from './oip-model.ts';

type NumericType = Exclude<TransportableTensorType, 'string'>;

const INTEGER_RANGE: Partial<Record<NumericType, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32_768, 32_767],
  uint16: [0, 65_535],
  int32: [-2_147_483_648, 2_147_483_647],
  uint32: [0, 4_294_967_295],
  // A JSON number beyond these has already lost digits; the binary form carries all 64 bits.
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint64: [0, Number.MAX_SAFE_INTEGER],
};

/** Reads `data`, flat or nested row by row. @throws OipError 400 when an element does not fit or the number of them is wrong. */
export function fromJsonData(
  name: string,
  type: TransportableTensorType,
  shape: readonly number[],
  count: number,
  data: unknown,
): TensorValue {
  if (!Array.isArray(data)) throw new OipError(400, `Input "${name}" has no data array.`);
  const flat = (data.some(Array.isArray) ? data.flat(Number.POSITIVE_INFINITY) : data) as readonly unknown[];
  // Checked before anything is allocated: the shape is the sender's word only.
  if (flat.length !== count) {
    const given = String(flat.length);
    throw new OipError(400, `Input "${name}" has ${given} elements of data, but its shape asks for ${String(count)}.`);
  }
  if (type === 'string') return { type, shape, data: flat.map((value) => stringElement(name, value)) };
  const tensor = emptyTensor(type, shape);
  const target = tensor.data as unknown as (number | bigint)[];
  for (let index = 0; index < count; index += 1) target[index] = element(name, type, flat[index]);
  return tensor;
}

function stringElement(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new OipError(400, `Input "${name}" is of datatype BYTES, so each element of its data must be a string.`);
}

function element(name: string, type: NumericType, value: unknown): number | bigint {
  if (type === 'bool') {
    if (typeof value === 'boolean') return value ? 1 : 0;
    if (value === 0 || value === 1) return value;
    throw new OipError(400, `Input "${name}" is of datatype BOOL, so each element of its data must be true or false.`);
  }
  if (typeof value !== 'number') {
    throw new OipError(400, `Input "${name}" holds an element that is not a number: ${JSON.stringify(value)}.`);
  }
  const range = INTEGER_RANGE[type];
  if (range === undefined) return type === 'float16' ? numberToHalf(value) : value;
  if (!Number.isInteger(value) || value < range[0] || value > range[1]) {
    throw new OipError(400, `Input "${name}" holds ${String(value)}, which does not fit its datatype.`);
  }
  return type === 'int64' || type === 'uint64' ? BigInt(value) : value;
}

/** JSON text of the flat array. NaN and infinities have no JSON form and become null. */
export function toJsonData({ type, data }: TensorValue): string {
  if (Array.isArray(data)) return JSON.stringify(data);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return `[${data.join(',')}]`;
  if (type === 'bool') return JSON.stringify(Array.from(data, (value) => value !== 0));
  if (type === 'float16') return JSON.stringify(Array.from(data, halfToNumber));
  return JSON.stringify(Array.from(data));
}
