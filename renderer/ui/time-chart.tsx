// One of the small multiples: a time series with its last or pointed-at value in the head, sharing the cursor with its neighbours.
import { useCallback, useMemo, useState } from 'react';
import type uPlot from 'uplot';
import { chartAxis, chartColor } from './chart-theme.ts';
import { readToken } from './scheme.ts';
import styles from './time-chart.module.css';
import { usePlot } from './use-plot.ts';

export interface TimeSeries {
  readonly label: string;
  readonly values: ReadonlyArray<number | null>;
}

interface TimeChartProps {
  title: string;
  /** Seconds since the epoch, rising. */
  times: readonly number[];
  series: readonly TimeSeries[];
  format: (value: number | null) => string;
  formatAxis: (value: number) => string;
  formatTime: (ms: number) => string;
  /** First and last second shown. */
  range: readonly [number, number];
  /** Fixed top of the scale; else it follows the data from zero. */
  top?: number;
  /** Steps of a scale of bytes. */
  isBinary?: boolean;
  /** Why there is nothing to draw. */
  absence?: string | null;
  /** Charts with the same key share the cursor. */
  syncKey: string;
  /** `times` and `range` are seconds since a start, not since the epoch; `formatTime` gets milliseconds since then. */
  isElapsed?: boolean;
  /** Pixels of the plot. */
  height?: number;
  /** A vertical line at this second. */
  markAt?: number | null;
  /** The scale begins near the smallest value instead of at zero. */
  isFloating?: boolean;
}

const HEIGHT = 128;
const CURSOR_LINES = { x: true, y: false, points: { size: 5 } };

export function TimeChart(props: TimeChartProps) {
  const { title, times, series, format, formatAxis, formatTime, range, top, syncKey, isBinary = false } = props;
  const { isElapsed = false, isFloating = false, height = HEIGHT, markAt = null } = props;
  const [pointed, setPointed] = useState<number | null>(null);
  const labels = series.map((one) => one.label).join('\u0000');
  const [from, to] = range;

  const makeOptions = useCallback((): Omit<uPlot.Options, 'width' | 'height'> => {
    const names = labels.split('\u0000');
    return {
      legend: { show: false },
      padding: [8, 4, 0, 0],
      cursor: { ...CURSOR_LINES, drag: { x: false, y: false }, sync: { key: syncKey } },
      scales: {
        x: { time: !isElapsed },
        y: {
          range: (_plot, low, high) =>
            isFloating ? floatingRange(low, high) : [0, top ?? (isBinary ? niceBinaryTop(high) : niceTop(high))],
        },
      },
      axes: [
        chartAxis({
          size: 20,
          space: 76,
          format: (value) => formatTime(value * 1000),
          hasGrid: false,
          isTrimmed: true,
        }),
        chartAxis({ size: 56, format: formatAxis, isBinary }),
      ],
      series: [
        {},
        ...names.map((label, index) => ({
          label,
          stroke: chartColor(index),
          width: 1.5,
          spanGaps: false,
          points: { show: false },
          ...(index === 0 && names.length === 1 ? { fill: `${chartColor(index)}1f` } : {}),
        })),
      ],
      hooks: {
        setCursor: [(plot: uPlot) => setPointed(plot.cursor.idx ?? null)],
        ...(markAt === null ? {} : { draw: [(plot: uPlot) => drawMark(plot, markAt)] }),
      },
    };
  }, [labels, syncKey, top, isBinary, formatAxis, formatTime, isElapsed, isFloating, markAt]);

  const data = useMemo<uPlot.AlignedData>(
    () => [[from, ...times, to], ...series.map((one): Array<number | null> => [null, ...one.values, null])],
    [times, series, from, to],
  );
  const at = pointed === null ? null : pointed - 1;

  return (
    <figure className={styles['chart']} aria-label={title}>
      <figcaption className={styles['head']}>
        <span className={styles['title']}>{title}</span>
        <span className={styles['values']}>
          {series.map((one, index) => (
            <span key={one.label} className={styles['value']} data-series={series.length > 1 ? index : undefined}>
              {series.length > 1 ? <span className={styles['name']}>{one.label}</span> : null}
              <strong>{props.absence ? '–' : format(valueAt(one.values, at))}</strong>
            </span>
          ))}
        </span>
      </figcaption>
      {props.absence ? (
        <div className={styles['absence']}>{props.absence}</div>
      ) : (
        <Plot makeOptions={makeOptions} data={data} height={height} />
      )}
    </figure>
  );
}

/** Its own component, so that the chart is made when it first has something to draw. */
function Plot(props: {
  makeOptions: () => Omit<uPlot.Options, 'width' | 'height'>;
  data: uPlot.AlignedData;
  height: number;
}) {
  const box = usePlot(props.makeOptions, props.data, props.height);
  return <div ref={box} className={styles['plot']} style={{ height: props.height }} />;
}

/** A little room above and below. */
function floatingRange(low: number | null, high: number | null): [number, number] {
  const bottom = low ?? 0;
  const room = Math.max((high ?? 1) - bottom, Math.abs(bottom) * 0.02, 1e-9) * 0.15;
  return [Math.max(0, bottom - room), (high ?? 1) + room];
}

function drawMark(plot: uPlot, second: number): void {
  const x = Math.round(plot.valToPos(second, 'x', true)) + 0.5;
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = readToken('--warn');
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

/** The value under the cursor, else the last one there is. */
function valueAt(values: ReadonlyArray<number | null>, index: number | null): number | null {
  if (index !== null && index >= 0 && index < values.length) return values[index] ?? null;
  return values.findLast((value) => value !== null) ?? null;
}

/** The next power of two above `high`, at least 1 KiB. */
export function niceBinaryTop(high: number | null): number {
  return high === null || high <= 1024 ? 1024 : 2 ** Math.ceil(Math.log2(high * 1.05));
}

/** The next 1, 2, 2.5 or 5 times a power of ten above `high`; 1 for nothing. */
export function niceTop(high: number | null): number {
  if (high === null || high <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(high));
  const step = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= high * 1.05) ?? 20;
  return step * power;
}
