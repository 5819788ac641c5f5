// The golden check: runs stored inputs through a session and compares what comes out with the stored outputs, element by element.
import type { Release, TensorRef } from '../../shared/domain/release.ts';
import { AppError } from '../../shared/errors/app-error.ts';
import type { NativeSession } from './native-session.ts';
import { isTransportable, numbersOfTensor, type Tensors, type TensorValue, tensorFromBytes } from './tensor.ts';

export interface GoldenComparison {
  readonly cases: number;
  /** Largest |actual - expected|; Number.MAX_VALUE where an output is missing, has another shape, or only one side is finite. */
  readonly maxAbsoluteError: number;
  /** Elements outside the tolerance. */
  readonly mismatches: number;
}

type Golden = Release['golden'];

/**
 * Runs every case once, in order.
 * @throws MODEL_RUN_FAILED when the runtime refuses a case, GOLDEN_FILE_INVALID when the blob does not hold what `golden` says.
 */
export function runGoldenCases(session: NativeSession, golden: Golden, goldenBytes: Uint8Array): GoldenComparison {
  let maxAbsoluteError = 0;
  let mismatches = 0;
  for (const one of golden.cases) {
    const actual = session.run(goldenTensors(one.inputs, goldenBytes));
    for (const [name, expected] of Object.entries(goldenTensors(one.outputs, goldenBytes))) {
      const difference = compareTensors(actual[name], expected, golden.tolerance);
      maxAbsoluteError = Math.max(maxAbsoluteError, difference.maxAbsoluteError);
      mismatches += difference.mismatches;
    }
  }
  return { cases: golden.cases.length, maxAbsoluteError, mismatches };
}

/** The tensors that `refs` place inside the golden blob. @throws GOLDEN_FILE_INVALID */
export function goldenTensors(refs: readonly TensorRef[], goldenBytes: Uint8Array): Tensors {
  const tensors: Record<string, TensorValue> = {};
  for (const ref of refs) {
    if (!isTransportable(ref.type) || ref.offset + ref.length > goldenBytes.length) throw damaged(ref.name);
    try {
      tensors[ref.name] = tensorFromBytes(
        ref.type,
        ref.shape,
        goldenBytes.subarray(ref.offset, ref.offset + ref.length),
      );
    } catch (error) {
      throw damaged(ref.name, error);
    }
  }
  return tensors;
}

/**
 * Counts the elements with |actual - expected| > absolute + relative * |expected|. NaN equals NaN and an infinity itself; strings
 * must be equal. A missing output, another type or another shape is a mismatch of every element.
 */
export function compareTensors(
  actual: TensorValue | undefined,
  expected: TensorValue,
  tolerance: Golden['tolerance'],
): { maxAbsoluteError: number; mismatches: number } {
  const count = expected.data.length;
  const isSameKind = actual?.type === expected.type && actual.shape.join() === expected.shape.join();
  if (!isSameKind) return { maxAbsoluteError: Number.MAX_VALUE, mismatches: Math.max(1, count) };
  if (expected.type === 'string') {
    const mismatches = expected.data.filter((text: unknown, i: number) => text !== actual.data[i]).length;
    return { maxAbsoluteError: mismatches > 0 ? Number.MAX_VALUE : 0, mismatches };
  }
  const got = numbersOfTensor(actual);
  const want = numbersOfTensor(expected);
  const isWide = expected.type === 'int64' || expected.type === 'uint64';
  let maxAbsoluteError = 0;
  let mismatches = 0;
  for (let i = 0; i < count; i++) {
    const a = got[i] ?? Number.NaN;
    const e = want[i] ?? Number.NaN;
    const error = isWide ? wideDistance(actual.data[i], expected.data[i]) : Math.abs(a - e);
    if (error === 0 || (!isWide && (Object.is(a, e) || a === e))) continue;
    if (!(error <= tolerance.absolute + tolerance.relative * Math.abs(e)) || !Number.isFinite(e)) mismatches += 1;
    maxAbsoluteError = Math.max(maxAbsoluteError, Number.isFinite(error) ? error : Number.MAX_VALUE);
  }
  return { maxAbsoluteError, mismatches };
}

/** |a - b| of 64-bit integers, exact up to the last step: as doubles, neighbours beyond 2^53 would look equal. */
function wideDistance(a: unknown, b: unknown): number {
  return typeof a === 'bigint' && typeof b === 'bigint' ? Math.abs(Number(a - b)) : Number.NaN;
}

function damaged(name: string, cause?: unknown): AppError {
  return new AppError('GOLDEN_FILE_INVALID', `The golden vectors are damaged: the tensor "${name}" cannot be read.`, {
    details: { tensor: name },
    cause,
  });
}
