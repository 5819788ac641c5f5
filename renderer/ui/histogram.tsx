// The histogram of a finished measurement, with units on its axes.
import { useCallback, useMemo } from 'react';
import uPlot from 'uplot';
import { chartAxis, chartColor } from './chart-theme.ts';
import { niceTop } from './time-chart.tsx';
import { usePlot } from './use-plot.ts';

const HEIGHT = 168;

/** Bars from `edges[i]` to `edges[i + 1]` with the height of `counts[i]`. */
export function Histogram(props: {
  label: string;
  edges: readonly number[];
  counts: readonly number[];
  formatX: (value: number) => string;
  formatY: (value: number) => string;
}) {
  const { edges, counts, formatX, formatY, label } = props;
  const makeOptions = useCallback((): Omit<uPlot.Options, 'width' | 'height'> => {
    const paths = uPlot.paths.bars?.({ align: 1, size: [1, Number.POSITIVE_INFINITY], gap: 1 });
    return {
      legend: { show: false },
      padding: [8, 12, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: { x: { time: false }, y: { range: (_plot, _low, high) => [0, niceTop(high)] } },
      axes: [
        chartAxis({ size: 22, space: 56, format: formatX, hasGrid: false, isTrimmed: true }),
        chartAxis({ size: 60, format: formatY }),
      ],
      series: [
        {},
        {
          label,
          fill: `${chartColor(0)}b3`,
          width: 0,
          points: { show: false },
          ...(paths ? { paths } : {}),
        },
      ],
    };
  }, [label, formatX, formatY]);
  const data = useMemo<uPlot.AlignedData>(
    () => [[...edges], [...counts, ...(edges.length > counts.length ? [null] : [])]],
    [edges, counts],
  );
  const box = usePlot(makeOptions, data, HEIGHT);
  return <div ref={box} role="img" aria-label={label} style={{ height: HEIGHT, minWidth: 0, overflow: 'hidden' }} />;
}
