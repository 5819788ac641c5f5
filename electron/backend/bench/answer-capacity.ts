// How many boxes a measured result promises: fills in what was not asked and fetches the raw samples.
import type { Capacity } from '../../../shared/contract/bench.ts';
import type { BenchResult } from '../../../shared/contract/bench-result.ts';
import { capacityOf } from '../../../shared/domain/capacity.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { CapacityQuestion } from './bench-service.ts';
import { readSamples } from './files/raw-samples.ts';

const DEFAULTS = { limitMs: 100, percentile: 99, reserve: 0.2 };
/** Of the steady part; more would hold up everything else while they are put in order, and change nothing. */
const ENOUGH_SAMPLES = 100_000;

/** @throws INPUT_INVALID when the result says nothing about such a limit, FILE_NOT_FOUND when its raw samples are gone */
export async function answerCapacity(
  result: BenchResult,
  samplesPath: string,
  question: Omit<CapacityQuestion, 'id'>,
): Promise<Capacity> {
  const { scenario } = result.options;
  const own = scenario.kind === 'server' ? scenario : DEFAULTS;
  const { ratePerS, limitMs = own.limitMs, percentile = own.percentile, reserve = DEFAULTS.reserve } = question;
  const samplesMs = await firstSamples(
    samplesPath,
    result.warmup.discarded / result.samples.keptEvery + ENOUGH_SAMPLES,
  );
  const capacity = capacityOf({ result, samplesMs, ratePerS, limitMs, percentile, reserve });
  if (capacity) return capacity;
  throw new AppError(
    'INPUT_INVALID',
    `A ${scenario.kind} run does not tell the capacity at ${limitMs} ms and percentile ${percentile}; measure single-stream, or a server run that looks for the rate at this limit.`,
  );
}

async function firstSamples(path: string, count: number): Promise<Float64Array> {
  const pieces: Float64Array[] = [];
  let total = 0;
  for await (const piece of readSamples(path)) {
    pieces.push(piece);
    total += piece.length;
    if (total >= count) break;
  }
  const samples = new Float64Array(total);
  let at = 0;
  for (const piece of pieces) {
    samples.set(piece, at);
    at += piece.length;
  }
  return samples;
}
