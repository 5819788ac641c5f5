// The first run of a model on made-up inputs: finds sizes for its dynamic dimensions that it accepts, and looks at what comes out.
import { AppError } from '../../shared/errors/app-error.ts';
import { makeInputs, otherDimensions } from './make-inputs.ts';
import type { NativeSession } from './native-session.ts';
import { numbersOfTensor, type Tensors } from './tensor.ts';

export interface SeededRun {
  readonly feeds: Tensors;
  readonly outputs: Tensors;
  /** Milliseconds of this first run. */
  readonly firstRunMs: number;
}

/** Sizes tried for dynamic dimensions other than the batch: many models (windows, strides) refuse 1. */
const SIZES = [1, 8, 32, 64, 128, 224, 256, 512];

/**
 * @throws MODEL_SHAPE_INVALID naming the input whose dynamic size could not be guessed, MODEL_RUN_FAILED for other refusals and for
 *   outputs that are nothing but NaN.
 */
export function firstSeededRun(session: NativeSession, options: { batch: number; seed: number }): SeededRun {
  const others = otherDimensions(session.inputs);
  let failure: unknown;
  for (const sizes of sizesToTry(others.map(({ dimension }) => dimension))) {
    const feeds = makeInputs(session.inputs, { ...options, sizes });
    try {
      const startedMs = performance.now();
      const outputs = session.run(feeds);
      const firstRunMs = performance.now() - startedMs;
      checkOutputs(outputs);
      return { feeds, outputs, firstRunMs };
    } catch (error) {
      failure ??= error;
    }
  }
  const [first] = others;
  if (!first || !(failure instanceof AppError)) throw failure;
  throw new AppError(
    'MODEL_SHAPE_INVALID',
    `The model refuses every size that was tried for "${first.dimension}" of its input "${first.input}": ${failure.message}`,
    { details: { input: first.input, dimension: first.dimension }, cause: failure },
  );
}

/** All dimensions at one size, then each by itself with the others at 1. */
export function sizesToTry(dimensions: readonly string[]): Record<string, number>[] {
  const names = [...new Set(dimensions)];
  if (names.length === 0) return [{}];
  const together = SIZES.map((size) => Object.fromEntries(names.map((name) => [name, size])));
  const single = names.length > 1 ? names.flatMap((name) => SIZES.slice(1).map((size) => ({ [name]: size }))) : [];
  return [...together, ...single];
}

/** @throws MODEL_RUN_FAILED when a float output is NaN throughout */
function checkOutputs(outputs: Tensors): void {
  for (const [name, tensor] of Object.entries(outputs)) {
    if (!tensor.type.startsWith('float') || tensor.data.length === 0) continue;
    if (numbersOfTensor(tensor).every(Number.isNaN)) {
      throw new AppError(
        'MODEL_RUN_FAILED',
        `The model gives nothing but NaN in its output "${name}"; its weights or its inputs are broken.`,
        { details: { output: name } },
      );
    }
  }
}
