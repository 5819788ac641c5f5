// ONNX Runtime's Node-API add-on, loaded as it is: its JavaScript wrapper makes every call asynchronous in name only, and costs 5 us.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { AppError } from '../../shared/errors/app-error.ts';

/**
 * What the add-on reads of a tensor, and what it builds for an output. Not onnxruntime-common's class: on a Node with Float16Array
 * that one turns float16 data into an array that the add-on (Node-API 6) takes for empty.
 */
export class OrtTensor {
  readonly type: string;
  readonly data: unknown;
  readonly dims: readonly number[];
  readonly location = 'cpu';

  constructor(type: string, data: unknown, dims: readonly number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

export interface OrtValueMetadata {
  readonly name: string;
  readonly isTensor: boolean;
  /** TensorProto.DataType. */
  readonly type: number;
  /** -1: dynamic. */
  readonly shape: readonly number[];
  /** Empty string: no name. */
  readonly symbolicDimensions: readonly string[];
}

export interface OrtSession {
  readonly inputMetadata: readonly OrtValueMetadata[];
  readonly outputMetadata: readonly OrtValueMetadata[];
  loadModel(path: string, options: object): void;
  /** Synchronous. A tensor in `fetches` is filled in place; null asks for a new one. */
  run(
    feeds: Readonly<Record<string, OrtTensor>>,
    fetches: Readonly<Record<string, OrtTensor | null>>,
    options: object,
  ): Record<string, OrtTensor>;
  /** Writes the trace that was asked for when the model was loaded, and returns its path. */
  endProfiling(): string;
  dispose(): void;
}

export interface OrtBinding {
  readonly InferenceSession: new () => OrtSession;
  /** Providers of this build; those that are not bundled need a library beside the add-on. */
  listSupportedBackends(): readonly { readonly name: string; readonly bundled: boolean }[];
  initOrtOnce(logLevel: number, tensorClass: typeof OrtTensor, isMainThread: boolean): void;
}

/** The runtime throws what it logs at error level; the log would only repeat it on stderr. */
const LOG_FATAL_ONLY = 4;

export interface LoadedBinding {
  readonly binding: OrtBinding;
  readonly directory: string;
  /** Milliseconds that it took to load. */
  readonly loadMs: number;
}

let loaded: LoadedBinding | null = null;

/**
 * Loads `<ortDir>/onnxruntime_binding.node` (beside it the shared library) once for this process; later calls do nothing.
 * Without `ortDir`: the add-on of the npm package onnxruntime-node for this platform.
 * @throws MODEL_LOAD_FAILED when there is no add-on for this platform or it cannot be loaded.
 */
export function loadOrt(ortDir?: string): LoadedBinding {
  if (loaded) return loaded;
  const startedMs = performance.now();
  try {
    const require = createRequire(import.meta.url);
    const directory =
      ortDir ??
      join(dirname(require.resolve('onnxruntime-node')), '..', 'bin', 'napi-v6', process.platform, process.arch);
    const binding = require(join(directory, 'onnxruntime_binding.node')) as OrtBinding;
    binding.initOrtOnce(LOG_FATAL_ONLY, OrtTensor, isMainThread);
    loaded = { binding, directory, loadMs: performance.now() - startedMs };
    return loaded;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new AppError(
      'MODEL_LOAD_FAILED',
      `ONNX Runtime could not be started for ${process.platform}-${process.arch}: ${reason}.`,
      { details: { addOn: 'unusable' }, cause: error },
    );
  }
}

/**
 * A session without a model. Loads the default add-on where `loadOrt` was not called.
 * @throws MODEL_LOAD_FAILED; TypeError when the add-on's sessions are not as we know them.
 */
export function newOrtSession(): OrtSession {
  const session = new (loadOrt().binding.InferenceSession)();
  for (const method of ['loadModel', 'run', 'dispose'] as const) {
    if (typeof session[method] !== 'function') throw new TypeError(`the add-on's session has no ${method}()`);
  }
  return session;
}
