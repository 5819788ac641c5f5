// Golden vectors made by the model itself: seeded inputs, and what this computer's runtime gives for them.
import { makeInputs, otherDimensions } from '../../../devices/runtime/make-inputs.ts';
import { sizesToTry } from '../../../devices/runtime/seeded-run.ts';
import type { Tensors } from '../../../devices/runtime/tensor.ts';
import type { ModelDetail } from '../../../shared/contract/models.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { firstNonFinite, type GoldenVector, goldenBytes, MAX_GOLDEN_BYTES } from './golden-vectors.ts';

/** Runs a model in a process of its own and returns the outputs of each case. */
export type RunModel = (input: {
  readonly onnxPath: string;
  readonly cases: readonly Tensors[];
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
}) => Promise<readonly Tensors[]>;

export interface GoldenFromModelInput {
  readonly model: ModelDetail;
  readonly onnxPath: string;
  readonly caseCount: number;
  readonly runModel: RunModel;
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes `caseCount` vectors of batch 1; the same model on the same computer gives the same vectors.
 * @throws MODEL_LOAD_FAILED, MODEL_UNSUPPORTED_TYPE, GOLDEN_FILE_INVALID, CANCELLED, and what the runner gives
 */
export async function goldenFromModel(input: GoldenFromModelInput): Promise<GoldenVector[]> {
  const vectors = await runOnSeededInputs(input);
  for (const { outputs } of vectors) {
    for (const { name } of input.model.outputs) {
      const tensor = outputs[name];
      if (tensor === undefined) throw cannotUse(`the model gave no output "${name}" for them`);
      if (firstNonFinite(tensor) === null) continue;
      throw cannotUse(`the model's output "${name}" holds a value that is not a finite number for them`);
    }
  }
  if (goldenBytes(vectors) > MAX_GOLDEN_BYTES) {
    throw cannotUse(
      `together they are more than ${MAX_GOLDEN_BYTES / 1024 ** 2} MiB; ask for fewer with --golden-cases`,
    );
  }
  return vectors;
}

/** Tries the same sizes for dynamic dimensions as a benchmark does: many models (windows, strides) refuse 1. */
async function runOnSeededInputs(input: GoldenFromModelInput): Promise<GoldenVector[]> {
  const { model, onnxPath, caseCount, runModel, signal } = input;
  const dimensions = otherDimensions(model.inputs).map(({ dimension }) => dimension);
  let refusal: AppError | undefined;
  for (const sizes of sizesToTry(dimensions)) {
    const cases = Array.from({ length: caseCount }, (_, seed) => makeInputs(model.inputs, { batch: 1, seed, sizes }));
    try {
      // One thread: the order in which partial sums are added must not depend on the moment.
      const results = await runModel({ onnxPath, cases, threads: 1, signal });
      return cases.map((inputs, index) => ({ inputs, outputs: results[index] ?? {} }));
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'MODEL_RUN_FAILED') throw error;
      refusal ??= error;
    }
  }
  throw cannotUse(`the model refuses them (${refusal?.message.replace(/\.$/, '') ?? 'it was not run'})`, refusal);
}

function cannotUse(reason: string, cause?: unknown): AppError {
  return new AppError(
    'GOLDEN_FILE_INVALID',
    `Inputs made at random cannot serve as golden vectors: ${reason}. Give real ones with --golden FILE.npz.`,
    { details: { reason }, cause },
  );
}
