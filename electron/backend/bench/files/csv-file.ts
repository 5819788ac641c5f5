// The table of a run as CSV (RFC 4180): one row a configuration, failed ones with their reason. Times in ms, sizes in bytes.
import type { BenchRow } from '../../../../shared/contract/bench.ts';
import type { BenchResult } from '../../../../shared/contract/bench-result.ts';
import type { ExportSource } from './export-source.ts';

type Cell = string | number | boolean | null;
type Column = readonly [heading: string, cell: (result: BenchResult) => Cell];

/** What is known of a row whether it was measured or failed. */
type Asked = Pick<BenchResult, 'model' | 'machine' | 'options'> | Pick<BenchRow, 'model' | 'machine' | 'options'>;

const ASKED: readonly (readonly [heading: string, cell: (asked: Asked) => Cell])[] = [
  ['model', ({ model }) => model.name],
  ['version', ({ model }) => model.version],
  ['machine', ({ machine }) => machine.name],
  ['machine_kind', ({ machine }) => machine.kind],
  ['threads', ({ options }) => options.threads],
  ['batch', ({ options }) => options.batch],
  ['provider', ({ options }) => options.provider],
  ['level', ({ options }) => options.level],
  ['scenario', ({ options }) => options.scenario.kind],
  ['scenario_options', ({ options }) => pairs(withoutKind(options.scenario))],
  ['duration_s', ({ options }) => options.durationS],
  ['sustained', ({ options }) => options.isSustained],
  ['dimensions', ({ options }) => pairs(options.dimensions)],
  ['dynamic', ({ options }) => options.isDynamic],
  ['priority', ({ options }) => options.priority],
];

const PERCENTILES = [50, 90, 95, 99, 99.9] as const;

const MEASURED: readonly Column[] = [
  ['verdict', ({ verdict }) => verdict.verdict],
  ['reasons', ({ verdict }) => verdict.reasons.map(({ text }) => text).join(' ')],
  ['min_ms', ({ latencyMs }) => latencyMs.min],
  ['mean_ms', ({ latencyMs }) => latencyMs.mean],
  ['max_ms', ({ latencyMs }) => latencyMs.max],
  ...PERCENTILES.flatMap(percentileColumns),
  ['throughput_per_s', ({ throughputPerS }) => throughputPerS],
  ['peak_rss_bytes', ({ peakRssBytes }) => peakRssBytes],
  ['model_rss_bytes', ({ modelRssBytes }) => modelRssBytes],
  ['cold_load_ms', ({ coldLoadMs }) => coldLoadMs],
  ['first_run_ms', ({ firstRunMs }) => firstRunMs],
  ['steady_samples', ({ samples }) => samples.count],
  ['effective_samples', ({ samples }) => samples.effectiveCount],
  ['total_samples', ({ samples }) => samples.total],
  ['warmup_ms', ({ warmup }) => warmup.discardedMs],
  ['noise_floor', ({ noise }) => noise.floor],
  ['drift_percent', ({ drift }) => drift.totalPercent],
  ['throttling', ({ drift }) => drift.isThrottling],
  ['outcome', ({ outcome }) => pairs(withoutKind(outcome))],
  [
    'providers_used',
    ({ placement }) => placement.map(({ provider, nodes }) => `${provider}=${nodes.length}`).join(' '),
  ],
  ['cpu', ({ fingerprint }) => fingerprint.cpuModel],
  ['cores', ({ fingerprint }) => fingerprint.cores],
  ['memory_bytes', ({ fingerprint }) => fingerprint.memoryBytes],
  ['os', ({ fingerprint }) => fingerprint.os],
  ['kernel', ({ fingerprint }) => fingerprint.kernel],
  ['onnxruntime', ({ fingerprint }) => fingerprint.onnxruntimeVersion],
  ['started_at', ({ startedAtMs }) => new Date(startedAtMs).toISOString()],
  ['result_id', ({ id }) => id],
];

function percentileColumns(percentile: number): Column[] {
  const of = ({ latencyMs }: BenchResult) => latencyMs.percentiles.find((each) => each.percentile === percentile);
  const name = `p${percentile}`;
  return [
    [`${name}_ms`, (result) => of(result)?.valueMs ?? null],
    [`${name}_low_ms`, (result) => of(result)?.lowMs ?? null],
    [`${name}_high_ms`, (result) => of(result)?.highMs ?? null],
    [`${name}_sign_off_ms`, (result) => of(result)?.signOffMs ?? null],
  ];
}

/** Lines end with CR LF. An empty field: not stated. */
export async function* csvText({ run, results }: ExportSource): AsyncGenerator<string> {
  yield line(['state', 'error', ...[...ASKED, ...MEASURED].map(([heading]) => heading)]);
  const byId = new Map(results.map((result) => [result.id, result]));
  if (run) for (const row of run.rows) yield rowLine(row, byId.get(row.resultId ?? '') ?? null);
  else for (const result of results) yield rowLine({ ...result, state: 'done', error: null }, result);
}

function rowLine(row: Asked & Pick<BenchRow, 'state' | 'error'>, result: BenchResult | null): string {
  return line([
    row.state,
    row.error === null ? null : `${row.error.message} [${row.error.code}]`,
    ...ASKED.map(([, cell]) => cell(row)),
    ...MEASURED.map(([, cell]) => (result ? cell(result) : null)),
  ]);
}

function line(cells: readonly Cell[]): string {
  return `${cells.map(field).join(',')}\r\n`;
}

function field(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  // A spreadsheet runs text that begins so as a formula, and names of machines and their parts come from elsewhere.
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** `limitMs=50 percentile=99`; lists by their length. */
function pairs(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.length : String(value)}`)
    .join(' ');
}

function withoutKind<T extends { readonly kind: string }>({ kind: _kind, ...rest }: T): Omit<T, 'kind'> {
  return rest;
}
