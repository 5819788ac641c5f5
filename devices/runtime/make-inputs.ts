// Seeded inputs for a model, by the type and shape that it declares: the same seed gives the same tensors on every machine.
import type { TensorInfo } from '../../shared/contract/common.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import { emptyTensor, isTransportable, numberToHalf, type TensorValue } from './tensor.ts';

export interface MakeInputsOptions {
  /** Size of the dynamic dimensions that are the batch. */
  readonly batch: number;
  readonly seed: number;
  /** Sizes of other dynamic dimensions by name; default 1. */
  readonly sizes?: Readonly<Record<string, number>>;
}

/**
 * One tensor for each input. Floats are uniform in [0, 1), uint8 in 0..255, other integers 0 or 1 (any index and any token has those).
 * @throws MODEL_SHAPE_INVALID when a batch above 1 is asked of a model without a dynamic batch, MODEL_UNSUPPORTED_TYPE; both name the
 *   input.
 */
export function makeInputs(inputs: readonly TensorInfo[], options: MakeInputsOptions): Record<string, TensorValue> {
  if (options.batch > 1 && !takesBatch(inputs, options.batch)) {
    const first = inputs[0];
    throw new AppError(
      'MODEL_SHAPE_INVALID',
      `The model has no dynamic batch (its input "${first?.name ?? ''}" has the shape [${first?.shape?.join(', ') ?? ''}]); use a batch of 1.`,
      { details: { input: first?.name ?? null } },
    );
  }
  const random = createRandom(options.seed);
  return Object.fromEntries(inputs.map((info) => [info.name, makeTensor(info, options, random)]));
}

/** True when the batch is dynamic, or fixed at just this size. */
export function takesBatch(inputs: readonly TensorInfo[], batch: number): boolean {
  return inputs.some((info) => hasBatch(info) || info.shape?.[0] === batch);
}

/** True when a dimension of the input is taken for the batch: named so, or dynamic without a name in the first place. */
function hasBatch(info: TensorInfo): boolean {
  return (info.shape ?? []).some(isBatch);
}

/** Dynamic dimensions that are not the batch, by input. */
export function otherDimensions(inputs: readonly TensorInfo[]): { input: string; dimension: string }[] {
  return inputs.flatMap(({ name, shape }) =>
    (shape ?? []).flatMap((size, axis) =>
      typeof size === 'string' && !isBatch(size, axis) ? [{ input: name, dimension: size }] : [],
    ),
  );
}

/** Named so, or dynamic without a name of its own (`?1`, N, B) in the first place. */
export function isBatch(size: number | string, axis: number): boolean {
  if (typeof size === 'number') return false;
  return /batch/i.test(size) || (axis === 0 && (/^\?\d+$/.test(size) || /^[NBb]$/.test(size)));
}

function makeTensor(info: TensorInfo, options: MakeInputsOptions, random: () => number): TensorValue {
  if (!isTransportable(info.type)) {
    throw new AppError(
      'MODEL_UNSUPPORTED_TYPE',
      `The input "${info.name}" is of type ${info.type}, which cannot be fed.`,
      {
        details: { input: info.name },
      },
    );
  }
  const shape = (info.shape ?? []).map((size, axis) => {
    if (typeof size === 'number') return size;
    return isBatch(size, axis) ? options.batch : (options.sizes?.[size] ?? 1);
  });
  const tensor = emptyTensor(info.type, shape);
  fill(tensor, random);
  return tensor;
}

function fill({ type, data }: TensorValue, random: () => number): void {
  for (let i = 0; i < data.length; i++) {
    const value = random();
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = value < 0.5 ? 0n : 1n;
    else if (Array.isArray(data)) data[i] = value < 0.5 ? 'a' : 'b';
    else if (type === 'float32' || type === 'float64') data[i] = value;
    else if (type === 'float16') data[i] = numberToHalf(value);
    else if (type === 'uint8') data[i] = Math.floor(value * 256);
    else data[i] = value < 0.5 ? 0 : 1;
  }
}

/** Uniform in [0, 1) with 32 random bits: xorshift32 (Marsaglia 2003) over a seed that is spread by a golden-ratio step. */
export function createRandom(seed: number): () => number {
  let state = (Math.imul(seed + 1, 0x9e3779b9) ^ 0x6d2b79f5) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}
