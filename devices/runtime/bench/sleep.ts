// Waiting for a moment of the clock: asleep until shortly before, then awake, because a sleeper is woken late.

const cell = new Int32Array(new SharedArrayBuffer(4));
/** As much as the kernel and a busy machine may be late. */
const AWAKE_MS = 1;

/** Sleeps until about 1 ms before `untilMs`, but not longer than `mostMs`. Blocks the thread. */
export function sleepTowards(untilMs: number, mostMs: number): void {
  const leftMs = untilMs - performance.now() - AWAKE_MS;
  if (leftMs > 0) Atomics.wait(cell, 0, 0, Math.min(leftMs, mostMs));
}

/** Spins until the clock shows `untilMs`. */
export function spinUntil(untilMs: number): void {
  while (performance.now() < untilMs);
}
