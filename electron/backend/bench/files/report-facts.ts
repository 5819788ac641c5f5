// The report's small print of one result: how it was measured, under which conditions, on what, and how to check it.
import type { BenchResult, MachineFingerprint } from '../../../../shared/contract/bench-result.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMs,
  formatPercent,
} from '../../../../shared/domain/quantities.ts';
import { html, type Markup } from './report-markup.ts';
import { SCENARIO_WORDS, setupWords } from './report-words.ts';

type Fact = readonly [name: string, value: string | null];

/** Names and values; those without a value are left out. */
function facts(list: readonly Fact[]): Markup {
  return html`<dl class="facts">${list.map(([name, value]) => (value === null || value === '' ? null : html`<dt>${name}</dt><dd>${value}</dd>`))}</dl>`;
}

export function conditions(result: BenchResult): Markup {
  const { options, noise, drift, outliers, warmup, samples, placement } = result;
  return html`<h3>How it was measured</h3>
${facts([
  ['Set-up', setupWords(options)],
  ['Scenario', `${options.scenario.kind}: ${SCENARIO_WORDS[options.scenario.kind]}`],
  ['Inputs', result.inputs.map(({ name, type, shape }) => `${name} ${type}[${shape.join(', ')}]`).join('; ')],
  ['Ran on', placement.map(({ provider, nodes }) => `${provider} (${formatCount(nodes.length)} nodes)`).join(', ')],
  ['Warm-up', warmup.reason],
  [
    'Samples',
    `${formatCount(samples.count)} in the steady part, worth ${formatCount(Math.round(samples.effectiveCount))} independent ones; ${formatCount(samples.total)} in all`,
  ],
  ['Load and first call', `${formatMs(result.coldLoadMs)} and ${formatMs(result.firstRunMs)}`],
  [
    'Noise floor',
    noise.floor === null
      ? 'not measured'
      : `${formatPercent(noise.floor)}: differences up to this cannot be told from noise`,
  ],
  ['Other load', otherLoad(result)],
  [
    'Drift',
    `${signed(drift.totalPercent)} % over the run${drift.isDrifting ? '' : ', no trend'}${drift.isThrottling ? '; throttling' : ''}${drift.timeToThrottleMs === null ? '' : ` after ${formatDuration(drift.timeToThrottleMs)}`}`,
  ],
  [
    'Outliers',
    `${outliers.mildLow + outliers.mildHigh} mild and ${outliers.severeLow + outliers.severeHigh} severe, none removed; effect on the mean: ${outliers.effect}`,
  ],
])}`;
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

function signed(value: number): string {
  return `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(1)}`;
}

export function machine(result: BenchResult): Markup {
  return html`<h3>Machine</h3>
${facts([['Name', `${result.machine.name}${result.machine.kind === 'local' ? ' (the computer that Lineside ran on)' : ''}`], ...fingerprintFacts(result.fingerprint)])}`;
}

function fingerprintFacts(fingerprint: MachineFingerprint): Fact[] {
  const yesNo = (value: boolean | null): string | null => (value === null ? null : value ? 'on' : 'off');
  return [
    ['Processor', `${fingerprint.cpuModel}, ${fingerprint.cores} cores, ${fingerprint.architecture}`],
    ['Instruction sets', fingerprint.cpuFlags.join(', ')],
    ['Caches', fingerprint.caches.join(', ')],
    ['Memory', formatBytes(fingerprint.memoryBytes)],
    ['Graphics', fingerprint.gpu],
    ['System', [fingerprint.os, `kernel ${fingerprint.kernel}`, fingerprint.libc].filter(Boolean).join(', ')],
    ['Virtualization', fingerprint.virtualization],
    ['Clock governor', fingerprint.governor],
    ['Turbo', yesNo(fingerprint.turbo)],
    ['Simultaneous threads', yesNo(fingerprint.smt)],
    ['Power', [fingerprint.powerMode, fingerprint.onBattery === true ? 'on battery' : null].filter(Boolean).join(', ')],
    ['Firmware', fingerprint.firmware],
    [
      'Runtime',
      `ONNX Runtime ${fingerprint.onnxruntimeVersion} on Node ${fingerprint.nodeVersion}; providers ${fingerprint.providers.join(', ')}`,
    ],
  ];
}

/** `sha256`: of the raw samples as float64, little-endian. */
export function rawData(result: BenchResult, sha256: string, kept: number): Markup {
  return html`<h3>Raw data</h3>
<dl class="facts">
<dt>Result</dt><dd><code>${result.id}</code></dd>
<dt>Model</dt><dd><code>${result.model.digest}</code></dd>
<dt>Input bytes</dt><dd><code>sha256:${result.inputDigest}</code>, made from seed ${result.seed}</dd>
<dt>Samples</dt><dd>${formatCount(kept)} latencies${result.samples.keptEvery > 1 ? `, every ${result.samples.keptEvery}th call` : ''}, <code>sha256:${sha256}</code></dd></dl>
<p class="note">The JSON file of this result holds every sample, so that each figure here can be computed again. Its field samplesSha256 is the digest above: SHA-256 of the samples as 64-bit floating point, little-endian, in order of time.</p>`;
}
