// The report's figures of one result: what was found first, then percentiles with what they rest on, then what the scenario adds.
import type { BenchResult, Percentile } from '../../../../shared/contract/bench-result.ts';
import {
  formatBytes,
  formatCount,
  formatMs,
  formatPercent,
  formatRangeMs,
} from '../../../../shared/domain/quantities.ts';
import { outcomeFacts } from '../describe-result.ts';
import { factList } from './report-facts.ts';
import { html, type Markup } from './report-markup.ts';

interface Figure {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

/** Four figures at most, the scenario's own first. */
export function keyFigures(result: BenchResult): Markup {
  const figures = [...outcomeFigures(result), ...latencyFigures(result), ...costFigures(result)].slice(0, 4);
  return html`<dl class="figures">${figures.map(
    ({ name, value, note }) => html`<div><dt>${name}</dt><dd>${value}</dd><dd>${note}</dd></div>`,
  )}</dl>`;
}

function outcomeFigures({ outcome, options }: BenchResult): Figure[] {
  if (outcome.kind === 'server' && options.scenario.kind === 'server') {
    const { percentile, limitMs } = options.scenario;
    const rate = outcome.ratePerS === null ? 'none' : `${formatCount(outcome.ratePerS)}/s`;
    return [{ name: 'Requests within the limit', value: rate, note: `p${percentile} within ${formatMs(limitMs)}` }];
  }
  if (outcome.kind === 'offline')
    return [
      { name: 'Samples a second', value: formatCount(outcome.samplesPerS), note: `in calls of ${options.batch}` },
    ];
  if (outcome.kind !== 'camera') return [];
  return [
    {
      name: 'Missed deadlines',
      value: formatPercent(outcome.missShare),
      note: `${formatCount(outcome.misses)} of ${formatCount(outcome.frames)} frames over ${formatMs(outcome.deadlineMs)}`,
    },
  ];
}

function latencyFigures({ latencyMs }: BenchResult): Figure[] {
  const stated = latencyMs.percentiles.filter(({ valueMs }) => valueMs !== null);
  const median = stated.find(({ percentile }) => percentile === 50);
  const tail = stated.filter(({ percentile, signOffMs }) => percentile > 50 && signOffMs !== null).at(-1);
  const figures: Figure[] = [
    {
      name: 'Median latency',
      value: formatMs(median?.valueMs ?? null),
      note: median ? interval(median) : 'not stated',
    },
  ];
  if (tail)
    figures.push({
      name: `${tail.percentile} % of calls are within`,
      value: formatMs(tail.signOffMs),
      note: 'with 99 % confidence',
    });
  return figures;
}

function costFigures({ throughputPerS, peakRssBytes, modelRssBytes }: BenchResult): Figure[] {
  return [
    { name: 'Throughput', value: `${formatCount(throughputPerS)}/s`, note: 'items in the steady part' },
    {
      name: 'Peak memory',
      value: formatBytes(peakRssBytes),
      note: `${formatBytes(modelRssBytes)} of it for the model`,
    },
  ];
}

export function percentileTable({ latencyMs }: BenchResult): Markup {
  const plain = (name: string, value: number): Markup =>
    html`<tr><td>${name}</td><td class="number">${formatMs(value)}</td><td></td><td></td></tr>`;
  return html`<div class="scroll"><table>
<thead><tr><th>Latency</th><th class="number">Value</th><th class="number">95 % interval</th><th class="number">Sign-off value</th></tr></thead>
<tbody>${plain('Least', latencyMs.min)}${latencyMs.percentiles.map(percentileRow)}${plain('Most', latencyMs.max)}${plain('Mean', latencyMs.mean)}</tbody>
</table></div>
<p class="note">The interval holds the true percentile with 95 % confidence. The sign-off value is a bound that the true percentile stays below with 99 % confidence: the figure to promise.</p>`;
}

function percentileRow(entry: Percentile): Markup {
  const name = entry.percentile === 50 ? 'p50 (median)' : `p${entry.percentile}`;
  if (entry.valueMs === null)
    return html`<tr><td>${name}</td><td class="muted number" colspan="3">not stated: needs ${formatCount(entry.samplesMissing)} more samples</td></tr>`;
  return html`<tr><td>${name}</td><td class="number">${formatMs(entry.valueMs)}</td><td class="number">${interval(entry)}</td><td class="number">${formatMs(entry.signOffMs)}</td></tr>`;
}

function interval({ lowMs, highMs }: Percentile): string {
  return lowMs === null || highMs === null ? '–' : formatRangeMs(lowMs, highMs);
}

/** What a scenario states beyond latencies; null where there is nothing more. */
export function outcomeSection({ outcome, options }: BenchResult): Markup | null {
  if (outcome.kind === 'server')
    return html`<h3>Rates that were tried</h3><div class="scroll"><table>
<thead><tr><th class="number">Requests a second</th><th class="number">Requests</th><th class="number">Latency at the percentile</th><th>Within the limit</th></tr></thead>
<tbody>${outcome.probes.map(
      (probe) =>
        html`<tr><td class="number">${formatCount(probe.ratePerS)}</td><td class="number">${formatCount(probe.count)}</td><td class="number">${formatMs(probe.percentileMs)}</td><td>${probe.isMet ? 'yes' : 'no'}</td></tr>`,
    )}</tbody></table></div>`;
  return outcome.kind === 'camera' ? html`<h3>Deadlines</h3>${factList(outcomeFacts(outcome, options))}` : null;
}
