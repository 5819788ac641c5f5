// Polls for a state that other processes bring about.

/** Resolves when `check` gives true; rejects with `what` after `limitMs`. */
export async function eventually(
  what: string,
  check: () => boolean | Promise<boolean>,
  limitMs = 10_000,
): Promise<void> {
  const end = performance.now() + limitMs;
  for (;;) {
    if (await check()) return;
    if (performance.now() > end) throw new Error(`did not come about in ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
