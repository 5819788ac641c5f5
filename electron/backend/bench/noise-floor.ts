// The smallest difference that a machine can tell for a model: two copies of the same, compared with each other.
import { compareArms } from '../../../shared/domain/statistics-compare.ts';
import { runBlocks } from '../compare/run-blocks.ts';
import type { BenchMachine } from './machine.ts';
import type { RowRequest } from './measure-row.ts';
import type { PreparedModel } from './prepare-model.ts';

const SHORTEST_MS = 2000;
const LONGEST_MS = 30_000;
/** Each is two processes; the statistics need at least so many. */
const MIN_ROUNDS = 6;
const SEED = 1;

/** How long the A/A comparison for rows of this length takes. */
export function noiseFloorMs(rowDurationS: number): number {
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, rowDurationS * 500));
}

export interface NoiseFloorInput {
  readonly machine: BenchMachine;
  readonly prepared: PreparedModel;
  readonly request: RowRequest;
  readonly durationMs: number;
  readonly onProgress: (elapsedMs: number) => void;
}

/** Half-width of the 95 % interval of an A/A comparison, as a ratio. @throws what `runBlocks` throws */
export async function measureNoiseFloor(input: NoiseFloorInput): Promise<number> {
  const { machine, prepared, request } = input;
  const arm = { subject: request.subject, spec: prepared.spec, launch: () => machine.launch() };
  const { blocks, elapsedMs } = await runBlocks({
    arms: [arm, arm],
    durationMs: input.durationMs,
    minRounds: MIN_ROUNDS,
    seed: SEED,
    ...{ silenceMs: request.silenceMs, signal: request.signal, onProgress: input.onProgress },
  });
  // Without candidates neither names nor a threshold have a say.
  return compareArms({ blocks, elapsedMs, seed: SEED, threshold: 0, names: { a: '', candidates: [] } }).noiseFloor;
}
