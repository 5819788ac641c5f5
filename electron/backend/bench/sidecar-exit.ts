// How a sidecar's process ended without an answer, as an error in the user's words.
import { AppError } from '../../../shared/errors/app-error.ts';

export interface SidecarExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it could not be started; null when it was. */
  readonly startFailure: string | null;
  /** End of what it wrote there. */
  readonly stderr: string;
}

/** As V8 and the C++ library word it before they abort. */
const OUT_OF_MEMORY = /heap out of memory|std::bad_alloc/;
/** Exit codes under which Windows ends a process, as signals do elsewhere. */
const WINDOWS_ENDS: Readonly<Record<number, string>> = {
  [0xc0000005]: 'an access violation',
  [0xc00000fd]: 'a stack overflow',
  [0xc0000374]: 'a damaged heap',
};

/** For a process that we did not end. @returns BENCH_OUT_OF_MEMORY or BENCH_CRASHED */
export function unexpectedExit(subject: string, exit: SidecarExit): AppError {
  const { code, signal, stderr } = exit;
  if (signal === 'SIGKILL' || OUT_OF_MEMORY.test(stderr)) {
    return new AppError(
      'BENCH_OUT_OF_MEMORY',
      `${subject} broke off because the memory ran out: the process that runs the model ${signal === 'SIGKILL' ? 'was killed' : 'could get no more'}; free memory, or try a smaller batch.`,
      { details: { signal, code, stderr: stderr.trim() } },
    );
  }
  return crashed(subject, reasonOf(exit), stderr);
}

/** @returns BENCH_CRASHED */
export function crashed(subject: string, reason: string, stderr = ''): AppError {
  return new AppError(
    'BENCH_CRASHED',
    `${subject} broke off because the process that runs the model failed: ${reason}.`,
    { details: { reason, stderr: stderr.trim() } },
  );
}

/** @returns BENCH_TIMEOUT */
export function timedOut(subject: string, silenceMs: number): AppError {
  return new AppError(
    'BENCH_TIMEOUT',
    `${subject} was ended because the model gave no sign of life for ${Math.round(silenceMs / 1000)} seconds.`,
    { details: { silenceMs } },
  );
}

function reasonOf({ code, signal, startFailure }: SidecarExit): string {
  if (startFailure !== null) return `it could not be started: ${startFailure}`;
  if (signal !== null) return `it died of ${signal}`;
  return `it ended with ${WINDOWS_ENDS[code ?? 0] ?? `code ${code}`}`;
}
