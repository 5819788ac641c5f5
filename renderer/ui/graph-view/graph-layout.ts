// Where the nodes of a graph stand and how its edges run: by dagre, or in plain layers where that would take too long.
import { Graph, layout } from '@dagrejs/dagre';

/** Sizes as width and height a node, edges as from and to; plain arrays of numbers, so that they go to a worker at once. */
export interface LayoutRequest {
  readonly sizes: Float32Array;
  readonly edges: Int32Array;
}

/** Centres of the nodes; the points of edge `e` are `points[offsets[e] … offsets[e + 1])`, x and y in turn. */
export interface GraphLayout {
  readonly xs: Float32Array;
  readonly ys: Float32Array;
  readonly points: Float32Array;
  readonly offsets: Int32Array;
}

const NODE_GAP = 18;
const LAYER_GAP = 34;
/** From here on the quicker ranking is taken; its edges are a little longer. */
const MANY_NODES = 600;

/** Takes a second or two for 2,000 nodes. */
export function layoutByDagre(request: LayoutRequest): GraphLayout {
  const { sizes, edges } = request;
  const count = sizes.length / 2;
  const graph = new Graph({ multigraph: true });
  graph.setGraph({
    rankdir: 'TB',
    nodesep: NODE_GAP,
    ranksep: LAYER_GAP,
    ranker: count > MANY_NODES ? 'tight-tree' : 'network-simplex',
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (let node = 0; node < count; node += 1) {
    graph.setNode(String(node), { width: sizes[2 * node] ?? 0, height: sizes[2 * node + 1] ?? 0 });
  }
  for (let edge = 0; edge < edges.length / 2; edge += 1) {
    graph.setEdge(String(edges[2 * edge]), String(edges[2 * edge + 1]), {}, String(edge));
  }
  layout(graph);
  const xs = new Float32Array(count);
  const ys = new Float32Array(count);
  for (let node = 0; node < count; node += 1) {
    const placed = graph.node(String(node)) as { x?: number; y?: number };
    xs[node] = placed.x ?? 0;
    ys[node] = placed.y ?? 0;
  }
  const lines: Array<ReadonlyArray<{ x: number; y: number }>> = [];
  for (let edge = 0; edge < edges.length / 2; edge += 1) {
    const label = graph.edge(String(edges[2 * edge]), String(edges[2 * edge + 1]), String(edge)) as {
      points?: ReadonlyArray<{ x: number; y: number }>;
    };
    lines.push(label.points ?? []);
  }
  return { xs, ys, ...packLines(lines) };
}

/** Layers by the longest path from a start, each in the order of its nodes; straight edges. Linear in the size of the graph. */
export function layoutInLayers(request: LayoutRequest): GraphLayout {
  const { sizes, edges } = request;
  const count = sizes.length / 2;
  const layers = layerOf(count, edges);
  const rows: number[][] = [];
  for (let node = 0; node < count; node += 1) (rows[layers[node] ?? 0] ??= []).push(node);
  const xs = new Float32Array(count);
  const ys = new Float32Array(count);
  let top = 0;
  for (const row of rows) {
    const widths = row.map((node) => sizes[2 * node] ?? 0);
    const height = Math.max(0, ...row.map((node) => sizes[2 * node + 1] ?? 0));
    let left = -(widths.reduce((sum, width) => sum + width, 0) + NODE_GAP * (row.length - 1)) / 2;
    row.forEach((node, index) => {
      const width = widths[index] ?? 0;
      xs[node] = left + width / 2;
      ys[node] = top + height / 2;
      left += width + NODE_GAP;
    });
    top += height + LAYER_GAP;
  }
  const lines = Array.from({ length: edges.length / 2 }, (_one, edge) => {
    const [from = 0, to = 0] = [edges[2 * edge], edges[2 * edge + 1]];
    return [
      { x: xs[from] ?? 0, y: (ys[from] ?? 0) + (sizes[2 * from + 1] ?? 0) / 2 },
      { x: xs[to] ?? 0, y: (ys[to] ?? 0) - (sizes[2 * to + 1] ?? 0) / 2 },
    ];
  });
  return { xs, ys, ...packLines(lines) };
}

/** Kahn's order; nodes on a cycle stay in the layer that they had reached. */
function layerOf(count: number, edges: Int32Array): Int32Array {
  const layers = new Int32Array(count);
  const waiting = new Int32Array(count);
  const next: number[][] = Array.from({ length: count }, () => []);
  for (let edge = 0; edge < edges.length; edge += 2) {
    const [from = 0, to = 0] = [edges[edge], edges[edge + 1]];
    next[from]?.push(to);
    waiting[to] = (waiting[to] ?? 0) + 1;
  }
  const ready = Array.from({ length: count }, (_one, node) => node).filter((node) => waiting[node] === 0);
  for (let at = 0; at < ready.length; at += 1) {
    const node = ready[at] ?? 0;
    for (const to of next[node] ?? []) {
      layers[to] = Math.max(layers[to] ?? 0, (layers[node] ?? 0) + 1);
      waiting[to] = (waiting[to] ?? 0) - 1;
      if (waiting[to] === 0) ready.push(to);
    }
  }
  return layers;
}

function packLines(
  lines: ReadonlyArray<ReadonlyArray<{ readonly x: number; readonly y: number }>>,
): Pick<GraphLayout, 'points' | 'offsets'> {
  const offsets = new Int32Array(lines.length + 1);
  lines.forEach((line, edge) => {
    offsets[edge + 1] = (offsets[edge] ?? 0) + line.length * 2;
  });
  const points = new Float32Array(offsets[lines.length] ?? 0);
  lines.forEach((line, edge) => {
    let at = offsets[edge] ?? 0;
    for (const { x, y } of line) {
      points[at] = x;
      points[at + 1] = y;
      at += 2;
    }
  });
  return { points, offsets };
}
