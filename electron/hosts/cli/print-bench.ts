// What the command line shows of benchmarks: one result in full with its verdict first, or a run as one table.
import type { BenchRow, BenchRun } from '../../../shared/contract/bench.ts';
import type { BenchResult, Percentile } from '../../../shared/contract/bench-result.ts';
import { formatRef } from '../../../shared/domain/names.ts';
import { formatBytes, formatCount, formatMs, formatRangeMs } from '../../../shared/domain/quantities.ts';
import { conditionFacts, type Fact, outcomeFacts, VERDICT_WORDS } from '../../backend/bench/describe-result.ts';
import { shortId } from './format.ts';
import type { Terminal } from './terminal.ts';

export function printResult(terminal: Terminal, result: BenchResult): void {
  const { model, machine, verdict, latencyMs, fingerprint } = result;
  terminal.line(`${formatRef(model)} on ${machine.name}: ${VERDICT_WORDS[verdict.verdict]}`);
  for (const { text } of verdict.reasons) terminal.line(`  - ${text}`);
  terminal.line();
  terminal.table(
    ['latency', 'value>', '95 % interval>', 'sign-off>'],
    [
      ['min', formatMs(latencyMs.min), '', ''],
      ...latencyMs.percentiles.map(percentileRow),
      ['max', formatMs(latencyMs.max), '', ''],
    ],
  );
  terminal.line();
  const facts: Fact[] = [
    ['throughput', `${formatCount(result.throughputPerS)} items/s`],
    ['peak memory', `${formatBytes(result.peakRssBytes)}, ${formatBytes(result.modelRssBytes)} of it for the model`],
    ...outcomeFacts(result.outcome, result.options),
    ...conditionFacts(result),
    ['machine', `${fingerprint.cpuModel}, ${fingerprint.cores} cores, ${fingerprint.os}`],
    ['result', result.id],
  ];
  terminal.facts(facts.flatMap(([name, value]) => (value === null || value === '' ? [] : [[name, value] as const])));
  if (result.outcome.kind === 'server') {
    terminal.line();
    terminal.table(
      ['rate tried>', 'requests>', 'latency>', 'within the limit'],
      result.outcome.probes.map((probe) => [
        `${formatCount(probe.ratePerS)}/s`,
        String(probe.count),
        formatMs(probe.percentileMs),
        probe.isMet ? 'yes' : 'no',
      ]),
    );
  }
}

function percentileRow(entry: Percentile): string[] {
  const name = `p${entry.percentile}`;
  if (entry.valueMs === null) return [name, '–', `needs ${formatCount(entry.samplesMissing)} more samples`, ''];
  return [name, formatMs(entry.valueMs), range(entry.lowMs, entry.highMs), formatMs(entry.signOffMs)];
}

function range(lowMs: number | null, highMs: number | null): string {
  return lowMs === null || highMs === null ? '–' : formatRangeMs(lowMs, highMs);
}

type Column = readonly [heading: string, cell: (row: BenchRow) => string];

/** Shown only where the rows differ; the rest is said once. */
const SETUP: readonly (readonly [...Column, same: (cell: string) => string])[] = [
  ['model', ({ model }) => formatRef(model), (cell) => cell],
  ['machine', ({ machine }) => machine.name, (cell) => `on ${cell}`],
  ['threads>', ({ options }) => String(options.threads), threadWords],
  ['batch>', ({ options }) => String(options.batch), (cell) => `batch ${cell}`],
  ['provider', ({ options }) => options.provider, (cell) => cell],
  ['level', ({ options }) => options.level, (cell) => `level ${cell}`],
];

const FIGURES: readonly Column[] = [
  ['p50>', ({ summary }) => formatMs(summary?.p50Ms ?? null)],
  ['95 % interval>', ({ summary }) => range(summary?.p50LowMs ?? null, summary?.p50HighMs ?? null)],
  ['p95>', ({ summary }) => formatMs(summary?.p95Ms ?? null)],
  ['p99>', ({ summary }) => formatMs(summary?.p99Ms ?? null)],
  ['items/s>', ({ summary }) => (summary ? formatCount(summary.throughputPerS) : '–')],
  ['memory>', ({ summary }) => (summary ? formatBytes(summary.peakRssBytes) : '–')],
  ['verdict', verdictWord],
];

function verdictWord({ state, summary }: BenchRow): string {
  if (state === 'failed') return 'failed';
  return summary?.verdict ?? 'not measured';
}

/** `results`: of the rows that have one, for the reasons of their verdicts. */
export function printRun(terminal: Terminal, { rows }: BenchRun, results: readonly BenchResult[]): void {
  const isSame = (cell: Column[1]): boolean => rows.every((row) => rows[0] && cell(row) === cell(rows[0]));
  const varying = SETUP.filter(([, cell]) => !isSame(cell));
  const same = SETUP.filter(([, cell]) => isSame(cell)).flatMap(([, cell, say]) => (rows[0] ? say(cell(rows[0])) : []));
  if (same.length > 0) terminal.line(`All rows: ${same.join(', ')}.`);
  const columns: Column[] = [
    ['#>', ({ index }) => String(index + 1)],
    ...varying.map(([heading, cell]) => [heading, cell] as const),
    ...FIGURES,
  ];
  terminal.table(
    columns.map(([heading]) => heading),
    rows.map((row) => columns.map(([, cell]) => cell(row))),
  );
  const notes = rows.flatMap((row) =>
    rowNotes(
      row,
      results.find(({ id }) => id === row.resultId),
    ),
  );
  if (notes.length > 0) terminal.line();
  for (const note of notes) terminal.line(note);
  const failed = rows.filter(({ state }) => state === 'failed').length;
  if (failed > 0) terminal.line(`${failed} of ${rows.length} rows failed.`);
}

/** `2 threads` */
export function threadWords(count: number | string): string {
  return `${count} ${String(count) === '1' ? 'thread' : 'threads'}`;
}

/** Why a row is not to be trusted as it is: its weightiest reason, the others with the result. */
function rowNotes(row: BenchRow, result: BenchResult | undefined): string[] {
  const number = `#${row.index + 1}`;
  if (row.error) return [`${number} failed: ${row.error.message} [${row.error.code}]`];
  if (!result || result.verdict.verdict === 'trust') return [];
  const [first, ...others] = result.verdict.reasons.filter(({ weight }) => weight !== 'note');
  const more =
    others.length === 0 ? '' : ` (and ${others.length} more: \`lineside result show ${shortId(result.id)}\`)`;
  return first ? [`${number} ${result.verdict.verdict}: ${first.text}${more}`] : [];
}

/** How to come back to a run. */
export function exportHint({ id }: Pick<BenchRun, 'id'>): string {
  return `Kept as ${shortId(id)}; \`lineside result export ${shortId(id)} --out report.html\` writes it to a file.`;
}
