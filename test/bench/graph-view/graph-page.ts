/** Runs in the browser: the console's own graph canvas over a generated graph, panned and zoomed by events, frame by frame. */
import { largeGraph } from '../../../renderer/preview/fixtures/graphs.ts';
import { createGraphCanvas } from '../../../renderer/ui/graph-view/graph-canvas.ts';
import { layoutByDagre } from '../../../renderer/ui/graph-view/graph-layout.ts';
import { HEAT_STEPS, readLook } from '../../../renderer/ui/graph-view/graph-look.ts';
import { createScene, drawingOf } from '../../../renderer/ui/graph-view/scene.ts';

export interface GraphRun {
  readonly nodes: number;
  readonly edges: number;
  readonly layoutMs: number;
  /** Between two frames, in ms. */
  readonly frames: number[];
  /** Of each picture, in ms. */
  readonly draws: number[];
}

/** What one frame of the script does: a wheel turn at the middle, or a drag. */
type Move = { readonly wheel: number } | { readonly dx: number; readonly dy: number };

/** Zooms out to the whole graph, in to single nodes, and pans across at three scales. */
function script(frame: number, count: number): Move {
  const part = (frame / count) * 6;
  if (part < 1) return { wheel: 60 };
  if (part < 2) return { dx: Math.sin(part * 20) * 6, dy: -4 };
  if (part < 3) return { wheel: -55 };
  if (part < 4) return { dx: Math.sin(part * 20) * 14, dy: -28 };
  if (part < 5) return { wheel: part < 4.5 ? 50 : -50 };
  return { dx: 22, dy: -22 };
}

export async function runGraph(count: number, seconds: number): Promise<GraphRun> {
  const surface = document.querySelector('canvas');
  if (!surface) throw new Error('The page has no canvas.');
  const graph = largeGraph(count);
  const drawing = drawingOf(graph);
  const before = performance.now();
  const layout = layoutByDagre(drawing.request);
  const layoutMs = performance.now() - before;
  const draws: number[] = [];
  const view = createGraphCanvas(surface, {
    onSelect: () => undefined,
    onHover: () => undefined,
    onDrawn: (ms) => draws.push(ms),
  });
  view.setLook(readLook());
  view.setScene(createScene(drawing, layout));
  const heat = Uint8Array.from(drawing.nodes, (_node, index) => index % HEAT_STEPS);
  view.setMarks({ heat, selected: 7, lit: null });
  await nextFrame();
  draws.length = 0;

  const frames: number[] = [];
  const total = seconds * 60;
  const middle = { clientX: surface.clientWidth / 2, clientY: surface.clientHeight / 2, bubbles: true };
  let last = await nextFrame();
  const end = last + seconds * 1000;
  for (let frame = 0; last < end; frame += 1) {
    const move = script(Math.min(frame, total - 1), total);
    if ('wheel' in move)
      surface.dispatchEvent(new WheelEvent('wheel', { ...middle, deltaY: move.wheel, cancelable: true }));
    else view.panBy(move.dx, move.dy);
    const now = await nextFrame();
    frames.push(now - last);
    last = now;
  }
  view.destroy();
  return { nodes: graph.nodes.length, edges: graph.edges.length, layoutMs, frames, draws };
}

function nextFrame(): Promise<number> {
  return new Promise((resolve) => requestAnimationFrame(resolve));
}

Object.assign(window, { runGraph });
