// Streams that never queue: a subscriber gets the newest state, at most so often, first of all a snapshot.

export interface LatestValue {
  /** Says that something changed; wakes every subscriber. */
  notify(): void;
  /** Ends every stream after a last value. */
  end(): void;
  /**
   * Yields `read()` at once and then after changes, at least `minIntervalMs` apart; `read` returning undefined skips a turn.
   * Ends with `end()` or with the signal.
   */
  stream<T>(
    read: () => T | undefined,
    options: { minIntervalMs: number; signal?: AbortSignal | undefined },
  ): AsyncGenerator<T, void, void>;
}

export function createLatestValue(): LatestValue {
  let version = 0;
  let isEnded = false;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const resume of [...waiting]) resume();
  };

  /** Resolves on the next change, the end, or the signal. */
  function change(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        waiting.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      waiting.add(done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  return {
    notify: () => {
      version += 1;
      wake();
    },
    end: () => {
      isEnded = true;
      version += 1;
      wake();
    },
    async *stream(read, { minIntervalMs, signal }) {
      let seen = -1;
      while (!signal?.aborted) {
        if (seen === version) {
          if (isEnded) return;
          await change(signal);
          continue;
        }
        seen = version;
        const isLast = isEnded;
        const value = read();
        if (value !== undefined) yield value;
        if (isLast) return;
        await pause(minIntervalMs, signal, () => isEnded);
      }
    },
  };

  /** Waits out the interval; the end cuts it short. */
  function pause(ms: number, signal: AbortSignal | undefined, ended: () => boolean): Promise<void> {
    if (ms <= 0 || ended()) return Promise.resolve();
    return new Promise((resolve) => {
      const check = (): void => {
        if (ended()) done();
      };
      const done = (): void => {
        clearTimeout(timer);
        waiting.delete(check);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      waiting.add(check);
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}
