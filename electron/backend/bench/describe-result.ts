// A result in words: what the verdict means, how it was measured, what the scenario showed, on what. The report and the command line say the same.
import type { BenchOptions, Scenario } from '../../../shared/contract/bench-options.ts';
import type {
  BenchResult,
  MachineFingerprint,
  ScenarioOutcome,
  Verdict,
} from '../../../shared/contract/bench-result.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMs,
  formatPercent,
} from '../../../shared/domain/quantities.ts';

/** Name and value; null or empty: nothing to say. */
export type Fact = readonly [name: string, value: string | null];

export const VERDICT_WORDS: Readonly<Record<Verdict['verdict'], string>> = {
  trust: 'These figures can be trusted.',
  repeat: 'Measure again before relying on these figures.',
  reject: 'Do not use these figures.',
};

const SCENARIO_WORDS: Readonly<Record<Scenario['kind'], string>> = {
  'single-stream': 'one call after the other',
  'multi-stream': 'queries of several samples, one after the other',
  server: 'requests that arrive at random moments',
  offline: 'everything at once',
  camera: 'frames of cameras by the clock',
};

/** How it was measured, and what may have disturbed it. */
export function conditionFacts(result: BenchResult): Fact[] {
  const { options, noise, outliers, warmup, samples, placement } = result;
  const inputs = result.inputs.map(({ name, type, shape }) => `${name} ${type}[${shape.join(', ')}]`);
  const counted = warmup.isSteady
    ? `${formatCount(samples.count)} in the steady part, worth ${formatCount(Math.round(samples.effectiveCount))} independent ones; ${formatCount(samples.total)} in all`
    : `${formatCount(samples.total)}, none of them in a steady part`;
  const floor = formatPercent(noise.floor);
  const [mild, severe] = [outliers.mildLow + outliers.mildHigh, outliers.severeLow + outliers.severeHigh];
  return [
    ['set-up', setupWords(options)],
    ['scenario', `${options.scenario.kind}: ${SCENARIO_WORDS[options.scenario.kind]}`],
    ['inputs', inputs.join('; ')],
    ['ran on', placement.map(({ provider, nodes }) => `${provider} (${formatCount(nodes.length)} nodes)`).join(', ')],
    ['load, first call', `${formatMs(result.coldLoadMs)}, ${formatMs(result.firstRunMs)}`],
    ['warm-up', warmup.reason],
    ['samples', counted],
    ['noise floor', noise.floor === null ? 'not measured' : `${floor}: a smaller difference cannot be told from noise`],
    ['other load', otherLoad(result)],
    ['drift', driftWords(result)],
    ['outliers', `${mild} mild and ${severe} severe, none removed; effect on the mean: ${outliers.effect}`],
  ];
}

function otherLoad({ noise }: BenchResult): string | null {
  const parts = [
    noise.busyBefore === null ? null : `${formatPercent(noise.busyBefore)} of the processor before the run`,
    noise.pressure === null ? null : `${formatPercent(noise.pressure)} pressure`,
    noise.steal === null || noise.steal === 0 ? null : `${formatPercent(noise.steal)} stolen by the host`,
    noise.servedRequests === null ? null : `${formatCount(noise.servedRequests)} requests served meanwhile`,
  ];
  return parts.filter((part) => part !== null).join(', ') || null;
}

function driftWords({ drift }: BenchResult): string {
  const change = `${drift.totalPercent >= 0 ? '+' : '−'}${Math.abs(drift.totalPercent).toFixed(1)} % over the run`;
  const after = drift.timeToThrottleMs === null ? '' : ` after ${formatDuration(drift.timeToThrottleMs)}`;
  return `${change}${drift.isDrifting ? '' : ', no trend'}${drift.isThrottling ? `; the machine throttles${after}` : ''}`;
}

/** What a scenario states beyond latencies; its probes are a table of their own. */
export function outcomeFacts(outcome: ScenarioOutcome, { scenario }: BenchOptions): Fact[] {
  if (outcome.kind === 'server' && scenario.kind === 'server') {
    const limit = `p${scenario.percentile} within ${formatMs(scenario.limitMs)}`;
    if (scenario.ratePerS !== null)
      return [['at the rate asked for', `${limit}: ${outcome.isMet ? 'met' : 'not met'}`]];
    const rate = outcome.ratePerS === null ? 'none that was tried' : `${formatCount(outcome.ratePerS)} requests/s`;
    return [['highest rate', `${rate} (${limit})`]];
  }
  if (outcome.kind === 'offline') return [['samples', `${formatCount(outcome.samplesPerS)} a second`]];
  if (outcome.kind === 'multi-stream') return [['a query', `${outcome.callsPerQuery} calls`]];
  if (outcome.kind !== 'camera') return [];
  const missed = `${formatCount(outcome.misses)} of ${formatCount(outcome.frames)} frames`;
  const after =
    outcome.missAfterMiss === null ? 'there was none' : `in ${formatPercent(outcome.missAfterMiss)} of cases`;
  return [
    ['deadline', `${formatMs(outcome.deadlineMs)} from the moment that a frame was due`],
    ['missed', `${missed} (${formatPercent(outcome.missShare)})`],
    ['longest burst', outcome.longestBurst === 1 ? 'one frame' : `${outcome.longestBurst} frames in a row`],
    ['miss after a miss', after],
    ['model at work', `${formatPercent(outcome.utilization)} of the time`],
  ];
}

export function machineFacts(fingerprint: MachineFingerprint): Fact[] {
  const onOff = (value: boolean | null): string | null => (value === null ? null : value ? 'on' : 'off');
  const power = [fingerprint.powerMode, fingerprint.onBattery === true ? 'on battery' : null];
  return [
    ['processor', `${fingerprint.cpuModel}, ${fingerprint.cores} cores, ${fingerprint.architecture}`],
    ['instruction sets', fingerprint.cpuFlags.join(', ')],
    ['caches', fingerprint.caches.join(', ')],
    ['memory', formatBytes(fingerprint.memoryBytes)],
    ['graphics', fingerprint.gpu],
    ['system', [fingerprint.os, `kernel ${fingerprint.kernel}`, fingerprint.libc].filter(Boolean).join(', ')],
    ['virtualization', fingerprint.virtualization],
    ['clock governor', fingerprint.governor],
    ['turbo', onOff(fingerprint.turbo)],
    ['threads of a core', onOff(fingerprint.smt)],
    ['power', power.filter(Boolean).join(', ')],
    ['firmware', fingerprint.firmware],
    [
      'runtime',
      `ONNX Runtime ${fingerprint.onnxruntimeVersion} on Node ${fingerprint.nodeVersion}; providers ${fingerprint.providers.join(', ')}`,
    ],
  ];
}

/** `1 thread, batch 8, provider cpu, optimization level all, dimensions fixed at height = 224` */
function setupWords({ threads, batch, provider, level, dimensions, isDynamic }: BenchOptions): string {
  const sizes = Object.entries(dimensions).map(([name, size]) => `${name} = ${size}`);
  return [
    `${threads} thread${threads === 1 ? '' : 's'}`,
    `batch ${batch}`,
    `provider ${provider}`,
    `optimization level ${level}`,
    ...(sizes.length === 0 ? [] : [`dimensions fixed at ${sizes.join(', ')}`]),
    ...(isDynamic ? ['dynamic dimensions left as they are'] : []),
  ].join(', ');
}
