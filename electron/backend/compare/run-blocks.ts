// Interleaved randomized blocks over fresh processes: in each round every arm gets a process of its own, and block by block only one works.
import type { AnswerTo, ModelSpec, RunnerRequest } from '../../../devices/runtime/runner/runner-protocol.ts';
import { seededRandom } from '../../../shared/domain/random.ts';
import type { Sidecar } from '../bench/machine.ts';

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
  /** Fewest rounds, default 8: what the statistics rest on are the rounds, because a fresh process changes the latency. */
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
  /** Of the whole, with all that came between the blocks. */
  readonly elapsedMs: number;
}

const MIN_ROUNDS = 8;
const MAX_ROUNDS = 30;
const MIN_BLOCK_MS = 20;
const MIN_CALLS = 5;
const MIN_SETS = 3;
const GOOD_SETS = 4;
const MAX_SETS = 12;
/** Opening times calls already, which warms up the process; this one fills the caches again after the other arms were opened. */
const WARM_UP = { durationMs: 20, minCalls: MIN_CALLS };

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

  const tell = (): void => {
    const elapsedMs = performance.now() - startMs;
    onProgress?.(elapsedMs, Math.max(plan?.totalMs ?? 0, durationMs, elapsedMs));
  };

  async function round(index: number): Promise<BlockPlan> {
    const roundStartMs = performance.now();
    const opened: OpenArm[] = shuffled(arms, random).map(([arm, each]) => {
      const sidecar = each.launch();
      const ask = { subject: each.subject, silenceMs, signal };
      return { arm, close: sidecar.close, request: (request) => sidecar.request(request, ask) };
    });
    try {
      // Nothing is timed yet, so they may load beside each other.
      const callsMs = await Promise.all(
        opened.map(async ({ arm, request }) => {
          const { spec } = arms[arm] ?? {};
          return spec ? (await request({ kind: 'open', spec })).callMs : 0;
        }),
      );
      tell();
      for (const { request } of opened) await request({ kind: 'block', ...WARM_UP });
      const overheadMs = performance.now() - roundStartMs;
      const made = plan ?? planBlocks({ ...options, overheadMs, callsMs });
      plan = made;
      firstBlockMs ||= performance.now();
      for (let set = 0; set < made.sets; set++) {
        for (const [, { arm, request }] of shuffled(opened, random)) {
          const { medianMs, calls } = await request({ kind: 'block', durationMs: made.blockMs, minCalls: MIN_CALLS });
          blocks.push({ process: index, arm, timeMs: performance.now() - firstBlockMs, medianMs, calls });
          tell();
        }
      }
      return made;
    } finally {
      await Promise.all(opened.map(({ close }) => close()));
    }
  }

  const { rounds, sets } = await round(0);
  for (let index = 1; index < rounds; index++) await round(index);
  return { blocks, rounds, blocksPerProcess: sets, elapsedMs: performance.now() - startMs };
}

interface OpenArm {
  readonly arm: number;
  request<R extends RunnerRequest>(request: R): Promise<AnswerTo<R>>;
  close(): Promise<void>;
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
  const setMs = (blockMs: number): number =>
    callsMs.reduce((sum, callMs) => sum + Math.max(blockMs, MIN_CALLS * callMs), 0);
  const shortestSetMs = setMs(MIN_BLOCK_MS);
  const fitting = Math.floor(durationMs / (overheadMs + GOOD_SETS * shortestSetMs));
  const rounds = Math.min(MAX_ROUNDS, Math.max(minRounds, fitting));
  const workMs = durationMs / rounds - overheadMs;
  const sets = Math.min(MAX_SETS, Math.max(MIN_SETS, Math.floor(workMs / shortestSetMs)));
  const blockMs = Math.max(MIN_BLOCK_MS, workMs / (sets * callsMs.length));
  return { rounds, sets, blockMs, totalMs: rounds * (overheadMs + sets * setMs(blockMs)) };
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
