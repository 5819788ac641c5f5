// Interleaved randomized blocks over fresh processes: in each round every arm gets a process of its own, and block by block only one works.
import type { ModelSpec } from '../../../devices/runtime/runner/runner-protocol.ts';
import { seededRandom } from '../../../shared/domain/random.ts';
import type { RequestOptions, Sidecar } from '../bench/machine.ts';

/** What is measured against the others: two arms may be alike. */
export interface BlockArm {
  /** What the user would call its work, as `The measurement of digits:1`. */
  readonly subject: string;
  readonly spec: ModelSpec;
  launch(): Sidecar;
}

export interface Block {
  /** Round that it belongs to; each round has fresh processes. */
  readonly process: number;
  readonly arm: number;
  /** Since the first block, at its end. */
  readonly timeMs: number;
  readonly medianMs: number;
  readonly calls: number;
}

export interface RunBlocksOptions {
  readonly arms: readonly BlockArm[];
  /** How long the whole is to take; slow models take as long as the least number of blocks does. */
  readonly durationMs: number;
  /** Fewest rounds, default 6. */
  readonly minRounds?: number;
  /** Of the order of the arms in each set of blocks. */
  readonly seed: number;
  readonly silenceMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that have passed, and that it will take in all as far as is known. */
  readonly onProgress?: ((elapsedMs: number, totalMs: number) => void) | undefined;
}

export interface BlocksRun {
  /** In order of time. */
  readonly blocks: Block[];
  readonly rounds: number;
  /** Of each arm in each round. */
  readonly blocksPerProcess: number;
}

const MIN_ROUNDS = 6;
const ROUNDS = 10;
const MAX_ROUNDS = 30;
const MS_PER_ROUND = 3000;
const MIN_BLOCK_MS = 20;
const MIN_CALLS = 5;
const MIN_SETS = 2;
const GOOD_SETS = 4;
const MAX_SETS = 12;
const WARM_UP_BLOCKS = 2;
const WARM_UP = { durationMs: 50, minCalls: 10 };

/**
 * Blocks of an arm in one round share a process, whose layout in memory may favour it; rounds are independent of each other.
 * @throws CANCELLED, BENCH_TIMEOUT, BENCH_CRASHED, and whatever loading or running a model throws. All processes are gone then.
 */
export async function runBlocks(options: RunBlocksOptions): Promise<BlocksRun> {
  const { arms, durationMs, seed, silenceMs, signal, onProgress } = options;
  const random = seededRandom(seed);
  const startMs = performance.now();
  const blocks: Block[] = [];
  let plan: BlockPlan | null = null;
  let firstBlockMs = 0;

  const ask = (arm: BlockArm): RequestOptions => ({ subject: arm.subject, silenceMs, signal });
  const tell = (): void => {
    const elapsedMs = performance.now() - startMs;
    onProgress?.(elapsedMs, Math.max(plan?.totalMs ?? 0, durationMs, elapsedMs));
  };

  async function round(index: number): Promise<BlockPlan> {
    const roundStartMs = performance.now();
    const sidecars = new Map<number, Sidecar>();
    try {
      const callMs = new Map<number, number>();
      for (const [arm, each] of shuffled(arms, random)) {
        const sidecar = each.launch();
        sidecars.set(arm, sidecar);
        const opened = await sidecar.request({ kind: 'open', spec: each.spec }, ask(each));
        callMs.set(arm, opened.callMs);
        for (let i = 0; i < WARM_UP_BLOCKS; i++) await sidecar.request({ kind: 'block', ...WARM_UP }, ask(each));
        tell();
      }
      const overheadMs = performance.now() - roundStartMs;
      const made = plan ?? planBlocks({ ...options, overheadMs, callsMs: [...callMs.values()] });
      plan = made;
      firstBlockMs ||= performance.now();
      for (let set = 0; set < made.sets; set++) {
        for (const [arm, each] of shuffled(arms, random)) {
          const request = { kind: 'block', durationMs: made.blockMs, minCalls: MIN_CALLS } as const;
          const block = await sidecars.get(arm)?.request(request, ask(each));
          if (!block) continue;
          const timeMs = performance.now() - firstBlockMs;
          blocks.push({ process: index, arm, timeMs, medianMs: block.medianMs, calls: block.calls });
          tell();
        }
      }
      return made;
    } finally {
      await Promise.all([...sidecars.values()].map((sidecar) => sidecar.close()));
    }
  }

  const { rounds, sets } = await round(0);
  for (let index = 1; index < rounds; index++) await round(index);
  return { blocks, rounds, blocksPerProcess: sets };
}

interface BlockPlan {
  readonly rounds: number;
  readonly sets: number;
  readonly blockMs: number;
  readonly totalMs: number;
}

/** As many rounds as leave each a few sets of blocks; what time is left then makes more sets, and at last longer blocks. */
function planBlocks(input: {
  readonly durationMs: number;
  readonly minRounds?: number;
  /** Opening and warming up all arms. */
  readonly overheadMs: number;
  readonly callsMs: readonly number[];
}): BlockPlan {
  const { durationMs, overheadMs, callsMs, minRounds = MIN_ROUNDS } = input;
  const shortestSetMs = callsMs.reduce((sum, callMs) => sum + Math.max(MIN_BLOCK_MS, MIN_CALLS * callMs), 0);
  const most = Math.min(MAX_ROUNDS, Math.max(ROUNDS, Math.round(durationMs / MS_PER_ROUND)));
  let rounds = Math.max(most, minRounds);
  const workMs = (): number => durationMs / rounds - overheadMs;
  while (rounds > minRounds && workMs() < GOOD_SETS * shortestSetMs) rounds -= 1;
  const sets = Math.min(MAX_SETS, Math.max(MIN_SETS, Math.floor(workMs() / shortestSetMs)));
  const blockMs = Math.max(MIN_BLOCK_MS, workMs() / (sets * callsMs.length));
  const setMs = callsMs.reduce((sum, callMs) => sum + Math.max(blockMs, MIN_CALLS * callMs), 0);
  return { rounds, sets, blockMs, totalMs: rounds * (overheadMs + sets * setMs) };
}

/** Every arm with its number, in an order drawn anew (Fisher and Yates). */
function shuffled<T>(values: readonly T[], random: () => number): (readonly [number, T])[] {
  const entries = values.map((value, index) => [index, value] as const);
  for (let i = entries.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a, b] = [entries[i], entries[j]];
    if (a && b) [entries[i], entries[j]] = [b, a];
  }
  return entries;
}
