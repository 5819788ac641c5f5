// The graph as it is drawn: boxes and lines in world units, and a grid that finds the few of them in sight.
import type { ModelGraph } from '../../../shared/contract/models.ts';
import type { GraphLayout, LayoutRequest } from './graph-layout.ts';

export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface SceneNode {
  readonly first: string;
  readonly second: string;
  /** An input or an output of the whole graph. */
  readonly isEnd: boolean;
}

/** What is drawn, before anyone knows where: nodes of the model first, then the ends of the graph. */
export interface Drawing {
  readonly nodes: readonly SceneNode[];
  readonly request: LayoutRequest;
}

export interface Scene {
  readonly nodes: readonly SceneNode[];
  readonly sizes: Float32Array;
  readonly layout: GraphLayout;
  readonly bounds: Rect;
  readonly nodeGrid: Grid;
  readonly edgeGrid: Grid;
}

/** Lists of items by cell. */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly left: number;
  readonly top: number;
  readonly cells: ReadonlyArray<readonly number[]>;
  /** Marks what a search has met already. */
  readonly seen: Uint32Array;
  searches: number;
}

const CELL = 360;
const CHAR_WIDTH = 6.5;
const PAD = 20;
const LEAST_WIDTH = 64;
const MOST_CHARS = 26;
const HEIGHT = 38;
const END_HEIGHT = 26;

/** The last part of a scoped name, shortened in front. */
function shortName(name: string): string {
  const parts = name.split('/').filter((part) => part !== '');
  const text = parts.slice(-2).join('/');
  return text.length > MOST_CHARS ? `…${text.slice(1 - MOST_CHARS)}` : text;
}

export function drawingOf(graph: ModelGraph): Drawing {
  const nodes: SceneNode[] = graph.nodes.map((node) => ({
    first: node.opType,
    second: shortName(node.name),
    isEnd: false,
  }));
  const ends = new Map<string, number>();
  const endOf = (side: 'in' | 'out', tensor: string): number => {
    const key = `${side} ${tensor}`;
    const known = ends.get(key);
    if (known !== undefined) return known;
    ends.set(key, nodes.length);
    nodes.push({ first: shortName(tensor), second: '', isEnd: true });
    return nodes.length - 1;
  };
  const edges = graph.edges.flatMap((edge) => [
    edge.from < 0 ? endOf('in', edge.tensor) : edge.from,
    edge.to < 0 ? endOf('out', edge.tensor) : edge.to,
  ]);
  const sizes = nodes.flatMap((node) => [
    Math.max(LEAST_WIDTH, Math.max(node.first.length, node.second.length) * CHAR_WIDTH + PAD),
    node.isEnd ? END_HEIGHT : HEIGHT,
  ]);
  return { nodes, request: { sizes: Float32Array.from(sizes), edges: Int32Array.from(edges) } };
}

export function createScene(drawing: Drawing, layout: GraphLayout): Scene {
  const { nodes, request } = drawing;
  const { sizes } = request;
  let [left, top, right, bottom] = [0, 0, 1, 1];
  nodes.forEach((_node, index) => {
    const box = nodeRect(sizes, layout, index);
    if (index === 0) [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
    left = Math.min(left, box.left);
    top = Math.min(top, box.top);
    right = Math.max(right, box.right);
    bottom = Math.max(bottom, box.bottom);
  });
  const bounds = { left, top, right, bottom };
  const nodeGrid = createGrid(bounds, nodes.length);
  nodes.forEach((_node, index) => addToGrid(nodeGrid, index, nodeRect(sizes, layout, index)));
  const edgeCount = layout.offsets.length - 1;
  const edgeGrid = createGrid(bounds, edgeCount);
  for (let edge = 0; edge < edgeCount; edge += 1) {
    const end = layout.offsets[edge + 1] ?? 0;
    for (let at = layout.offsets[edge] ?? 0; at + 3 < end; at += 2) {
      addToGrid(edgeGrid, edge, segmentRect(layout.points, at));
    }
  }
  return { nodes, sizes, layout, bounds, nodeGrid, edgeGrid };
}

export function nodeRect(sizes: Float32Array, layout: GraphLayout, index: number): Rect {
  const [x = 0, y = 0] = [layout.xs[index], layout.ys[index]];
  const [width = 0, height = 0] = [sizes[2 * index], sizes[2 * index + 1]];
  return { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 };
}

function segmentRect(points: Float32Array, at: number): Rect {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = [points[at], points[at + 1], points[at + 2], points[at + 3]];
  return { left: Math.min(x1, x2), top: Math.min(y1, y2), right: Math.max(x1, x2), bottom: Math.max(y1, y2) };
}

function createGrid(bounds: Rect, count: number): Grid {
  const columns = Math.max(1, Math.ceil((bounds.right - bounds.left) / CELL));
  const rows = Math.max(1, Math.ceil((bounds.bottom - bounds.top) / CELL));
  return {
    columns,
    rows,
    left: bounds.left,
    top: bounds.top,
    cells: Array.from({ length: columns * rows }, () => []),
    seen: new Uint32Array(count),
    searches: 0,
  };
}

function eachCell(grid: Grid, rect: Rect, visit: (cell: number[]) => void): void {
  const clamp = (value: number, most: number) => Math.min(most - 1, Math.max(0, Math.floor(value / CELL)));
  const firstColumn = clamp(rect.left - grid.left, grid.columns);
  const lastColumn = clamp(rect.right - grid.left, grid.columns);
  const lastRow = clamp(rect.bottom - grid.top, grid.rows);
  for (let row = clamp(rect.top - grid.top, grid.rows); row <= lastRow; row += 1) {
    for (let column = firstColumn; column <= lastColumn; column += 1) {
      visit(grid.cells[row * grid.columns + column] as number[]);
    }
  }
}

function addToGrid(grid: Grid, item: number, rect: Rect): void {
  eachCell(grid, rect, (cell) => {
    if (cell.at(-1) !== item) cell.push(item);
  });
}

/** Items with a part in one of the cells that the rectangle touches, each once, into `into`; returns how many. */
export function itemsIn(grid: Grid, rect: Rect, into: Int32Array): number {
  grid.searches += 1;
  const { searches, seen } = grid;
  let count = 0;
  eachCell(grid, rect, (cell) => {
    for (const item of cell) {
      if (seen[item] === searches) continue;
      seen[item] = searches;
      into[count] = item;
      count += 1;
    }
  });
  return count;
}

/** The node at a place, or null. */
export function nodeAt(scene: Scene, x: number, y: number): number | null {
  const found = new Int32Array(scene.nodes.length);
  const count = itemsIn(scene.nodeGrid, { left: x, top: y, right: x, bottom: y }, found);
  for (let at = 0; at < count; at += 1) {
    const index = found[at] ?? 0;
    const box = nodeRect(scene.sizes, scene.layout, index);
    if (x >= box.left && x <= box.right && y >= box.top && y <= box.bottom) return index;
  }
  return null;
}
