// A model that is ready for timed calls: loaded, run once, its inputs and outputs laid out.
import { createHash } from 'node:crypto';
import type { TensorInfo } from '../../../shared/contract/common.ts';
import { type ModelCall, type ModelSession, withSession } from '../model-session.ts';
import type { ModelSpec } from '../runner/runner-protocol.ts';
import { firstSeededRun, type SeededRun } from '../seeded-run.ts';
import { bytesOfTensor, type Tensors } from '../tensor.ts';

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
  /** Default: through the add-on. A test puts one in its place that is not as we know it. */
  readonly openNative?: (() => ModelSession) | undefined;
}

/**
 * @throws MODEL_LOAD_FAILED, MODEL_RUN_FAILED, MODEL_SHAPE_INVALID, MODEL_UNSUPPORTED_TYPE, MODEL_OUTPUT_NAN, PROVIDER_UNAVAILABLE,
 *   BENCH_OUT_OF_MEMORY
 */
export function openModel(spec: ModelSpec, options: OpenModelOptions): Promise<OpenModel> {
  const { threads, provider, level } = spec;
  const setup = { threads, provider, level, ortDir: options.ortDir };
  return withSession(spec.onnxPath, setup, (session) => makeReady(session, spec, options), options.openNative);
}

async function makeReady(
  session: ModelSession,
  spec: ModelSpec,
  { batchOf, wrapCall }: OpenModelOptions,
): Promise<OpenModel> {
  const batch = batchOf?.(session.inputs) ?? spec.batch;
  const first = await firstSeededRun(session, { ...spec, batch });
  const call = session.prepare(first.feeds, first.outputs);
  // An add-on that takes prepared memory in another way shows it now, while there is another way left.
  await call.call();
  return {
    ...first,
    inputs: session.inputs,
    coldLoadMs: session.coldLoadMs,
    batch,
    call: wrapCall && call.binding === 'native' ? { ...call, call: wrapCall(call.call) } : call,
    dispose: async () => session.dispose(),
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
