// What the runtime throws, as an AppError that says what failed, and whether it was the model, the memory or the add-on.
import { basename } from 'node:path';
import { AppError } from '../../shared/errors/app-error.ts';
import { ortReason } from './ort-reason.ts';

/** As std::bad_alloc, the runtime's arenas, providers on GPUs and V8 word it. */
const MEMORY = /bad[_ ]alloc|failed to allocate memory|out of memory|array buffer allocation failed|cannot allocate/i;

/** @returns BENCH_OUT_OF_MEMORY or MODEL_LOAD_FAILED */
export function loadFailure(modelPath: string, error: unknown): AppError {
  const reason = ortReason(error);
  const options = { details: { reason }, cause: error };
  if (MEMORY.test(reason)) {
    return new AppError(
      'BENCH_OUT_OF_MEMORY',
      `There is too little memory for ${basename(modelPath)}: ${reason}.`,
      options,
    );
  }
  return new AppError('MODEL_LOAD_FAILED', `ONNX Runtime cannot load ${basename(modelPath)}: ${reason}.`, options);
}

/** @returns BENCH_OUT_OF_MEMORY or MODEL_RUN_FAILED */
export function runFailure(error: unknown): AppError {
  const reason = ortReason(error);
  const options = { details: { reason }, cause: error };
  return MEMORY.test(reason)
    ? new AppError('BENCH_OUT_OF_MEMORY', `There is too little memory to run the model: ${reason}.`, options)
    : new AppError('MODEL_RUN_FAILED', `The model could not be run: ${reason}.`, options);
}

/** True when the tensors themselves, not the runtime's, could not be made for lack of memory. */
export function isAllocationFailure(error: unknown): boolean {
  return error instanceof RangeError && MEMORY.test(error.message);
}

/**
 * True when a failure comes from an add-on that is not as we know it: it could not be started, lacks a method, or takes other
 * arguments. What is wrong with a model, the runtime reports as a plain Error.
 */
export function isBindingFault(error: unknown): boolean {
  if (!(error instanceof AppError)) return error instanceof TypeError;
  return error.cause instanceof TypeError || error.details['addOn'] === 'unusable';
}
