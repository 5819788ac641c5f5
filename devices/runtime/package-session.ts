// A model through the public, asynchronous API of onnxruntime-node: what is left when the add-on itself is not as we know it.
import { createRequire } from 'node:module';
import type * as Package from 'onnxruntime-node';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { OptimizationLevel, Provider } from '../../shared/contract/bench-options.ts';
import type { TensorInfo } from '../../shared/contract/common.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import { dimensionNamer } from './dimension-names.ts';
import { providerUnavailable } from './providers.ts';
import { loadFailure, runFailure } from './session-errors.ts';
import { isTransportable, type Tensors, type TensorValue } from './tensor.ts';

export interface PackageSessionOptions {
  readonly threads: number;
  readonly provider: Provider;
  readonly level: OptimizationLevel;
  /** Why the add-on was not used. */
  readonly fault: unknown;
}

export interface PackageSession {
  readonly inputs: readonly TensorInfo[];
  readonly loadMs: number;
  /** @throws MODEL_RUN_FAILED, BENCH_OUT_OF_MEMORY */
  run(feeds: Tensors): Promise<Tensors>;
  /** A call on these feeds; the runtime makes the outputs anew each time. Rejects with MODEL_RUN_FAILED. */
  prepare(feeds: Tensors): () => Promise<void>;
  dispose(): Promise<void>;
}

/**
 * @throws MODEL_LOAD_FAILED, also where the package is not there; MODEL_UNSUPPORTED_TYPE, PROVIDER_UNAVAILABLE, BENCH_OUT_OF_MEMORY.
 */
export async function createPackageSession(modelPath: string, options: PackageSessionOptions): Promise<PackageSession> {
  const ort = loadPackage(options.fault);
  const startedMs = performance.now();
  const session = await create(ort, modelPath, options);
  const loadMs = performance.now() - startedMs;
  const toFeeds = (tensors: Tensors): Record<string, Tensor> =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, newTensor(ort, tensor)]));
  const call = async (feeds: Record<string, Tensor>): Promise<InferenceSession.OnnxValueMapType> => {
    try {
      return await session.run(feeds);
    } catch (error) {
      throw runFailure(error);
    }
  };
  const names = dimensionNamer();
  return {
    inputs: session.inputMetadata.map((value) => inputInfo(value, names)),
    loadMs,
    run: async (feeds) => {
      const results = await call(toFeeds(feeds));
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensorValue(tensor)]));
    },
    prepare: (tensors) => {
      const feeds = toFeeds(tensors);
      return async () => {
        await call(feeds);
      };
    },
    dispose: () => session.release(),
  };
}

async function create(
  ort: typeof Package,
  modelPath: string,
  options: PackageSessionOptions,
): Promise<InferenceSession> {
  try {
    return await ort.InferenceSession.create(modelPath, {
      executionProviders: [options.provider],
      executionMode: 'sequential',
      interOpNumThreads: 1,
      intraOpNumThreads: options.threads,
      graphOptimizationLevel: options.level,
    });
  } catch (error) {
    if (options.provider === 'cpu') throw loadFailure(modelPath, error);
    await (await create(ort, modelPath, { ...options, provider: 'cpu' })).release();
    throw providerUnavailable(options.provider, error, ort.listSupportedBackends());
  }
}

/** @throws MODEL_LOAD_FAILED with the fault of the add-on as well */
function loadPackage(fault: unknown): typeof Package {
  try {
    return createRequire(import.meta.url)('onnxruntime-node') as typeof Package;
  } catch (error) {
    const reason = fault instanceof Error ? fault.message : String(fault);
    throw new AppError(
      'MODEL_LOAD_FAILED',
      `${reason} The package onnxruntime-node, which would serve in its place, is not there; install the runtime that came with Lineside again.`,
      { cause: error },
    );
  }
}

function newTensor(ort: typeof Package, { type, data, shape }: TensorValue): Tensor {
  return new ort.Tensor(type as 'float32', data as Float32Array, shape);
}

function tensorValue(tensor: Tensor): TensorValue {
  if (!isTransportable(tensor.type)) throw new Error(`the runtime returned a tensor of type ${tensor.type}`);
  return { type: tensor.type, shape: tensor.dims, data: tensor.data };
}

type Metadata = InferenceSession.ValueMetadata;

function inputInfo(value: Metadata, nextName: () => string): TensorInfo {
  if (value.isTensor && isTransportable(value.type)) {
    // The package gives an empty string for a dimension without a name.
    return { name: value.name, type: value.type, shape: value.shape.map((size) => (size === '' ? nextName() : size)) };
  }
  throw new AppError('MODEL_UNSUPPORTED_TYPE', `The input "${value.name}" is not a tensor that can be fed.`, {
    details: { input: value.name },
  });
}
