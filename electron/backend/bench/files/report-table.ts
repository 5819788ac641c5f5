// The report's table of a run: a row a configuration, its median as a bar, failed ones with their reason.
import type { BenchRow, BenchRun } from '../../../../shared/contract/bench.ts';
import { formatBytes, formatCount, formatMs, formatRangeMs } from '../../../../shared/domain/quantities.ts';
import { tableBar } from './report-charts.ts';
import { html, type Markup } from './report-markup.ts';

export function runTable({ rows }: BenchRun): Markup {
  const longest = Math.max(0, ...rows.map(({ summary }) => summary?.p50Ms ?? 0));
  const { same, varying } = splitWords(rows);
  return html`${same.length > 0 ? html`<p class="muted">All: ${same.join(', ')}.</p>` : null}<div class="scroll"><table>
<thead><tr><th>Configuration</th><th class="number">Median</th><th></th><th class="number">p95</th><th class="number">p99</th><th class="number">Items/s</th><th class="number">Memory</th><th>Verdict</th></tr></thead>
<tbody>${rows.map((row, index) => tableRow(row, varying[index] ?? [], longest))}</tbody></table></div>`;
}

function tableRow(row: BenchRow, words: readonly string[], longest: number): Markup {
  const { summary, resultId } = row;
  const name = html`${row.model.name}:${row.model.version}`;
  const first = html`<td>${resultId === null ? name : html`<a href="#${resultId}">${name}</a>`}<br><span class="muted">${words.map((each, index) => html`<span class="whole">${each}${index < words.length - 1 ? ', ' : ''}</span> `)}</span></td>`;
  if (!summary)
    return html`<tr>${first}<td colspan="6">${row.error?.message ?? 'Not measured.'}</td><td>${word(row.state)}</td></tr>`;
  const range =
    summary.p50LowMs === null || summary.p50HighMs === null ? null : formatRangeMs(summary.p50LowMs, summary.p50HighMs);
  return html`<tr>${first}
<td class="number">${formatMs(summary.p50Ms)}<br><span class="muted">${range}</span></td>
<td class="barcell">${summary.p50Ms === null ? null : tableBar(summary.p50Ms / longest, summary.verdict)}</td>
<td class="number">${formatMs(summary.p95Ms)}</td><td class="number">${formatMs(summary.p99Ms)}</td>
<td class="number">${formatCount(summary.throughputPerS)}</td><td class="number">${formatBytes(summary.peakRssBytes)}</td>
<td>${word(summary.verdict)}</td></tr>`;
}

function word(state: string): Markup {
  return html`<span class="verdictword ${state}">${state}</span>`;
}

/** What all rows share is said once above the table; each row says the rest. */
function splitWords(rows: readonly BenchRow[]): { same: string[]; varying: string[][] } {
  const words = rows.map(setupParts);
  const isSame = (at: number): boolean => words.every((each) => each[at] === words[0]?.[at]);
  const same = (words[0] ?? []).filter((_, at) => isSame(at));
  return { same, varying: words.map((each) => each.filter((_, at) => !isSame(at))) };
}

function setupParts({
  machine,
  options: { threads, batch, provider, level },
}: Pick<BenchRow, 'machine' | 'options'>): string[] {
  return [machine.name, `${threads} thread${threads === 1 ? '' : 's'}`, `batch ${batch}`, provider, `level ${level}`];
}

/** `workbench, 1 thread, batch 8, cpu, level all`. */
export function rowWords(row: Pick<BenchRow, 'machine' | 'options'>): string {
  return setupParts(row).join(', ');
}
