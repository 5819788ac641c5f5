// A model that is ready for timed calls: loaded, run once, its inputs and outputs laid out; through the add-on, or else the public API.
import { createHash } from 'node:crypto';
import type { TensorInfo } from '../../../shared/contract/common.ts';
import { createNativeSession } from '../native-session.ts';
import { loadOrt } from '../ort-binding.ts';
import { createPackageSession } from '../package-session.ts';
import type { ModelSpec } from '../runner/runner-protocol.ts';
import { firstSeededRun, type SeededRun } from '../seeded-run.ts';
import { isBindingFault } from '../session-errors.ts';
import { bytesOfTensor, type Tensors } from '../tensor.ts';

/** `native`: synchronous, into memory that is there already; `run`: through a promise. Both throw MODEL_RUN_FAILED. */
export type ModelCall =
  | { readonly binding: 'native'; readonly call: () => void }
  | { readonly binding: 'run'; readonly call: () => Promise<void> };

export interface OpenModel extends SeededRun {
  readonly inputs: readonly TensorInfo[];
  /** Loading the runtime (when this process first did) and the model. */
  readonly coldLoadMs: number;
  readonly call: ModelCall;
  /** Items in one call. */
  readonly batch: number;
  dispose(): Promise<void>;
}

export interface OpenModelOptions {
  readonly ortDir?: string | undefined;
  /** Put around every native call: how a test of the method makes a model slower. */
  readonly wrapCall?: ((call: () => void) => () => void) | undefined;
  /** Items in one call; default: as the spec says. */
  readonly batchOf?: ((inputs: readonly TensorInfo[]) => number) | undefined;
  /** Opens through the add-on; a test puts one in its place that is not as we know it. */
  readonly openNative?: typeof openNative;
}

/**
 * @throws MODEL_LOAD_FAILED, MODEL_RUN_FAILED, MODEL_SHAPE_INVALID, MODEL_UNSUPPORTED_TYPE, MODEL_OUTPUT_NAN, PROVIDER_UNAVAILABLE,
 *   BENCH_OUT_OF_MEMORY
 */
export async function openModel(spec: ModelSpec, options: OpenModelOptions): Promise<OpenModel> {
  try {
    return await (options.openNative ?? openNative)(spec, options);
  } catch (error) {
    if (!isBindingFault(error)) throw error;
    return openPackage(spec, options);
  }
}

async function openNative(spec: ModelSpec, { ortDir, wrapCall, batchOf }: OpenModelOptions): Promise<OpenModel> {
  const { loadMs: runtimeMs } = loadOrt(ortDir);
  const session = createNativeSession(spec.onnxPath, {
    intraOpNumThreads: spec.threads,
    provider: spec.provider,
    graphOptimizationLevel: spec.level,
  });
  const batch = batchOf?.(session.inputs) ?? spec.batch;
  const first = await firstSeededRun(session, { ...spec, batch });
  const call = session.prepare(first.feeds, first.outputs);
  // What is different about prepared memory shows here and not on the clock.
  call();
  return {
    ...first,
    inputs: session.inputs,
    batch,
    coldLoadMs: runtimeMs + session.loadMs,
    call: { binding: 'native', call: wrapCall ? wrapCall(call) : call },
    dispose: () => Promise.resolve(session.dispose()),
  };
}

async function openPackage(spec: ModelSpec, { batchOf }: OpenModelOptions): Promise<OpenModel> {
  const startedMs = performance.now();
  const session = await createPackageSession(spec.onnxPath, spec);
  const coldLoadMs = performance.now() - startedMs;
  const batch = batchOf?.(session.inputs) ?? spec.batch;
  const first = await firstSeededRun(session, { ...spec, batch });
  return {
    ...first,
    inputs: session.inputs,
    batch,
    coldLoadMs,
    call: { binding: 'run', call: session.prepare(first.feeds) },
    dispose: () => session.dispose(),
  };
}

/** SHA-256 of the bytes that are fed, in order of the inputs. */
export function digestOfInputs(inputs: readonly TensorInfo[], feeds: Tensors): string {
  const hash = createHash('sha256');
  for (const { name } of inputs) {
    const tensor = feeds[name];
    if (tensor) hash.update(bytesOfTensor(tensor));
  }
  return hash.digest('hex');
}
