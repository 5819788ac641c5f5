// Points by two numbers in a few colours: rates and latencies that were tried, blocks over time; with a limit across.
import { useCallback, useMemo } from 'react';
import type uPlot from 'uplot';
import { CHART_COLORS, chartAxis, chartColor } from './chart-theme.ts';
import styles from './point-chart.module.css';
import { readToken } from './scheme.ts';
import { niceTop } from './time-chart.tsx';
import { usePlot } from './use-plot.ts';

const HEIGHT = 168;

export interface PointSeries {
  readonly label: string;
  readonly points: ReadonlyArray<{ readonly x: number; readonly y: number }>;
}

export function PointChart(props: {
  label: string;
  series: readonly PointSeries[];
  formatX: (value: number) => string;
  formatY: (value: number) => string;
  /** A horizontal line, with its name in the legend. */
  limit?: { readonly y: number; readonly label: string };
  /** The scale of y begins near the smallest value instead of at zero. */
  isFloating?: boolean;
  height?: number;
}) {
  const { series, formatX, formatY, label, limit, isFloating = false, height = HEIGHT } = props;
  const names = series.map((one) => one.label).join('\u0000');
  const limitY = limit?.y ?? null;
  const makeOptions = useCallback((): Omit<uPlot.Options, 'width' | 'height'> => {
    const labels = names.split('\u0000');
    return {
      legend: { show: false },
      padding: [10, 12, 0, 0],
      cursor: { show: false },
      scales: {
        x: { time: false, range: (_plot, low, high) => paddedRange(low, high) },
        y: {
          range: (_plot, low, high) => {
            const highest = Math.max(high ?? 0, limitY ?? 0);
            return isFloating
              ? paddedRange(Math.min(low ?? highest, limitY ?? highest), highest)
              : [0, niceTop(highest)];
          },
        },
      },
      axes: [
        chartAxis({ size: 22, space: 64, format: formatX, hasGrid: false, isTrimmed: true }),
        chartAxis({ size: 60, format: formatY }),
      ],
      series: [
        {},
        ...labels.map((name, index) => ({
          label: name,
          stroke: chartColor(index),
          width: 0,
          paths: () => null,
          points: { show: true, size: 5, width: 0, fill: `${chartColor(index)}b3` },
        })),
      ],
      hooks: { draw: limitY === null ? [] : [(plot: uPlot) => drawLimit(plot, limitY)] },
    };
  }, [names, formatX, formatY, limitY, isFloating]);
  const data = useMemo(() => aligned(series), [series]);
  const box = usePlot(makeOptions, data, height);
  return (
    <div>
      <ul className={styles['legend']}>
        {series.map((one, index) => (
          <li key={one.label} data-series={index % CHART_COLORS.length}>
            {one.label}
          </li>
        ))}
        {limit ? <li data-limit>{limit.label}</li> : null}
      </ul>
      <div ref={box} role="img" aria-label={label} className={styles['plot']} style={{ height }} />
    </div>
  );
}

/** One rising x for all series, with gaps where a series has no point there. */
export function aligned(series: readonly PointSeries[]): uPlot.AlignedData {
  const xs = [...new Set(series.flatMap((one) => one.points.map((point) => point.x)))].sort((a, b) => a - b);
  const columns = series.map((one) => {
    const byX = new Map(one.points.map((point) => [point.x, point.y]));
    return xs.map((x) => byX.get(x) ?? null);
  });
  return [xs, ...columns];
}

function paddedRange(low: number | null, high: number | null): [number, number] {
  const bottom = low ?? 0;
  const top = high ?? 1;
  const room = (top - bottom || Math.abs(top) || 1) * 0.06;
  return [Math.max(0, bottom - room), top + room];
}

function drawLimit(plot: uPlot, value: number): void {
  const y = Math.round(plot.valToPos(value, 'y', true)) + 0.5;
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = readToken('--bad');
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
