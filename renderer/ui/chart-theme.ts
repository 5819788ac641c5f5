// What every chart shares: axes, grid and fonts in the tokens of the scheme in use.
import type uPlot from 'uplot';
import { readToken } from './scheme.ts';

const FONT = '11px -apple-system, "Segoe UI", Ubuntu, "Noto Sans", "Noto Sans CJK SC", sans-serif';

const POWERS_OF_TWO = Array.from({ length: 50 }, (_one, power) => 2 ** power);

interface AxisOptions {
  /** Pixels kept for the labels. */
  readonly size: number;
  readonly format: (value: number) => string;
  /** Pixels between ticks, at least. */
  readonly space?: number;
  readonly hasGrid?: boolean;
  /** No label so close to the end that it would be cut off. */
  readonly isTrimmed?: boolean;
  /** Ticks at powers of two. */
  readonly isBinary?: boolean;
}

export function chartAxis(options: AxisOptions): uPlot.Axis {
  return {
    stroke: readToken('--text-3'),
    font: FONT,
    size: options.size,
    gap: 4,
    space: options.space ?? 28,
    grid: options.hasGrid === false ? { show: false } : { stroke: readToken('--chart-grid'), width: 1 },
    ticks: { show: false },
    ...(options.isBinary ? { incrs: POWERS_OF_TWO } : {}),
    values: (plot, splits) => {
      const end = options.isTrimmed ? endOf(plot) : Number.POSITIVE_INFINITY;
      return splits.map((value) => (value === null || value > end ? '' : options.format(value)));
    },
  };
}

/** Where the last twelfth of the horizontal scale begins. */
function endOf(plot: uPlot): number {
  const { min = 0, max = 0 } = plot.scales['x'] ?? {};
  return (max ?? 0) - ((max ?? 0) - (min ?? 0)) / 12;
}

export const CHART_COLORS = ['--chart-1', '--chart-2', '--chart-3', '--chart-4', '--chart-5', '--chart-6'] as const;

/** Colour of the line at this place in a chart. */
export function chartColor(index: number): string {
  return readToken(CHART_COLORS[index % CHART_COLORS.length] ?? '--chart-1');
}
