// Draws the part of a graph that is in sight: edges as one path, boxes by colour, labels only where they can be read.
import { type GraphLook, HEAT_STEPS } from './graph-look.ts';
import { itemsIn, nodeRect, type Scene } from './scene.ts';
import { READABLE_SCALE, type Size, type View, worldRect } from './view.ts';

export interface Marks {
  /** Step of heat by node; null: no times to show. 255: never run by itself. */
  readonly heat: Uint8Array | null;
  readonly selected: number | null;
  readonly hovered: number | null;
  /** Nodes that stand out; null: all alike. */
  readonly lit: ReadonlySet<number> | null;
}

/** A node without a time of its own. */
export const NO_HEAT = 255;

/** Kept between pictures, so that drawing makes no garbage. */
export interface DrawSpace {
  readonly nodes: Int32Array;
  readonly edges: Int32Array;
}

export function createDrawSpace(scene: Scene): DrawSpace {
  return { nodes: new Int32Array(scene.nodes.length), edges: new Int32Array(scene.layout.offsets.length) };
}

const ARROW_SCALE = 0.45;
const ROUND_SCALE = 0.4;
/** Below this a bent line looks like a straight one. */
const STRAIGHT_SCALE = 0.12;
const DIM_ALPHA = 0.28;

export function drawGraph(
  context: CanvasRenderingContext2D,
  scene: Scene,
  space: DrawSpace,
  frame: { readonly view: View; readonly size: Size; readonly ratio: number },
  look: GraphLook,
  marks: Marks,
): void {
  const { view, size, ratio } = frame;
  const seen = worldRect(view, size);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.globalAlpha = 1;
  context.fillStyle = look.ground;
  context.fillRect(0, 0, size.width * ratio, size.height * ratio);
  const { scale } = view;
  context.setTransform(scale * ratio, 0, 0, scale * ratio, view.left * ratio, view.top * ratio);
  const edgeCount = itemsIn(scene.edgeGrid, seen, space.edges);
  drawEdges(context, scene, space.edges, edgeCount, scale, look);
  const nodeCount = itemsIn(scene.nodeGrid, seen, space.nodes);
  drawBoxes(context, scene, space.nodes, nodeCount, scale, look, marks);
  if (scale >= READABLE_SCALE) drawLabels(context, scene, space.nodes, nodeCount, look, marks);
  outline(context, scene, marks.hovered, look.accent, 1.5 / scale);
  outline(context, scene, marks.selected, look.accent, 3 / scale);
}

function drawEdges(
  context: CanvasRenderingContext2D,
  scene: Scene,
  edges: Int32Array,
  count: number,
  scale: number,
  look: GraphLook,
): void {
  const { points, offsets } = scene.layout;
  const isStraight = scale < STRAIGHT_SCALE;
  context.beginPath();
  for (let at = 0; at < count; at += 1) {
    const edge = edges[at] ?? 0;
    const [start = 0, end = 0] = [offsets[edge], offsets[edge + 1]];
    if (end - start < 4) continue;
    context.moveTo(points[start] ?? 0, points[start + 1] ?? 0);
    if (!isStraight) for (let p = start + 2; p < end - 2; p += 2) context.lineTo(points[p] ?? 0, points[p + 1] ?? 0);
    context.lineTo(points[end - 2] ?? 0, points[end - 1] ?? 0);
  }
  context.strokeStyle = look.edge;
  context.lineWidth = Math.max(0.75, Math.min(1.5, scale * 1.4)) / scale;
  context.stroke();
  if (scale >= ARROW_SCALE) drawArrows(context, scene, edges, count, look);
}

function drawArrows(
  context: CanvasRenderingContext2D,
  scene: Scene,
  edges: Int32Array,
  count: number,
  look: GraphLook,
): void {
  const { points, offsets } = scene.layout;
  context.beginPath();
  for (let at = 0; at < count; at += 1) {
    const end = offsets[(edges[at] ?? 0) + 1] ?? 0;
    const [x = 0, y = 0] = [points[end - 2], points[end - 1]];
    context.moveTo(x, y);
    context.lineTo(x - 3.5, y - 6);
    context.lineTo(x + 3.5, y - 6);
    context.closePath();
  }
  context.fillStyle = look.edge;
  context.fill();
}

/** All boxes of one colour are one path. */
function drawBoxes(
  context: CanvasRenderingContext2D,
  scene: Scene,
  nodes: Int32Array,
  count: number,
  scale: number,
  look: GraphLook,
  marks: Marks,
): void {
  const { heat, lit } = marks;
  const isRound = scale >= ROUND_SCALE;
  for (const isLit of lit === null ? [true] : [false, true]) {
    context.globalAlpha = isLit ? 1 : DIM_ALPHA;
    // The step behind the last stands for boxes without heat.
    for (let step = 0; step <= HEAT_STEPS; step += 1) {
      let isEmpty = true;
      context.beginPath();
      for (let at = 0; at < count; at += 1) {
        const index = nodes[at] ?? 0;
        const own = heat?.[index] ?? NO_HEAT;
        if ((own === NO_HEAT ? HEAT_STEPS : own) !== step) continue;
        if (lit !== null && lit.has(index) !== isLit) continue;
        isEmpty = false;
        const box = nodeRect(scene.sizes, scene.layout, index);
        const [width, height] = [box.right - box.left, box.bottom - box.top];
        if (isRound) context.roundRect(box.left, box.top, width, height, scene.nodes[index]?.isEnd ? height / 2 : 5);
        else context.rect(box.left, box.top, width, height);
      }
      if (isEmpty) continue;
      context.fillStyle = look.heat[step]?.fill ?? look.node;
      context.fill();
      if (!isRound && scale < STRAIGHT_SCALE) continue;
      context.strokeStyle = look.border;
      context.lineWidth = 1 / Math.max(scale, 0.5);
      context.stroke();
    }
  }
  context.globalAlpha = 1;
}

function drawLabels(
  context: CanvasRenderingContext2D,
  scene: Scene,
  nodes: Int32Array,
  count: number,
  look: GraphLook,
  marks: Marks,
): void {
  const { heat, lit } = marks;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const isFirst of [true, false]) {
    context.font = isFirst ? `600 11.5px ${look.font}` : `10px ${look.font}`;
    for (let at = 0; at < count; at += 1) {
      const index = nodes[at] ?? 0;
      const node = scene.nodes[index];
      const text = isFirst ? node?.first : node?.second;
      if (!node || !text) continue;
      const step = heat?.[index] ?? NO_HEAT;
      context.globalAlpha = lit !== null && !lit.has(index) ? DIM_ALPHA : isFirst || step !== NO_HEAT ? 1 : 0.85;
      context.fillStyle = look.heat[step]?.text ?? look.text;
      const shift = node.second === '' ? 0 : isFirst ? -7 : 8;
      context.fillText(text, scene.layout.xs[index] ?? 0, (scene.layout.ys[index] ?? 0) + shift);
    }
  }
  context.globalAlpha = 1;
}

function outline(
  context: CanvasRenderingContext2D,
  scene: Scene,
  index: number | null,
  color: string,
  width: number,
): void {
  if (index === null || index >= scene.nodes.length) return;
  const box = nodeRect(scene.sizes, scene.layout, index);
  context.beginPath();
  context.roundRect(box.left, box.top, box.right - box.left, box.bottom - box.top, 5);
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}
