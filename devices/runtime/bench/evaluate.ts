// From what a recorder holds to what is stated: latencies, outliers and what explains them, drift, and the time axis of the charts.
import type { BenchSecond, Drift, Outliers } from '../../../shared/contract/bench-result.ts';
import { judgeDrift } from '../../../shared/domain/statistics-drift.ts';
import { type LatencyReport, reportLatencies } from '../../../shared/domain/statistics-latency.ts';
import { quantileOfSorted, sorted } from '../../../shared/domain/statistics-order.ts';
import { classifyOutliers } from '../../../shared/domain/statistics-outliers.ts';
import type { Recorder } from './recorder.ts';
import type { Span } from './second-log.ts';

export interface Evaluation {
  readonly latencies: LatencyReport;
  readonly outliers: Outliers;
  readonly drift: Drift;
  readonly seconds: readonly BenchSecond[];
  /** Samples per second in the steady part. */
  readonly samplesPerS: number;
}

/** For a finished recorder with at least one sample. */
export function evaluate(recorder: Recorder, loop: 'closed' | 'open'): Evaluation {
  const samples = recorder.store.kept();
  const { keptEvery, total } = recorder.store;
  const { spans } = recorder.log;
  const stated = reportLatencies(samples);
  const steadyFrom = stated.warmup.discarded;
  const timeOf = (sample: number): number => timeOfCall(spans, sample * keptEvery);
  const steadyFromMs = timeOf(steadyFrom);
  const seconds = recorder.log.seconds();
  // Calls that did not follow each other, or were not all kept, do not add up to the time that went by.
  const isGapless = loop === 'closed' && keptEvery === 1;
  const latencies = isGapless ? stated : onRealTime(stated, samples.length, timeOf);
  const openPerS = ((total - steadyFrom * keptEvery) * 1000) / Math.max(1e-6, recorder.elapsedMs - steadyFromMs);
  return {
    latencies,
    outliers: outliersOf(samples, steadyFrom, keptEvery, spans),
    drift: judgeDrift(seconds, steadyFromMs),
    seconds,
    samplesPerS: loop === 'closed' ? stated.callsPerS : openPerS,
  };
}

/** Milliseconds since the start of the run, calls of one second taken as evenly spread. */
function timeOfCall(spans: readonly Span[], call: number): number {
  const span = spans.find(({ toCall }) => call < toCall) ?? spans.at(-1);
  if (!span) return 0;
  const share = (call - span.fromCall) / Math.max(1, span.toCall - span.fromCall);
  return span.fromMs + Math.min(1, share) * (span.toMs - span.fromMs);
}

function onRealTime(stated: LatencyReport, samples: number, timeOf: (sample: number) => number): LatencyReport {
  const size = Math.ceil(samples / Math.max(1, stated.series.length));
  return {
    ...stated,
    warmup: { ...stated.warmup, discardedMs: timeOf(stated.warmup.discarded) },
    series: stated.series.map((point, i) => ({ ...point, timeMs: timeOf(i * size) })),
  };
}

/** Of the steady part. In each second as many outliers are explained as there were disturbances. */
function outliersOf(samples: Float64Array, steadyFrom: number, keptEvery: number, spans: readonly Span[]): Outliers {
  const steady = samples.subarray(steadyFrom);
  const ascending = sorted(steady);
  const lower = quantileOfSorted(ascending, 0.25);
  const upper = quantileOfSorted(ascending, 0.75);
  const reach = 1.5 * (upper - lower);
  let explained = 0;
  for (const { fromCall, toCall, disturbances } of spans) {
    if (disturbances === 0) continue;
    let found = 0;
    const from = Math.max(steadyFrom, Math.ceil(fromCall / keptEvery));
    for (const value of samples.subarray(from, Math.max(from, Math.ceil(toCall / keptEvery)))) {
      if (value < lower - reach || value > upper + reach) found += 1;
    }
    explained += Math.min(found, disturbances);
  }
  return { ...classifyOutliers(steady), explained };
}
