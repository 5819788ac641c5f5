// What speaks against a measured run, each reason with its weight, its figures and a sentence.
import type { BenchResult, BenchSecond, Verdict } from '../contract/bench-result.ts';
import type { VerdictCode } from './bench-verdict.ts';
import { median, REQUIRED_SAMPLES } from './statistics-order.ts';

/** A measured run but for its verdict, and the names of outputs that had NaN among their values. */
export type VerdictInput = Omit<BenchResult, 'verdict'> & { readonly nanOutputs: readonly string[] };

export type Reason = Verdict['reasons'][number] & { readonly code: VerdictCode };

/**
 * Where a figure stops being one to rely on, as shares. The noise floor of 2 to 6 % is what A/A comparisons resolved on a guest of a
 * shared machine; beyond 5 % the default regression gate cannot be decided. A level counts as another one from 5 % on, as in the
 * search for the steady part. A tenth of the processors or of the time under pressure is more than a quiet system takes for itself;
 * stolen time is lost whole, so that 2 % of it already shows in a mean.
 */
const LIMITS = {
  noiseFloor: 0.05,
  drift: 0.05,
  halfWidth: 0.05,
  steal: 0.02,
  pressure: 0.1,
  busyBefore: 0.1,
  /** Fewer outliers are the tail of any system that does something else now and then; the high percentiles tell of them. */
  outliers: 0.05,
} as const;

export function reasonsOf(run: VerdictInput): Reason[] {
  return [
    ...ofOutputs(run),
    ...ofPlacement(run),
    ...ofSteadiness(run),
    ...ofPrecision(run),
    ...ofOutliers(run),
    ...ofNoise(run),
    ...ofMachine(run),
  ];
}

function reason(weight: Reason['weight'], code: VerdictCode, text: string, values: Reason['values'] = {}): Reason[] {
  return [{ code, weight, text, values }];
}

function ofOutputs({ nanOutputs }: VerdictInput): Reason[] {
  if (nanOutputs.length === 0) return [];
  const outputs = nanOutputs.join(', ');
  return reason('reject', 'nan-outputs', `Outputs contain values that are not a number (NaN): ${outputs}.`, {
    outputs,
  });
}

/** Providers leave single nodes, such as those that compute shapes, to the CPU; most of the graph elsewhere is another measurement. */
function ofPlacement({ placement, options }: VerdictInput): Reason[] {
  const counted = placement.map(({ provider, nodes }) => ({ provider: shortName(provider), count: nodes.length }));
  const elsewhere = counted.filter(({ provider, count }) => provider !== options.provider && count > 0);
  const sum = (list: typeof counted): number => list.reduce((total, { count }) => total + count, 0);
  const [nodes, total] = [sum(elsewhere), sum(counted)];
  if (nodes === 0) return [];
  const used = elsewhere.map(({ provider }) => provider).join(', ');
  const values = { asked: options.provider, used, nodes, total };
  const text = `${nodes} of ${total} nodes ran on ${used}, not on ${options.provider} as asked.`;
  return 2 * nodes > total
    ? reason('reject', 'other-provider', text, values)
    : reason('note', 'some-nodes-elsewhere', text, values);
}

/** `CPUExecutionProvider` as the options name it, `cpu`. */
function shortName(provider: string): string {
  return provider.replace(/ExecutionProvider$/, '').toLowerCase();
}

function ofSteadiness(run: VerdictInput): Reason[] {
  const { warmup, drift, options, seconds } = run;
  const reasons: Reason[] = [];
  if (!warmup.isSteady) {
    const text = `The run has no steady part, so it states no percentile. ${warmup.reason}`;
    reasons.push(...reason('reject', 'not-steady', text, { reason: warmup.reason }));
  }
  if (drift.isThrottling && drift.timeToThrottleMs !== null) {
    const afterS = Math.round(drift.timeToThrottleMs / 1000);
    const percent = rounded(slowdownAt(seconds, drift.timeToThrottleMs));
    // A sustained run is made to find this; what it settles at is its answer.
    const weight = options.isSustained && warmup.isSteady ? 'note' : 'reject';
    const text = `The machine throttled after ${afterS} s and became ${percent} % slower (told by its ${EVIDENCE[drift.evidence]}).`;
    reasons.push(...reason(weight, 'throttling', text, { afterS, percent, evidence: drift.evidence }));
  } else if (drift.isDrifting) {
    const percent = rounded(drift.totalPercent / 100);
    const text = `The latency drifted by ${signed(percent)} % over the steady part.`;
    const isLarge = Math.abs(drift.totalPercent) >= 100 * LIMITS.drift;
    reasons.push(...reason(isLarge ? 'reject' : 'repeat', isLarge ? 'drift-large' : 'drift-small', text, { percent }));
  }
  return reasons;
}

const EVIDENCE = {
  clock: 'clock',
  temperature: 'temperature',
  calibration: 'calibration kernel',
  none: 'latency alone',
} as const;

