// Tensors as JSON carries them between a sidecar and whoever started it.
import { AppError } from '../../../shared/errors/app-error.ts';
import { bytesOfTensor, isTransportable, type Tensors, tensorFromBytes } from '../tensor.ts';

export interface WireTensor {
  readonly type: string;
  readonly shape: readonly number[];
  /** Little-endian bytes as `tensorFromBytes` reads them. */
  readonly base64: string;
}
export type WireTensors = Readonly<Record<string, WireTensor>>;

export function toWireTensors(tensors: Tensors): WireTensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const bytes = bytesOfTensor(tensor);
      const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
      return [name, { type: tensor.type, shape: tensor.shape, base64 }];
    }),
  );
}

/** @throws MODEL_UNSUPPORTED_TYPE, MODEL_SHAPE_INVALID */
export function fromWireTensors(tensors: WireTensors): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { type, shape, base64 }]) => {
      if (!isTransportable(type)) {
        throw new AppError('MODEL_UNSUPPORTED_TYPE', `The tensor "${name}" is of type ${type}, which cannot be fed.`);
      }
      return [name, tensorFromBytes(type, shape, Buffer.from(base64, 'base64'))];
    }),
  );
}
