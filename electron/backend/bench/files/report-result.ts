// The report's section on one result: the verdict in words first, then figures, charts and the small print.
import type { BenchResult, BenchSecond } from '../../../../shared/contract/bench-result.ts';
import { formatDuration, formatMs } from '../../../../shared/domain/quantities.ts';
import { VERDICT_WORDS } from '../describe-result.ts';
import { histogramChart, type Line, lineChart } from './report-charts.ts';
import { conditions, machine, rawData } from './report-facts.ts';
import { keyFigures, outcomeSection, percentileTable } from './report-figures.ts';
import { html, type Markup } from './report-markup.ts';

/** `heading` is left out where the page's own title says it. */
export function resultSection(
  result: BenchResult,
  heading: Markup | null,
  samples: { readonly sha256: string; readonly count: number },
): Markup {
  return html`<section class="result${heading === null ? ' only' : ''}" id="${result.id}">
${heading}
${verdictBox(result)}
${keyFigures(result)}
<h3>Latency</h3>
${percentileTable(result)}
<h3>Latency over time</h3>
${overTime(result)}
${sensorCharts(result.seconds)}
<h3>Distribution</h3>
${distribution(result)}
${outcomeSection(result)}
${conditions(result)}
${machine(result)}
${rawData(result, samples.sha256, samples.count)}
</section>`;
}

function verdictBox({ verdict: { verdict, reasons } }: BenchResult): Markup {
  const list = html`<ul>${reasons.map(({ text, weight }) => html`<li class="${weight === 'note' ? 'muted' : weight}">${text}</li>`)}</ul>`;
  return html`<div class="verdict ${verdict}"><strong>${VERDICT_WORDS[verdict]}</strong>${reasons.length > 0 ? list : null}</div>`;
}

/** A line through fewer seconds than this says less than one through slices of the samples. */
const FEWEST_SECONDS = 5;

function overTime({ seconds, series, drift }: BenchResult): Markup {
  const mark =
    drift.timeToThrottleMs === null
      ? undefined
      : { timeMs: drift.timeToThrottleMs, label: `throttles after ${formatDuration(drift.timeToThrottleMs)}` };
  const lines: Line[] =
    seconds.length >= FEWEST_SECONDS
      ? [
          {
            label: 'p95 of a second',
            tone: 'faint',
            points: seconds.map((each) => ({ timeMs: each.timeMs, value: each.p95Ms })),
          },
          {
            label: 'median',
            tone: 'main',
            points: seconds.map((each) => ({ timeMs: each.timeMs, value: each.p50Ms })),
          },
        ]
      : [
          {
            label: 'median',
            tone: 'main',
            points: series.map(({ timeMs, latencyMs }) => ({ timeMs, value: latencyMs })),
          },
        ];
  return lineChart({ title: 'Latency over the time of the run', lines, format: formatMs, mark });
}

const SENSORS = [
  { field: 'clockMHz', title: 'Clock', unit: 'MHz' },
  { field: 'temperatureC', title: 'Temperature', unit: '°C' },
  { field: 'powerW', title: 'Power', unit: 'W' },
] as const satisfies readonly { field: keyof BenchSecond; title: string; unit: string }[];

/** Only what the machine shows. */
function sensorCharts(seconds: readonly BenchSecond[]): Markup[] {
  return SENSORS.flatMap(({ field, title, unit }) => {
    const points = seconds.flatMap((each) =>
      each[field] === null ? [] : [{ timeMs: each.timeMs, value: each[field] }],
    );
    if (points.length < FEWEST_SECONDS) return [];
    const format = (value: number): string => `${value.toLocaleString('en-US')} ${unit}`;
    return [
      html`<h3>${title}</h3>${lineChart({ title: `${title} over the time of the run`, lines: [{ label: title, tone: 'main', points }], format })}`,
    ];
  });
}

function distribution({ histogram, latencyMs }: BenchResult): Markup {
  const marks = latencyMs.percentiles
    .filter(({ percentile }) => percentile === 50 || percentile === 99)
    .flatMap(({ percentile, valueMs }) => (valueMs === null ? [] : [{ valueMs, label: `p${percentile}` }]));
  return html`${histogramChart({ bins: histogram, marks })}
<p class="note">Calls of the steady part by their latency. The last bar holds everything up to ${formatMs(latencyMs.max)}.</p>`;
}
