// The charts of the report as SVG: lines over time, a distribution, bars in a table. Colours come from the page's style.
import { formatMs } from '../../../../shared/domain/quantities.ts';
import { html, type Markup } from './report-markup.ts';

const WIDTH = 720;
const HEIGHT = 190;
const BAR_WIDTH = 60;
const PLOT = { left: 76, right: 708, top: 22, bottom: 160 };

export interface Line {
  readonly label: string;
  /** Style of the line: `main` or `faint`. */
  readonly tone: 'main' | 'faint';
  readonly points: readonly { readonly timeMs: number; readonly value: number }[];
}

export interface LineChart {
  /** Read aloud in place of the picture. */
  readonly title: string;
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** Time of something to mark, with its name. */
  readonly mark?: { readonly timeMs: number; readonly label: string } | undefined;
}

/** Lines over time. The range of values is at least a fifth of their size, so that noise does not look like a change. */
export function lineChart({ title, lines, format, mark }: LineChart): Markup {
  const values = lines.flatMap(({ points }) => points.map(({ value }) => value));
  const endMs = Math.max(1, ...lines.flatMap(({ points }) => points.map(({ timeMs }) => timeMs)));
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const missing = Math.max(0, 0.2 * most - (most - least));
  const ticks = niceTicks(Math.max(0, least - missing / 2), most + missing / 2);
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const x = (timeMs: number): string => place(timeMs / endMs, PLOT.left, PLOT.right);
  const y = (value: number): string => place((value - low) / (high - low), PLOT.bottom, PLOT.top);
  return chart(title, [
    ...ticks.map((tick) => gridLine(y(tick), format(tick))),
    ...timeTicks(endMs).map(({ timeMs, label }) => bottomLabel(x(timeMs), label)),
    ...(mark ? [markLine(x(mark.timeMs), mark.label)] : []),
    ...lines.map(
      ({ points, tone }) =>
        html`<polyline class="line ${tone}" points="${points.map(({ timeMs, value }) => `${x(timeMs)},${y(value)}`).join(' ')}"/>`,
    ),
    legend(lines),
  ]);
}

export interface Histogram {
  readonly bins: readonly { readonly fromMs: number; readonly toMs: number; readonly count: number }[];
  /** Values to mark, in ascending order. */
  readonly marks: readonly { readonly valueMs: number; readonly label: string }[];
}

/** The last bin reaches to the largest value and is drawn as wide as the others. */
export function histogramChart({ bins, marks }: Histogram): Markup {
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const low = bins[0]?.fromMs ?? 0;
  const widthMs = (bins[0]?.toMs ?? 1) - low || 1;
  const high = low + widthMs * bins.length;
  const x = (ms: number): number => PLOT.left + ((Math.min(ms, high) - low) / (high - low)) * (PLOT.right - PLOT.left);
  const barWidth = Math.max(1, (PLOT.right - PLOT.left) / bins.length - 1);
  const ticks = niceTicks(0, most).filter((tick) => tick <= most && Number.isInteger(tick));
  const bottom = niceTicks(low, high, 6).filter((tick) => tick >= low && tick <= high);
  return chart('How often each latency was measured', [
    ...ticks.map((tick) => gridLine(place(tick / most, PLOT.bottom, PLOT.top), tick.toLocaleString('en-US'))),
    ...bins.map(({ count }, index) => {
      const height = ((PLOT.bottom - PLOT.top) * count) / most;
      const left = PLOT.left + (index / bins.length) * (PLOT.right - PLOT.left);
      return html`<rect class="bar" x="${left.toFixed(1)}" y="${(PLOT.bottom - height).toFixed(1)}" width="${barWidth.toFixed(1)}" height="${height.toFixed(1)}"/>`;
    }),
    ...bottom.map((tick) => bottomLabel(x(tick).toFixed(1), formatMs(tick))),
    ...marks.map(({ valueMs, label }) => markLine(x(valueMs).toFixed(1), label)),
  ]);
}

/** A bar for a table cell; `share` of the longest one. */
export function tableBar(share: number, tone: string): Markup {
  const width = (Math.max(0.01, Math.min(1, share)) * BAR_WIDTH).toFixed(1);
  return html`<svg class="cellbar" viewBox="0 0 ${BAR_WIDTH} 8" aria-hidden="true"><rect class="bar ${tone}" width="${width}" height="8" rx="1"/></svg>`;
}

function chart(title: string, parts: readonly (Markup | null)[]): Markup {
  return html`<div class="scroll"><svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${parts}</svg></div>`;
}

function gridLine(y: string, label: string): Markup {
  return html`<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${y}" y2="${y}"/><text class="tick end" x="${PLOT.left - 8}" y="${y}" dy="0.35em">${label}</text>`;
}

function bottomLabel(x: string, label: string): Markup {
  return html`<text class="tick middle" x="${x}" y="${PLOT.bottom + 18}">${label}</text>`;
}

function markLine(x: string, label: string): Markup {
  // To the left of the line where the legend, or the edge, is to its right.
  const isRight = Number(x) > (PLOT.left + PLOT.right) / 2;
  return html`<line class="mark" x1="${x}" x2="${x}" y1="${PLOT.top - 8}" y2="${PLOT.bottom}"/><text class="tick ${isRight ? 'end' : 'start'}" x="${Number(x) + (isRight ? -5 : 5)}" y="${PLOT.top - 4}">${label}</text>`;
}

/** From the right; the width of a label is guessed from its length. */
function legend(lines: readonly Line[]): Markup | null {
  if (lines.length < 2) return null;
  let right = PLOT.right;
  const entries = [...lines].reverse().map(({ label, tone }) => {
    const x = right - label.length * 6.6 - 24;
    right = x - 20;
    return html`<line class="line ${tone}" x1="${x}" x2="${x + 18}" y1="8" y2="8"/><text class="tick" x="${x + 24}" y="8" dy="0.35em">${label}</text>`;
  });
  return html`${entries}`;
}

function place(share: number, from: number, to: number): string {
  return (from + share * (to - from)).toFixed(1);
}

/** Round steps that cover the range, about `wanted` of them. */
function niceTicks(low: number, high: number, wanted = 4): number[] {
  const rough = Math.max(high - low, 1e-9) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.floor(low / step);
  const count = Math.ceil(high / step - 1e-9) - first;
  return Array.from({ length: count + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

function timeTicks(endMs: number): { timeMs: number; label: string }[] {
  const [unit, unitMs] = endMs > 180_000 ? ['min', 60_000] : endMs > 2000 ? ['s', 1000] : ['ms', 1];
  return niceTicks(0, endMs / unitMs, 7)
    .map((tick) => ({ timeMs: tick * unitMs, label: `${tick} ${unit}` }))
    .filter(({ timeMs }) => timeMs <= endMs);
}
