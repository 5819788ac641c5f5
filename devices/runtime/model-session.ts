// A model by whichever binding can be had: the add-on's synchronous calls, or else the public API of the npm package.
import type { OptimizationLevel, Provider } from '../../shared/contract/bench-options.ts';
import type { TensorInfo } from '../../shared/contract/common.ts';
import { createNativeSession } from './native-session.ts';
import { loadOrt } from './ort-binding.ts';
import { createPackageSession } from './package-session.ts';
import { isBindingFault } from './session-errors.ts';
import type { Tensors } from './tensor.ts';

/** `native`: synchronous, into memory that is there already; `run`: through a promise. Both throw MODEL_RUN_FAILED. */
export type ModelCall =
  | { readonly binding: 'native'; readonly call: () => void }
  | { readonly binding: 'run'; readonly call: () => Promise<void> };

export interface ModelSession {
  readonly inputs: readonly TensorInfo[];
  /** Loading the runtime (when this process first did) and the model. */
  readonly coldLoadMs: number;
  run(feeds: Tensors): Tensors | Promise<Tensors>;
  /** `outputs`: as a run on these feeds gave them; the native call writes into them. */
  prepare(feeds: Tensors, outputs: Tensors): ModelCall;
  dispose(): void | Promise<void>;
}

export interface ModelSessionOptions {
  readonly threads: number;
  readonly provider: Provider;
  readonly level: OptimizationLevel;
  readonly ortDir?: string | undefined;
}

/**
 * Loads the model and does the work with it; does it all again through the public API when the add-on turns out to be not as we know
 * it, be it when it starts, when it loads or when it runs.
 * @throws MODEL_LOAD_FAILED, MODEL_UNSUPPORTED_TYPE, PROVIDER_UNAVAILABLE, BENCH_OUT_OF_MEMORY, and what the work throws
 */
export async function withSession<T>(
  onnxPath: string,
  options: ModelSessionOptions,
  work: (session: ModelSession) => Promise<T>,
  openNative = nativeSession,
): Promise<T> {
  try {
    return await work(openNative(onnxPath, options));
  } catch (error) {
    if (!isBindingFault(error)) throw error;
    return work(await packageSession(onnxPath, options, error));
  }
}

function nativeSession(onnxPath: string, options: ModelSessionOptions): ModelSession {
  const { loadMs: runtimeMs } = loadOrt(options.ortDir);
  const session = createNativeSession(onnxPath, {
    intraOpNumThreads: options.threads,
    provider: options.provider,
    graphOptimizationLevel: options.level,
  });
  return {
    inputs: session.inputs,
    coldLoadMs: runtimeMs + session.loadMs,
    run: session.run,
    prepare: (feeds, outputs) => ({ binding: 'native', call: session.prepare(feeds, outputs) }),
    dispose: session.dispose,
  };
}

async function packageSession(onnxPath: string, options: ModelSessionOptions, fault: unknown): Promise<ModelSession> {
  const startedMs = performance.now();
  const session = await createPackageSession(onnxPath, { ...options, fault });
  return {
    inputs: session.inputs,
    coldLoadMs: performance.now() - startedMs,
    run: session.run,
    prepare: (feeds) => ({ binding: 'run', call: session.prepare(feeds) }),
    dispose: session.dispose,
  };
}
