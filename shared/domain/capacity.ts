// Capacity: how many boxes answer a rate of requests within a latency limit, some of them in reserve.
import type { Capacity } from '../contract/bench.ts';
import type { BenchResult } from '../contract/bench-result.ts';
import { predictPeakRate } from './queue.ts';

export interface BoxesInput {
  /** All requests a second … */
  readonly ratePerS: number;
  /** … and those that one box answers in time. */
  readonly perBoxPerS: number;
  /** Share of boxes in reserve, as 0.2. */
  readonly reserve: number;
}

/** 0.2 * 10 is 2.0000000000000004 for a computer at times, and that is no third box. */
const ROUNDING = 1e-9;

/** ceil(T / Q) boxes at work and ceil(reserve * T / Q) to spare. */
export function boxesFor({ ratePerS, perBoxPerS, reserve }: BoxesInput): {
  working: number;
  spare: number;
  boxes: number;
} {
  const load = ratePerS / perBoxPerS;
  const working = roundUp(load);
  const spare = roundUp(reserve * load);
  return { working, spare, boxes: working + spare };
}

function roundUp(value: number): number {
  return Math.ceil(value * (1 - ROUNDING));
}

export interface CapacityInput {
  readonly result: BenchResult;
  /** Milliseconds of its calls, warm-up and all, as in the file of raw samples; null where there are none. */
  readonly samplesMs: Float64Array | null;
  readonly ratePerS: number;
  readonly limitMs: number;
  readonly percentile: number;
  readonly reserve: number;
}

/**
 * From a server run that looked for the rate at this very limit and percentile: measured. Else the measured calls of the steady part
 * are put through a queue: predicted, a request being one call. Null when the result carries neither: samples of server and camera runs
 * hold waiting times and say nothing about another limit.
 */
export function capacityOf({ result, samplesMs, ...asked }: CapacityInput): Capacity | null {
  const measured = measuredRate(result, asked.limitMs, asked.percentile);
  if (measured !== undefined) return withBoxes(asked, measured, 'measured');
  const { kind } = result.options.scenario;
  if (samplesMs === null || kind === 'server' || kind === 'camera') return null;
  const from = Math.floor(result.warmup.discarded / result.samples.keptEvery);
  const serviceMs = samplesMs.subarray(from);
  const predicted = predictPeakRate({
    serviceMs,
    limitMs: asked.limitMs,
    percentile: asked.percentile,
    seed: result.seed,
  });
  return withBoxes(asked, predicted, 'predicted');
}

/** Undefined when it was not measured, null when no rate met the limit. */
function measuredRate(
  { options, outcome }: BenchResult,
  limitMs: number,
  percentile: number,
): number | null | undefined {
  const { scenario } = options;
  if (scenario.kind !== 'server' || outcome.kind !== 'server') return undefined;
  // A rate that was given and met is no highest rate.
  const isSearch = scenario.ratePerS === null;
  return isSearch && scenario.limitMs === limitMs && scenario.percentile === percentile ? outcome.ratePerS : undefined;
}

function withBoxes(
  asked: Omit<CapacityInput, 'result' | 'samplesMs'>,
  perBoxPerS: number | null,
  basis: Capacity['basis'],
): Capacity {
  const { ratePerS, reserve } = asked;
  const none = { working: null, spare: null, boxes: null };
  return { ...asked, perBoxPerS, basis, ...(perBoxPerS === null ? none : boxesFor({ ratePerS, perBoxPerS, reserve })) };
}
