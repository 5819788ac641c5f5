// One model in ONNX Runtime on the calling thread: load, run, run into prepared memory, dispose. Every call blocks, so it belongs in a sidecar.
import { basename } from 'node:path';
import type { OptimizationLevel, Provider } from '../../shared/contract/bench-options.ts';
import type { TensorInfo } from '../../shared/contract/common.ts';
import { TENSOR_TYPES } from '../../shared/domain/tensor-type.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import { dimensionNamer } from './dimension-names.ts';
import { loadOrt, newOrtSession, type OrtSession, OrtTensor, type OrtValueMetadata } from './ort-binding.ts';
import { providerUnavailable } from './providers.ts';
import { loadFailure, runFailure } from './session-errors.ts';
import { isTransportable, type TensorData, type Tensors, type TensorValue } from './tensor.ts';

export { loadOrt };

export interface NativeSessionOptions {
  /** 0: one thread per core, as the runtime decides. */
  readonly intraOpNumThreads: number;
  /** Default 1. */
  readonly interOpNumThreads?: number;
  /** Default `all`. */
  readonly graphOptimizationLevel?: OptimizationLevel;
  /** Default `cpu`. The runtime itself puts nodes that the provider does not take on the processor. */
  readonly provider?: Provider;
  /** Traces every run, into a file whose name begins with `tracePrefix`. Costs a third of the speed. */
  readonly profiling?: { readonly tracePrefix: string; readonly optimizedModelPath?: string | undefined } | undefined;
}

export interface NativeSession {
  readonly inputs: readonly TensorInfo[];
  /** Those outputs that are tensors; others (sequences, maps) cannot be handed out and are left away. */
  readonly outputs: readonly TensorInfo[];
  /** Milliseconds that loading took. */
  readonly loadMs: number;
  /** Runs once and returns every output in memory of its own. @throws MODEL_RUN_FAILED */
  run(feeds: Tensors): Record<string, TensorValue>;
  /**
   * Returns a call that runs on `feeds` and writes into the data of `outputs`, without further allocation by us. Types and shapes
   * of `outputs` must be those that the model gives for these feeds (run it once to know them). The call throws MODEL_RUN_FAILED.
   */
  prepare(feeds: Tensors, outputs: Tensors): () => void;
  /** Ends the trace of a session that was made with `profiling`; returns the path of its file. */
  endProfiling(): string;
  dispose(): void;
}

/**
 * Loads a model from its path, so that external data beside it is found.
 * @throws MODEL_LOAD_FAILED with the runtime's reason, MODEL_UNSUPPORTED_TYPE for inputs that are not plain tensors,
 *   PROVIDER_UNAVAILABLE where the model loads on the processor but not with the provider, BENCH_OUT_OF_MEMORY.
 */
export function createNativeSession(modelPath: string, options: NativeSessionOptions): NativeSession {
  const startedMs = performance.now();
  const { session, inputs, outputs } = load(modelPath, options);
  const loadMs = performance.now() - startedMs;
  if (outputs.length === 0) {
    throw new AppError('MODEL_UNSUPPORTED_TYPE', `None of the outputs of ${basename(modelPath)} is a plain tensor.`);
  }
  const fetchAll: Record<string, null> = Object.fromEntries(outputs.map(({ name }) => [name, null]));

  return {
    inputs,
    outputs,
    loadMs,
    run: (feeds) => {
      const results = runOrExplain(session, ortTensors(feeds), fetchAll);
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensorValue(tensor)]));
    },
    prepare: (feeds, targets) => {
      const ortFeeds = ortTensors(feeds);
      const ortTargets = ortTensors(targets);
      return () => {
        runOrExplain(session, ortFeeds, ortTargets);
      };
    },
    endProfiling: () => session.endProfiling(),
    dispose: () => session.dispose(),
  };
}

function profilingOptions(profiling: NativeSessionOptions['profiling']): object {
  if (!profiling) return {};
  const { tracePrefix, optimizedModelPath } = profiling;
  const saving = optimizedModelPath === undefined ? {} : { optimizedModelFilePath: optimizedModelPath };
  return { enableProfiling: true, profileFilePrefix: tracePrefix, ...saving };
}

interface LoadedModel {
  readonly session: OrtSession;
  readonly inputs: TensorInfo[];
  readonly outputs: TensorInfo[];
}

function load(modelPath: string, options: NativeSessionOptions): LoadedModel {
  const { provider = 'cpu' } = options;
  try {
    const session = newOrtSession();
    session.loadModel(modelPath, {
      executionProviders: [provider],
      executionMode: 'sequential',
      interOpNumThreads: options.interOpNumThreads ?? 1,
      graphOptimizationLevel: options.graphOptimizationLevel ?? 'all',
      ...(options.intraOpNumThreads > 0 ? { intraOpNumThreads: options.intraOpNumThreads } : {}),
      ...profilingOptions(options.profiling),
    });
    const names = dimensionNamer();
    const inputs = session.inputMetadata.map((value) => inputInfo(value, names));
    return { session, inputs, outputs: session.outputMetadata.flatMap((value) => tensorInfo(value, names) ?? []) };
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (provider !== 'cpu') {
      // A model that is broken fails on the processor as well, with its own reason; this session is never used.
      load(modelPath, { intraOpNumThreads: 1 }).session.dispose();
      throw providerUnavailable(provider, error, loadOrt().binding.listSupportedBackends());
    }
    throw loadFailure(modelPath, error);
  }
}

const NO_OPTIONS = {};

function runOrExplain(
  session: OrtSession,
  feeds: Readonly<Record<string, OrtTensor>>,
  fetches: Readonly<Record<string, OrtTensor | null>>,
): Record<string, OrtTensor> {
  try {
    return session.run(feeds, fetches, NO_OPTIONS);
  } catch (error) {
    throw runFailure(error);
  }
}

function ortTensors(tensors: Tensors): Record<string, OrtTensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { type, shape, data }]) => [name, new OrtTensor(type, data, shape)]),
  );
}

function tensorValue(tensor: OrtTensor): TensorValue {
  if (!isTransportable(tensor.type)) throw new Error(`the runtime returned a tensor of type ${tensor.type}`);
  return { type: tensor.type, shape: tensor.dims, data: tensor.data as TensorData };
}

function inputInfo(value: OrtValueMetadata, nextName: () => string): TensorInfo {
  const info = tensorInfo(value, nextName);
  if (info) return info;
  const what = value.isTensor ? `of type ${typeName(value.type)}` : 'not a plain tensor';
  throw new AppError('MODEL_UNSUPPORTED_TYPE', `The input "${value.name}" is ${what}, which cannot be fed.`, {
    details: { input: value.name },
  });
}

/** Null for what a session cannot hand over. */
function tensorInfo(value: OrtValueMetadata, nextName: () => string): TensorInfo | null {
  const type = typeName(value.type);
  if (!value.isTensor || !isTransportable(type)) return null;
  const shape = value.shape.map((size, axis) => (size >= 0 ? size : value.symbolicDimensions[axis] || nextName()));
  return { name: value.name, type, shape };
}

function typeName(type: number): string {
  return (TENSOR_TYPES as Readonly<Record<number, string>>)[type] ?? `type ${type}`;
}
