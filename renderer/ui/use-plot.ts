// Holds one uPlot instance in a box: made once per set of options and colour scheme, fed by setData, resized with the box, destroyed with it.
import { type RefObject, useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import './chart.css';
import { useScheme } from './scheme.ts';

/** @param makeOptions must keep its identity while the chart may stay as it is */
export function usePlot(
  makeOptions: () => Omit<uPlot.Options, 'width' | 'height'>,
  data: uPlot.AlignedData,
  height: number,
): RefObject<HTMLDivElement | null> {
  const box = useRef<HTMLDivElement>(null);
  const scheme = useScheme();
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(data);
  useEffect(() => {
    latest.current = data;
    plot.current?.setData(data);
  }, [data]);
  useEffect(() => {
    const place = box.current;
    if (!place) return undefined;
    const chart = new uPlot(
      { ...makeOptions(), width: Math.max(80, place.clientWidth), height },
      latest.current,
      place,
    );
    plot.current = chart;
    const resized = new ResizeObserver(() => {
      const width = place.clientWidth;
      if (width > 0 && width !== chart.width) chart.setSize({ width, height });
    });
    resized.observe(place);
    return () => {
      resized.disconnect();
      chart.destroy();
      plot.current = null;
    };
  }, [makeOptions, height, scheme]);
  return box;
}
