// Ctrl-C for the whole command: the first asks the work to stop and put things back, the second ends at once.

let signal: AbortSignal | null = null;

/** Listens from the first call on; SIGTERM and a closed terminal count as Ctrl-C. The same signal each time. */
export function interruptSignal(): AbortSignal {
  if (signal) return signal;
  const interrupt = new AbortController();
  const stop = (): void => {
    if (!interrupt.signal.aborted) {
      interrupt.abort();
      return;
    }
    process.stderr.write('lineside: Ended at once, without tidying up; the next run does that. [CANCELLED]\n');
    process.exit(5);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  signal = interrupt.signal;
  return signal;
}
