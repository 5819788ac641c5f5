// Loads and runs models in sidecars for other parts of the backend, which must not hold the runtime themselves.
import type { AnswerTo, RunnerRequest } from '../../../devices/runtime/runner/runner-protocol.ts';
import { fromWireTensors, toWireTensors } from '../../../devices/runtime/runner/wire-tensors.ts';
import type { Tensors } from '../../../devices/runtime/tensor.ts';
import type { Ports } from '../ports.ts';
import { createLocalSidecar } from './local-sidecar.ts';

export interface ModelRunner {
  /**
   * Runs each case once, in order, in a process of its own.
   * @throws MODEL_LOAD_FAILED, MODEL_RUN_FAILED, MODEL_SHAPE_INVALID, BENCH_CRASHED, BENCH_OUT_OF_MEMORY, BENCH_TIMEOUT, CANCELLED
   */
  runModel(input: {
    readonly onnxPath: string;
    readonly cases: readonly Tensors[];
    readonly threads: number;
    readonly signal?: AbortSignal | undefined;
  }): Promise<Tensors[]>;
  /**
   * Lets the runtime load the model.
   * @throws MODEL_LOAD_FAILED with its reason, BENCH_CRASHED, BENCH_OUT_OF_MEMORY, BENCH_TIMEOUT, CANCELLED
   */
  loadCheck(onnxPath: string, signal?: AbortSignal): Promise<void>;
}

/** For loading, and for all cases together. */
const SILENCE_MS = 300_000;

export function createModelRunner(ports: Pick<Ports, 'sidecars'>): ModelRunner {
  async function ask<R extends RunnerRequest>(
    request: R,
    subject: string,
    signal: AbortSignal | undefined,
  ): Promise<AnswerTo<R>> {
    const sidecar = createLocalSidecar(ports.sidecars.benchRunner);
    try {
      return await sidecar.request(request, { subject, signal, silenceMs: SILENCE_MS });
    } finally {
      await sidecar.close();
    }
  }

  return {
    runModel: async ({ onnxPath, cases, threads, signal }) => {
      const request = { kind: 'run', onnxPath, threads, cases: cases.map(toWireTensors) } as const;
      const { outputs } = await ask(request, 'The trial run', signal);
      return outputs.map(fromWireTensors);
    },
    loadCheck: async (onnxPath, signal) => {
      await ask({ kind: 'check', onnxPath }, 'The trial load', signal);
    },
  };
}
