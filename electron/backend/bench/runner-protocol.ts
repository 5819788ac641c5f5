// What the backend and its sidecar say to each other: one JSON request on the sidecar's stdin, lines of JSON on its stdout.
import type { BenchEngineReport, BenchProgress } from '../../../devices/runtime/bench-engine.ts';
import { bytesOfTensor, isTransportable, type Tensors, tensorFromBytes } from '../../../devices/runtime/tensor.ts';
import { AppError, type WireError } from '../../../shared/errors/app-error.ts';

export interface WireTensor {
  readonly type: string;
  readonly shape: readonly number[];
  /** Little-endian bytes as `tensorFromBytes` reads them. */
  readonly base64: string;
}
export type WireTensors = Readonly<Record<string, WireTensor>>;

export type RunnerRequest =
  /** Loads the model and lets go of it. */
  | { readonly kind: 'check'; readonly onnxPath: string }
  | {
      readonly kind: 'run';
      readonly onnxPath: string;
      readonly threads: number;
      readonly cases: readonly WireTensors[];
    }
  | {
      readonly kind: 'bench';
      readonly onnxPath: string;
      readonly threads: number;
      readonly batch: number;
      readonly seed: number;
      readonly minDurationMs: number;
      readonly minSamples: number;
      readonly maxDurationMs: number;
      /** File that the sidecar makes for the raw samples: float64, little-endian, milliseconds. */
      readonly samplesPath: string;
    };

/** A benchmark's report without the raw samples, and the Node that it ran on. */
export type WireBenchReport = Omit<BenchEngineReport, 'samples'> & { readonly nodeVersion: string };

export type RunnerMessage =
  | { readonly type: 'progress'; readonly progress: BenchProgress }
  | { readonly type: 'checked' }
  /** One for each case, in order. */
  | { readonly type: 'outputs'; readonly outputs: readonly WireTensors[] }
  | { readonly type: 'benched'; readonly report: WireBenchReport }
  | { readonly type: 'error'; readonly error: WireError };

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
