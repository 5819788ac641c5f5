/** The graph view's geometry: layout, the grid that finds what is in sight, moves of the view. */
import { describe, expect, it } from 'vitest';
import { largeGraph, mobilenetGraph } from '../../../renderer/preview/fixtures/graphs.ts';
import { layoutByDagre, layoutInLayers } from '../../../renderer/ui/graph-view/graph-layout.ts';
import { HEAT_STEPS, heatStep } from '../../../renderer/ui/graph-view/graph-look.ts';
import { createScene, drawingOf, itemsIn, nodeAt, nodeRect, type Rect } from '../../../renderer/ui/graph-view/scene.ts';
import { fitView, panBy, worldRect, zoomAt } from '../../../renderer/ui/graph-view/view.ts';

const SIZE = { width: 800, height: 600 };
const drawing = drawingOf(mobilenetGraph());
const scene = createScene(drawing, layoutByDagre(drawing.request));

function overlaps(a: Rect, b: Rect): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

describe('drawing', () => {
  it('adds one end for each input and output of the graph, behind the nodes', () => {
    const graph = mobilenetGraph();
    expect(drawing.nodes.length).toBe(graph.nodes.length + 2);
    expect(drawing.nodes.slice(-2).map((node) => [node.first, node.isEnd])).toEqual([
      ['input', true],
      ['logits', true],
    ]);
    expect(drawing.request.edges.length).toBe(graph.edges.length * 2);
    expect(Math.min(...drawing.request.edges)).toBe(0);
  });
});

describe.each([
  { name: 'dagre', layout: layoutByDagre },
  { name: 'layers', layout: layoutInLayers },
])('layout by $name', ({ layout }) => {
  it('puts every node below those that it needs, and none upon another', () => {
    const graph = drawingOf(largeGraph(120));
    const made = layout(graph.request);
    const { edges, sizes } = graph.request;
    for (let edge = 0; edge < edges.length; edge += 2) {
      expect(made.ys[edges[edge + 1] ?? 0]).toBeGreaterThan(made.ys[edges[edge] ?? 0] ?? 0);
    }
    const boxes = graph.nodes.map((_node, index) => nodeRect(sizes, made, index));
    const clashes = boxes.filter((box, index) => boxes.some((other, at) => at > index && overlaps(box, other)));
    expect(clashes).toEqual([]);
    expect(made.offsets.length).toBe(edges.length / 2 + 1);
  });
});

describe('a graph with a circle', () => {
  it('is still laid out in layers', () => {
    const request = { sizes: Float32Array.from([50, 20, 50, 20]), edges: Int32Array.from([0, 1, 1, 0]) };
    expect(layoutInLayers(request).xs.length).toBe(2);
  });
});

describe('culling', () => {
  const found = new Int32Array(scene.nodes.length);

  it('finds every node that touches the rectangle, each once', () => {
    const rect = { left: scene.bounds.left, top: 300, right: scene.bounds.right, bottom: 700 };
    const count = itemsIn(scene.nodeGrid, rect, found);
    const hits = [...found.slice(0, count)];
    expect(new Set(hits).size).toBe(count);
    const wanted = scene.nodes.flatMap((_node, index) =>
      overlaps(nodeRect(scene.sizes, scene.layout, index), rect) ? [index] : [],
    );
    expect(wanted.length).toBeGreaterThan(2);
    expect(wanted.filter((index) => !hits.includes(index))).toEqual([]);
    expect(count).toBeLessThan(scene.nodes.length);
  });

  it('finds the node at a place and nothing beside it', () => {
    const box = nodeRect(scene.sizes, scene.layout, 5);
    expect(nodeAt(scene, (box.left + box.right) / 2, (box.top + box.bottom) / 2)).toBe(5);
    expect(nodeAt(scene, scene.bounds.left - 50, scene.bounds.top - 50)).toBeNull();
  });
});

describe('view', () => {
  const view = { scale: 0.5, left: 40, top: -20 };

  it('keeps the place under the pointer when it zooms', () => {
    const before = worldRect(view, { width: 100, height: 80 });
    const zoomed = zoomAt(view, 1.7, 100, 80);
    const after = worldRect(zoomed, { width: 100, height: 80 });
    expect(after.right).toBeCloseTo(before.right);
    expect(after.bottom).toBeCloseTo(before.bottom);
    expect(zoomed.scale).toBeCloseTo(0.85);
  });

  it('has its limits', () => {
    expect(zoomAt(view, 1e9, 0, 0).scale).toBe(3);
    expect(zoomAt(view, 1e-9, 0, 0).scale).toBe(0.01);
  });

  it('shows the whole graph when it is fitted', () => {
    const seen = worldRect(fitView(scene.bounds, SIZE), SIZE);
    expect(seen.left).toBeLessThanOrEqual(scene.bounds.left);
    expect(seen.bottom).toBeGreaterThanOrEqual(scene.bounds.bottom);
    expect(panBy(view, 10, -5)).toEqual({ scale: 0.5, left: 50, top: -25 });
  });
});

describe('heat', () => {
  it('rises with the time and ends at the last step', () => {
    expect(heatStep(0, 8)).toBe(0);
    expect(heatStep(8, 8)).toBe(HEAT_STEPS - 1);
    expect(heatStep(2, 8)).toBeGreaterThan(heatStep(1, 8));
  });
});
