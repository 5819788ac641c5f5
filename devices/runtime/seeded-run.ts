// The first run of a model on made-up inputs: finds sizes for its dynamic dimensions that it accepts, and looks at what comes out.
import type { TensorInfo } from '../../shared/contract/common.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import { makeInputs, otherDimensions } from './make-inputs.ts';
import { isAllocationFailure, isBindingFault, runFailure } from './session-errors.ts';
import { numbersOfTensor, type Tensors } from './tensor.ts';

export interface SeededRun {
  readonly feeds: Tensors;
  readonly outputs: Tensors;
  /** Milliseconds of this first run. */
  readonly firstRunMs: number;
  /** Sizes of all dynamic dimensions but the batch. */
  readonly dimensions: Readonly<Record<string, number>>;
  /** Outputs with some NaN in them. */
  readonly nanOutputs: readonly string[];
}

export interface SeededRunOptions {
  readonly batch: number;
  readonly seed: number;
  /** Sizes that are given; those that are missing are found by trying. */
  readonly dimensions?: Readonly<Record<string, number>>;
}

/** What is run: a session of either binding. */
export interface RunnableSession {
  readonly inputs: readonly TensorInfo[];
  run(feeds: Tensors): Tensors | Promise<Tensors>;
}

/** Sizes tried for dynamic dimensions other than the batch: many models (windows, strides) refuse 1. */
const SIZES = [1, 8, 32, 64, 128, 224, 256, 512];

/**
 * @throws MODEL_SHAPE_INVALID naming the input whose dynamic size could not be guessed, MODEL_OUTPUT_NAN for outputs that are nothing
 *   but NaN, BENCH_OUT_OF_MEMORY, MODEL_RUN_FAILED for other refusals.
 */
export async function firstSeededRun(session: RunnableSession, options: SeededRunOptions): Promise<SeededRun> {
  const { dimensions: given = {}, batch, seed } = options;
  const unknown = otherDimensions(session.inputs).filter(({ dimension }) => !Object.hasOwn(given, dimension));
  let failure: unknown;
  for (const tried of sizesToTry(unknown.map(({ dimension }) => dimension))) {
    const dimensions = { ...given, ...tried };
    try {
      const feeds = makeFeeds(session.inputs, { batch, seed, sizes: dimensions });
      const startedMs = performance.now();
      const outputs = await session.run(feeds);
      const firstRunMs = performance.now() - startedMs;
      return { feeds, outputs, firstRunMs, dimensions, nanOutputs: outputsWithNan(outputs) };
    } catch (error) {
      // Neither a larger size nor another one helps.
      if (isBindingFault(error) || hasCode(error, 'BENCH_OUT_OF_MEMORY')) throw error;
      // A model that ran tells more than one that refused.
      if (failure === undefined || hasCode(error, 'MODEL_OUTPUT_NAN')) failure = error;
    }
  }
  const [first] = unknown;
  if (!first || !hasCode(failure, 'MODEL_RUN_FAILED')) throw failure;
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
  const ones = Object.fromEntries(names.map((name) => [name, 1]));
  const single =
    names.length > 1 ? names.flatMap((name) => SIZES.slice(1).map((size) => ({ ...ones, [name]: size }))) : [];
  return [...together, ...single];
}

function makeFeeds(...[inputs, options]: Parameters<typeof makeInputs>): Tensors {
  try {
    return makeInputs(inputs, options);
  } catch (error) {
    throw isAllocationFailure(error) ? runFailure(error) : error;
  }
}

function hasCode(error: unknown, code: AppError['code']): error is AppError {
  return error instanceof AppError && error.code === code;
}

/** @throws MODEL_OUTPUT_NAN when a float output is NaN throughout */
function outputsWithNan(outputs: Tensors): string[] {
  const names: string[] = [];
  for (const [name, tensor] of Object.entries(outputs)) {
    if (!tensor.type.startsWith('float') || tensor.data.length === 0) continue;
    const numbers = numbersOfTensor(tensor);
    if (!numbers.some(Number.isNaN)) continue;
    names.push(name);
    if (numbers.every(Number.isNaN)) {
      throw new AppError(
        'MODEL_OUTPUT_NAN',
        `The model gives nothing but NaN in its output "${name}"; its weights or its inputs are broken.`,
        { details: { output: name } },
      );
    }
  }
  return names;
}
