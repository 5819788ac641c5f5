// A graph on a canvas that is panned, zoomed and pointed at, outside of React: one picture a frame at most.
import { createDrawSpace, type DrawSpace, drawGraph, type Marks } from './draw-graph.ts';
import type { GraphLook } from './graph-look.ts';
import { nodeAt, nodeRect, type Scene } from './scene.ts';
import { centeredOn, firstView, fitView, panBy, READABLE_SCALE, type View, zoomAt } from './view.ts';

export interface GraphCanvasOptions {
  readonly onSelect: (index: number | null) => void;
  /** The node under the pointer and the pointer's place on the canvas; null: none. */
  readonly onHover: (hover: { readonly index: number; readonly x: number; readonly y: number } | null) => void;
  /** Told how long each picture took to draw, in ms. */
  readonly onDrawn?: (ms: number) => void;
}

export interface GraphCanvas {
  setScene(scene: Scene): void;
  setLook(look: GraphLook): void;
  setMarks(marks: Omit<Marks, 'hovered'>): void;
  fit(): void;
  zoomBy(factor: number): void;
  panBy(dx: number, dy: number): void;
  /** Brings the nodes into the middle; enlarges where they could not be read. */
  show(indices: readonly number[]): void;
  destroy(): void;
}

const CLICK_PX = 4;
const WHEEL_ZOOM = 0.0016;
const LINE_PX = 16;
/** Several nodes are shown with some of what stands around them. */
const AROUND = 0.8;

export function createGraphCanvas(canvas: HTMLCanvasElement, options: GraphCanvasOptions): GraphCanvas {
  const context = canvas.getContext('2d', { alpha: false });
  let scene: Scene | null = null;
  let space: DrawSpace | null = null;
  let look: GraphLook | null = null;
  let marks: Marks = { heat: null, selected: null, hovered: null, lit: null };
  let view: View = { scale: 1, left: 0, top: 0 };
  let isPlaced = false;
  let frame = 0;
  const size = () => ({ width: canvas.clientWidth, height: canvas.clientHeight });

  const draw = () => {
    frame = 0;
    if (!context || !scene || !space || !look) return;
    const before = performance.now();
    drawGraph(context, scene, space, { view, size: size(), ratio: devicePixelRatio }, look, marks);
    options.onDrawn?.(performance.now() - before);
  };
  const redraw = () => {
    if (frame === 0) frame = requestAnimationFrame(draw);
  };
  const moveTo = (next: View) => {
    view = next;
    redraw();
  };
  const place = () => {
    if (isPlaced || !scene || canvas.clientWidth === 0) return;
    isPlaced = true;
    view = firstView(scene.bounds, topOf(scene), size());
  };
  const resize = () => {
    const { width, height } = size();
    canvas.width = Math.round(width * devicePixelRatio);
    canvas.height = Math.round(height * devicePixelRatio);
    place();
    // At once: an emptied canvas would flash.
    cancelAnimationFrame(frame);
    draw();
  };
  const pointed = (event: PointerEvent | WheelEvent) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const hit = (x: number, y: number): number | null =>
    scene ? nodeAt(scene, (x - view.left) / view.scale, (y - view.top) / view.scale) : null;

  let drag: { x: number; y: number; isMoving: boolean } | null = null;
  const setHovered = (index: number | null, x: number, y: number) => {
    options.onHover(index === null ? null : { index, x, y });
    canvas.style.cursor = index === null ? 'grab' : 'pointer';
    if (index === marks.hovered) return;
    marks = { ...marks, hovered: index };
    redraw();
  };
  const onDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    drag = { ...pointed(event), isMoving: false };
    canvas.setPointerCapture(event.pointerId);
  };
  const onMove = (event: PointerEvent) => {
    const { x, y } = pointed(event);
    if (!drag) {
      setHovered(hit(x, y), x, y);
      return;
    }
    if (!drag.isMoving && Math.hypot(x - drag.x, y - drag.y) < CLICK_PX) return;
    moveTo(panBy(view, x - drag.x, y - drag.y));
    drag = { x, y, isMoving: true };
    setHovered(null, x, y);
    canvas.style.cursor = 'grabbing';
  };
  const onUp = (event: PointerEvent) => {
    if (drag && !drag.isMoving) options.onSelect(hit(drag.x, drag.y));
    drag = null;
    const { x, y } = pointed(event);
    setHovered(hit(x, y), x, y);
  };
  const onCancel = () => {
    drag = null;
  };
  const onLeave = () => {
    if (!drag) setHovered(null, 0, 0);
  };
  const onWheel = (event: WheelEvent) => {
    event.preventDefault();
    const { x, y } = pointed(event);
    const delta = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE_PX : event.deltaY;
    moveTo(zoomAt(view, Math.exp(-delta * WHEEL_ZOOM), x, y));
  };
  canvas.addEventListener('pointerdown', onDown);
  canvas.addEventListener('pointermove', onMove);
  canvas.addEventListener('pointerup', onUp);
  canvas.addEventListener('pointercancel', onCancel);
  canvas.addEventListener('pointerleave', onLeave);
  canvas.addEventListener('wheel', onWheel, { passive: false });
  const resized = new ResizeObserver(resize);
  resized.observe(canvas);

  return {
    setScene(next) {
      scene = next;
      space = createDrawSpace(next);
      isPlaced = false;
      place();
      redraw();
    },
    setLook(next) {
      look = next;
      redraw();
    },
    setMarks(next) {
      marks = { ...next, hovered: marks.hovered };
      redraw();
    },
    fit() {
      if (scene) moveTo(fitView(scene.bounds, size()));
    },
    zoomBy(factor) {
      const { width, height } = size();
      moveTo(zoomAt(view, factor, width / 2, height / 2));
    },
    panBy: (dx, dy) => moveTo(panBy(view, dx, dy)),
    show(indices) {
      if (!scene || indices.length === 0) return;
      const { sizes, layout } = scene;
      const boxes = indices.map((index) => nodeRect(sizes, layout, index));
      const around = {
        left: Math.min(...boxes.map((box) => box.left)),
        top: Math.min(...boxes.map((box) => box.top)),
        right: Math.max(...boxes.map((box) => box.right)),
        bottom: Math.max(...boxes.map((box) => box.bottom)),
      };
      const whole = fitView(around, size());
      const scale = boxes.length > 1 ? whole.scale * AROUND : Math.max(view.scale, READABLE_SCALE + 0.1);
      isPlaced = true;
      moveTo(centeredOn(around, scale, size()));
    },
    destroy() {
      cancelAnimationFrame(frame);
      resized.disconnect();
      canvas.removeEventListener('pointerdown', onDown);
      canvas.removeEventListener('pointermove', onMove);
      canvas.removeEventListener('pointerup', onUp);
      canvas.removeEventListener('pointercancel', onCancel);
      canvas.removeEventListener('pointerleave', onLeave);
      canvas.removeEventListener('wheel', onWheel);
    },
  };
}

/** The horizontal middle of the topmost node. */
function topOf({ layout }: Scene): number {
  const top = layout.ys.reduce((best, y, index) => (y < (layout.ys[best] ?? 0) ? index : best), 0);
  return layout.xs[top] ?? 0;
}
