// Loads and runs models in sidecars for other parts of the backend, which must not hold the runtime themselves.
import type { Tensors } from '../../../devices/runtime/tensor.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Ports } from '../ports.ts';
import { runSidecar } from './run-sidecar.ts';
import { fromWireTensors, toWireTensors } from './runner-protocol.ts';

export interface ModelRunner {
  /**
   * Runs each case once, in order, in a process of its own.
   * @throws MODEL_LOAD_FAILED, MODEL_RUN_FAILED, MODEL_SHAPE_INVALID, BENCH_CRASHED, BENCH_TIMEOUT, CANCELLED
   */
  runModel(input: {
    readonly onnxPath: string;
    readonly cases: readonly Tensors[];
    readonly threads: number;
    readonly signal?: AbortSignal | undefined;
  }): Promise<Tensors[]>;
  /** Lets the runtime load the model. @throws MODEL_LOAD_FAILED with its reason, BENCH_CRASHED, BENCH_TIMEOUT, CANCELLED */
  loadCheck(onnxPath: string, signal?: AbortSignal): Promise<void>;
}

/** For loading, and for all cases together. */
const SILENCE_MS = 300_000;

export function createModelRunner(ports: Pick<Ports, 'sidecars'>): ModelRunner {
  const sidecar = ports.sidecars.benchRunner;
  return {
    runModel: async ({ onnxPath, cases, threads, signal }) => {
      const request = { kind: 'run', onnxPath, threads, cases: cases.map(toWireTensors) } as const;
      const answer = await runSidecar(sidecar, request, { subject: 'The trial run', signal, silenceMs: SILENCE_MS });
      if (answer.type !== 'outputs') throw unexpected(answer.type);
      return answer.outputs.map(fromWireTensors);
    },
    loadCheck: async (onnxPath, signal) => {
      const options = { subject: 'The trial load', signal, silenceMs: SILENCE_MS };
      const answer = await runSidecar(sidecar, { kind: 'check', onnxPath }, options);
      if (answer.type !== 'checked') throw unexpected(answer.type);
    },
  };
}

/** The sidecar answered another question than ours. */
export function unexpected(type: string): AppError {
  return new AppError('INTERNAL', `The process that runs models gave an answer of the wrong kind (${type}).`);
}
