// Reads one NumPy array file (NPY format 1.0 to 3.0, numpy.lib.format): little-endian numbers in C order.
import { elementCount, type TensorValue, tensorFromBytes } from '../../../devices/runtime/tensor.ts';
import type { TransportableTensorType } from '../../../shared/domain/tensor-type.ts';
import { toAppError } from '../../../shared/errors/app-error.ts';

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
const MAX_HEADER_BYTES = 64 * 1024;
const MAX_RANK = 32;

const TYPES: Readonly<Record<string, TransportableTensorType>> = {
  b1: 'bool',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
};

/** Why an array cannot be read; the message ends without a full stop. */
export class NpyFault extends Error {}

/** @throws NpyFault */
export function readNpyArray(file: Buffer): TensorValue {
  const { header, dataAt } = readHeader(file);
  const type = readType(/'descr':\s*('[^']*'|\[)/.exec(header)?.[1]);
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape':\s*\(([\d,\sL]*)\)/.exec(header)?.[1];
  if (order === undefined || sizes === undefined) throw new NpyFault('its NPY header is damaged');
  const shape = (sizes.match(/\d+/g) ?? []).map(Number);
  if (shape.length > MAX_RANK) throw new NpyFault(`it has more than ${MAX_RANK} axes`);
  if (order === 'True' && shape.length > 1) {
    throw new NpyFault('its values are in Fortran order; save it with numpy.ascontiguousarray');
  }
  try {
    elementCount(shape);
    return tensorFromBytes(type, shape, file.subarray(dataAt));
  } catch (error) {
    throw new NpyFault(toAppError(error).message.replace(/\.$/, ''));
  }
}

function readHeader(file: Buffer): { header: string; dataAt: number } {
  if (file.length < 12 || !file.subarray(0, MAGIC.length).equals(MAGIC)) throw new NpyFault('it is not an NPY array');
  const major = file[6] ?? 0;
  if (major < 1 || major > 3) throw new NpyFault(`it is of the unknown NPY version ${major}`);
  const headerAt = major === 1 ? 10 : 12;
  const headerBytes = major === 1 ? file.readUInt16LE(8) : file.readUInt32LE(8);
  if (headerBytes > MAX_HEADER_BYTES || headerAt + headerBytes > file.length) {
    throw new NpyFault('its NPY header is damaged or cut off');
  }
  const dataAt = headerAt + headerBytes;
  return { header: file.toString(major === 3 ? 'utf8' : 'latin1', headerAt, dataAt), dataAt };
}

function readType(descr: string | undefined): TransportableTensorType {
  if (descr === undefined) throw new NpyFault('its NPY header is damaged');
  const parts = /^'([<>|=])([a-zA-Z]\d*)'$/.exec(descr);
  if (parts?.[1] === '>') throw new NpyFault('its values are big-endian; save it little-endian');
  const type = TYPES[parts?.[2] ?? ''];
  if (type !== undefined) return type;
  throw new NpyFault(`its element type ${descr === '[' ? '(a record)' : descr} is not a number that a model can take`);
}
