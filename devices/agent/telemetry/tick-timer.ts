// A timer that fires on absolute deadlines, so that the error of one tick never moves the next.
import { performance } from 'node:perf_hooks';

export interface Tick {
  /** How late this tick came, milliseconds. */
  readonly lateMs: number;
  /** Ticks skipped since the start because the process could not run. */
  readonly missedTicks: number;
}

/** Calls `onTick` every `periodMs`, the first time at once. Returns a function that stops it. */
export function startTickTimer(periodMs: number, onTick: (tick: Tick) => void): () => void {
  let due = performance.now();
  let missedTicks = 0;
  let timer: NodeJS.Timeout;

  function fire(): void {
    const now = performance.now();
    // setTimeout may round down by part of a millisecond.
    if (now < due) {
      timer = setTimeout(fire, 1);
      return;
    }
    const lateMs = now - due;
    const skipped = Math.floor(lateMs / periodMs);
    missedTicks += skipped;
    due += (skipped + 1) * periodMs;
    timer = setTimeout(fire, Math.max(1, due - performance.now()));
    onTick({ lateMs, missedTicks });
  }

  timer = setTimeout(fire, 0);
  return () => clearTimeout(timer);
}
