// Loaded before the web host's own code: on SIGUSR2 starts to watch the event loop, on the next one prints the longest stalls. A stall
// in which the thread used no processor time was the system's, which had others to serve; one with processor time was our own work.

const TICK_MS = 4;
let timer: NodeJS.Timeout | null = null;
let lastMs = 0;
let lastCpuMs = 0;
let longestMs = 0;
let longestOwnMs = 0;
let over50 = 0;

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function look(): void {
  const nowMs = performance.now();
  const cpuMs = threadCpuMs();
  const gapMs = nowMs - lastMs - TICK_MS;
  longestMs = Math.max(longestMs, gapMs);
  longestOwnMs = Math.max(longestOwnMs, Math.min(gapMs, cpuMs - lastCpuMs));
  if (gapMs > 50) over50 += 1;
  lastMs = nowMs;
  lastCpuMs = cpuMs;
}

process.on('SIGUSR2', () => {
  if (timer === null) {
    [lastMs, lastCpuMs] = [performance.now(), threadCpuMs()];
    timer = setInterval(look, TICK_MS).unref();
    return;
  }
  clearInterval(timer);
  timer = null;
  const ms = (value: number): number => Number(value.toFixed(1));
  const report = { longestMs: ms(longestMs), longestOwnWorkMs: ms(longestOwnMs), stallsOver50Ms: over50 };
  process.stderr.write(`loop ${JSON.stringify(report)}\n`);
});
