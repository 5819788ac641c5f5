// Loaded before the web host's own code: on SIGUSR2 starts to watch the event loop, on the next one prints the longest stalls.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 2 });
let isWatching = false;

process.on('SIGUSR2', () => {
  if (!isWatching) {
    delay.reset();
    delay.enable();
  } else {
    delay.disable();
    const ms = (nanoseconds: number): number => Number((nanoseconds / 1e6).toFixed(1));
    const report = { maxMs: ms(delay.max), p999Ms: ms(delay.percentile(99.9)), p99Ms: ms(delay.percentile(99)) };
    process.stderr.write(`loop ${JSON.stringify(report)}\n`);
  }
  isWatching = !isWatching;
});