/** Medians of the one-second medians after it against those before, less 1. */
function slowdownAt(seconds: readonly BenchSecond[], atMs: number): number {
  const of = (part: readonly BenchSecond[]): number =>
    median(part.filter(({ count }) => count > 0).map(({ p50Ms }) => p50Ms));
  const ratio = of(seconds.filter(({ timeMs }) => timeMs >= atMs)) / of(seconds.filter(({ timeMs }) => timeMs < atMs));
  return Number.isFinite(ratio) ? ratio - 1 : 0;
}

function ofPrecision({ warmup, latencyMs, samples }: VerdictInput): Reason[] {
  if (!warmup.isSteady) return [];
  const [p50, ...higher] = latencyMs.percentiles;
  if (p50 === undefined || p50.valueMs === null || p50.lowMs === null || p50.highMs === null) {
    const effective = Math.floor(samples.effectiveCount);
    const needed = REQUIRED_SAMPLES[50] ?? 0;
    const text = `The calls are worth ${effective} independent samples; even the median needs ${needed}.`;
    return reason('reject', 'too-few-samples', text, { effective, needed });
  }
  const reasons: Reason[] = [];
  const halfWidth = (p50.highMs - p50.lowMs) / 2 / p50.valueMs;
  if (halfWidth > LIMITS.halfWidth) {
    const text = `The median is known only to ±${rounded(halfWidth)} %; the limit is ${rounded(LIMITS.halfWidth)} %.`;
    reasons.push(...reason('repeat', 'interval-wide', text, shares(halfWidth, LIMITS.halfWidth)));
  }
  const missing = higher.find(({ percentile, valueMs }) => percentile <= 99 && valueMs === null);
  if (missing) {
    const { percentile, samplesMissing } = missing;
    const text = `The ${percentile}th percentile takes about ${samplesMissing} more calls.`;
    reasons.push(...reason('note', 'percentile-missing', text, { percentile, missing: samplesMissing }));
  }
  return reasons;
}

function ofOutliers({ outliers, samples }: VerdictInput): Reason[] {
  if (outliers.effect !== 'severe') return [];
  const count = outliers.mildLow + outliers.mildHigh + outliers.severeLow + outliers.severeHigh;
  const percent = rounded(outliers.varianceShare);
  const text = `${count} outliers bring in ${percent} % of the variance; ${outliers.explained} of them go with other work on the machine.`;
  const weight = count > LIMITS.outliers * samples.count ? 'repeat' : 'note';
  return reason(weight, 'outliers-severe', text, { percent, count, explained: outliers.explained });
}

function ofNoise({ noise }: VerdictInput): Reason[] {
  const { floor, steal, pressure, busyBefore, servedRequests } = noise;
  const reasons: Reason[] = [];
  const over = (value: number | null, limit: number, code: VerdictCode, text: (percent: number) => string): void => {
    if (value !== null && value > limit)
      reasons.push(...reason('repeat', code, text(rounded(value)), shares(value, limit)));
  };
  over(floor, LIMITS.noiseFloor, 'noise-floor-high', (p) => `Two copies of the model differ by up to ${p} % here.`);
  over(steal, LIMITS.steal, 'steal-high', (p) => `The host took ${p} % of the processor time for others.`);
  over(pressure, LIMITS.pressure, 'pressure-high', (p) => `For ${p} % of the time work waited for a processor.`);
  over(busyBefore, LIMITS.busyBefore, 'busy-before', (p) => `The machine was ${p} % busy before the run began.`);
  if (floor === null) {
    reasons.push(
      ...reason('note', 'no-noise-floor', 'No A/A comparison was made, so the noise of this machine is not known.'),
    );
  }
  if (servedRequests !== null && servedRequests > 0) {
    const text = `The device answered ${servedRequests} requests with the model that it serves meanwhile.`;
    reasons.push(...reason('note', 'served-requests', text, { count: servedRequests }));
  }
  return reasons;
}

function ofMachine({ fingerprint, binding, seconds }: VerdictInput): Reason[] {
  const { onBattery, virtualization, governor } = fingerprint;
  const reasons: Reason[] = [];
  if (onBattery === true) reasons.push(...reason('repeat', 'on-battery', 'The machine ran on battery.'));
  if (binding === 'run') {
    const text = 'The asynchronous call was measured, which adds some microseconds to each.';
    reasons.push(...reason('note', 'asynchronous-call', text));
  }
  if (virtualization !== null) {
    const text = `The machine is virtual (${virtualization}); others may share its processors.`;
    reasons.push(...reason('note', 'virtual-machine', text, { name: virtualization }));
  }
  if (governor !== null && governor !== 'performance') {
    const text = `The frequency governor is ${governor}, not performance, so clocks may vary.`;
    reasons.push(...reason('note', 'governor', text, { governor }));
  }
  if (seconds.every(({ clockMHz, temperatureC }) => clockMHz === null && temperatureC === null)) {
    const text = 'Neither clock nor temperature can be read here; throttling is told by the calibration kernel alone.';
    reasons.push(...reason('note', 'no-sensors', text));
  }
  return reasons;
}

function shares(value: number, limit: number): Reason['values'] {
  return { percent: rounded(value), limit: rounded(limit) };
}

/** A share in percent to one digit. */
function rounded(share: number): number {
  return Math.round(share * 1000) / 10;
}

function signed(percent: number): string {
  return percent < 0 ? `−${-percent}` : `+${percent}`;
}
