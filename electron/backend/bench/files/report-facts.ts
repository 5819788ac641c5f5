// The report's small print of one result: how it was measured, under which conditions, on what, and how to check it.
import type { BenchResult } from '../../../../shared/contract/bench-result.ts';
import { formatCount } from '../../../../shared/domain/quantities.ts';
import { conditionFacts, type Fact, machineFacts } from '../describe-result.ts';
import { html, type Markup } from './report-markup.ts';

/** Names and values; those without a value are left out. */
export function factList(list: readonly Fact[]): Markup {
  const entries = list.map(([name, value]) => {
    const label = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    return value === null || value === '' ? null : html`<dt>${label}</dt><dd>${value}</dd>`;
  });
  return html`<dl class="facts">${entries}</dl>`;
}

export function conditions(result: BenchResult): Markup {
  return html`<h3>How it was measured</h3>${factList(conditionFacts(result))}`;
}

export function machine({ machine: { name, kind }, fingerprint }: BenchResult): Markup {
  const where = kind === 'local' ? ' (the computer that Lineside ran on)' : '';
  return html`<h3>Machine</h3>${factList([['name', `${name}${where}`], ...machineFacts(fingerprint)])}`;
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
