// The sidecar's program: answers the requests on stdin in order, in lines on stdout, and ends with its stdin.
import { writeFileSync } from 'node:fs';
import { toAppError } from '../../../shared/errors/app-error.ts';
import { createAnswerer } from './answer-request.ts';
import { readLines } from './lines.ts';
import type { RunnerMessage, RunnerRequest } from './runner-protocol.ts';

export interface ServeRunnerOptions {
  /** A folder with the runtime's add-on; default: that of the npm package. */
  readonly ortDir?: string | undefined;
  /** Put around every native call of a measured model: how a benchmark of the method makes one slower. */
  readonly wrapCall?: (call: () => void) => () => void;
}

/** Serves until stdin ends, then ends the process, also in the middle of a request. */
export async function serveRunner(options: ServeRunnerOptions): Promise<never> {
  goFirstWhenMemoryRunsOut();
  // Nobody reads any more.
  process.stdout.on('error', () => process.exit(0));
  const answer = createAnswerer({ ...options, say });
  const waiting: string[] = [];
  let wake: (() => void) | null = null;
  void takeLines((line) => {
    waiting.push(line);
    wake?.();
  });
  for (;;) {
    const line = waiting.shift();
    if (line !== undefined) await say(await answerOrError(answer, line));
    else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
}

async function answerOrError(answer: ReturnType<typeof createAnswerer>, line: string): Promise<RunnerMessage> {
  try {
    return await answer(JSON.parse(line) as RunnerRequest);
  } catch (error) {
    const failure = toAppError(error);
    // A fault of ours: whoever started us keeps the end of what is written here.
    if (failure.code === 'INTERNAL') process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return { type: 'error', error: failure.toWire() };
  }
}

async function takeLines(onLine: (line: string) => void): Promise<void> {
  try {
    for await (const line of readLines(process.stdin)) onLine(line);
  } finally {
    // However it ended: whoever started us is gone.
    process.exit(0);
  }
}

/** Resolves when the line has been handed over, so that whoever reads slowly is waited for. */
function say(message: RunnerMessage): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(`${JSON.stringify(message)}\n`, () => resolve());
  });
}

/** A model that needs more memory than there is must take down this process and nothing else. */
function goFirstWhenMemoryRunsOut(): void {
  if (process.platform !== 'linux') return;
  try {
    writeFileSync('/proc/self/oom_score_adj', '1000');
  } catch {
    // A container may have no such file; the kernel then chooses by size, which most likely is this process as well.
  }
}
