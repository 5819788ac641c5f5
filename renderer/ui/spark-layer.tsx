// All sparklines of a table on one canvas that lies over its column; draws only the rows in sight.
import { useEffect, useRef } from 'react';
import type { Viewport } from './data-table.tsx';
import { readToken, useScheme } from './scheme.ts';
import styles from './spark-layer.module.css';

/** @param columnId the column that the lines are drawn in @param valuesOf shares 0–1, oldest first; null breaks the line */
export function SparkLayer<Row>(props: {
  viewport: Viewport<Row>;
  columnId: string;
  valuesOf: (row: Row) => readonly (number | null)[];
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scheme = useScheme();
  const { viewport, columnId, valuesOf } = props;
  useEffect(() => {
    const { scroller } = viewport;
    const surface = canvas.current;
    if (!scroller || !surface) return undefined;
    let frame = 0;
    const draw = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => drawLines(surface, scroller, columnId, viewport, valuesOf));
    };
    draw();
    scroller.addEventListener('scroll', draw, { passive: true });
    const resized = new ResizeObserver(draw);
    resized.observe(scroller);
    return () => {
      cancelAnimationFrame(frame);
      scroller.removeEventListener('scroll', draw);
      resized.disconnect();
    };
  }, [viewport, columnId, valuesOf, scheme]);
  return <canvas ref={canvas} className={styles['layer']} aria-hidden="true" />;
}

const PAD_Y = 10;

function drawLines<Row>(
  surface: HTMLCanvasElement,
  scroller: HTMLElement,
  columnId: string,
  viewport: Viewport<Row>,
  valuesOf: (row: Row) => readonly (number | null)[],
): void {
  const head = scroller.querySelector<HTMLElement>(`[data-column="${columnId}"]`);
  const context = surface.getContext('2d');
  if (!head || !context) return;
  const place = scroller.getBoundingClientRect();
  const column = head.getBoundingClientRect();
  const header = head.parentElement?.getBoundingClientRect();
  const headerHeight = header ? header.height + 1 : 0;
  const width = column.width;
  const height = Math.max(0, scroller.clientHeight - headerHeight);
  const ratio = devicePixelRatio;
  surface.style.left = `${column.left - place.left}px`;
  surface.style.top = `${headerHeight}px`;
  surface.style.width = `${width}px`;
  surface.style.height = `${height}px`;
  surface.width = Math.round(width * ratio);
  surface.height = Math.round(height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.lineWidth = 1.25;
  context.lineJoin = 'round';
  context.strokeStyle = readToken('--chart-1');
  context.fillStyle = readToken('--line');
  for (const { row, top } of viewport.rows) {
    drawLine(context, valuesOf(row), top - scroller.scrollTop, viewport.rowHeight, width);
  }
}

const POINTS = 60;

function drawLine(
  context: CanvasRenderingContext2D,
  values: readonly (number | null)[],
  top: number,
  rowHeight: number,
  width: number,
): void {
  if (values.length === 0) return;
  const base = top + rowHeight - PAD_Y;
  const span = rowHeight - 2 * PAD_Y;
  context.fillRect(0, base + 0.5, width, 1);
  const step = width / (POINTS - 1);
  const first = POINTS - values.length;
  context.beginPath();
  let isDown = false;
  values.forEach((value, index) => {
    if (value === null) {
      isDown = false;
      return;
    }
    const x = (first + index) * step;
    const y = base - Math.min(1, Math.max(0, value)) * span;
    if (isDown) context.lineTo(x, y);
    else context.moveTo(x, y);
    isDown = true;
  });
  context.stroke();
}
