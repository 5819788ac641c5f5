// Times single inferences on the golden inputs, which is what a release's latency budget is about.
import type { GoldenReport } from '../../../shared/agent-protocol/messages.ts';
import type { Release } from '../../../shared/domain/release.ts';
import { goldenTensors } from '../../runtime/golden.ts';
import type { NativeSession } from '../../runtime/native-session.ts';

type Latency = Pick<GoldenReport, 'latencyP50Ms' | 'latencyP95Ms'>;

/** Takes `release.budget.latencyRuns` timed runs, the golden inputs in turn. Call it when each was run once already (warm-up). */
export function measureGoldenLatency(session: NativeSession, release: Release, goldenBytes: Uint8Array): Latency {
  const feeds = release.golden.cases.map((one) => goldenTensors(one.inputs, goldenBytes));
  const timesMs: number[] = [];
  for (let run = 0; run < release.budget.latencyRuns; run += 1) {
    const feed = feeds[run % feeds.length];
    if (feed === undefined) break;
    const startedMs = performance.now();
    session.run(feed);
    timesMs.push(performance.now() - startedMs);
  }
  timesMs.sort((a, b) => a - b);
  return { latencyP50Ms: nearestRank(timesMs, 0.5), latencyP95Ms: nearestRank(timesMs, 0.95) };
}

function nearestRank(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
