// What part of the graph is seen: a scale and an offset, and how moves change them.
import type { Rect } from './scene.ts';

/** A point of the world at `x * scale + left`, `y * scale + top` on the canvas. */
export interface View {
  readonly scale: number;
  readonly left: number;
  readonly top: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const LEAST_SCALE = 0.01;
const MOST_SCALE = 3;
const MARGIN = 24;
/** Fitted views do not enlarge, and those of long graphs stay readable. */
const FIT_SCALE = 1;
export const READABLE_SCALE = 0.62;

export function zoomAt(view: View, factor: number, x: number, y: number): View {
  const scale = Math.min(MOST_SCALE, Math.max(LEAST_SCALE, view.scale * factor));
  const ratio = scale / view.scale;
  return { scale, left: x - (x - view.left) * ratio, top: y - (y - view.top) * ratio };
}

export function panBy(view: View, dx: number, dy: number): View {
  return { ...view, left: view.left + dx, top: view.top + dy };
}

/** The whole of `bounds`, in the middle. */
export function fitView(bounds: Rect, size: Size): View {
  const width = Math.max(1, bounds.right - bounds.left);
  const height = Math.max(1, bounds.bottom - bounds.top);
  const scale = Math.min(
    FIT_SCALE,
    Math.max(LEAST_SCALE, Math.min((size.width - 2 * MARGIN) / width, (size.height - 2 * MARGIN) / height)),
  );
  return centeredOn(bounds, scale, size);
}

/** The whole where that can be read, else the top of the graph, around `topX`, at a scale that can. */
export function firstView(bounds: Rect, topX: number, size: Size): View {
  const whole = fitView(bounds, size);
  if (whole.scale >= READABLE_SCALE) return whole;
  const scale = 0.8;
  return { scale, left: size.width / 2 - topX * scale, top: MARGIN - bounds.top * scale };
}

/** The same scale, with the middle of `rect` in the middle; never too small to read. */
export function centeredOn(rect: Rect, scale: number, size: Size): View {
  return {
    scale,
    left: size.width / 2 - ((rect.left + rect.right) / 2) * scale,
    top: size.height / 2 - ((rect.top + rect.bottom) / 2) * scale,
  };
}

export function worldRect(view: View, size: Size): Rect {
  return {
    left: -view.left / view.scale,
    top: -view.top / view.scale,
    right: (size.width - view.left) / view.scale,
    bottom: (size.height - view.top) / view.scale,
  };
}
