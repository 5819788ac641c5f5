// The layout of a graph, made in a worker and bounded in time.
import { useEffect, useState } from 'react';
import type { GraphLayout, LayoutRequest } from './graph-layout.ts';
import type { LayoutTask } from './graph-layout-worker.ts';

/** Beyond these the layers are taken at once. */
const MOST_NODES = 6000;
const MOST_EDGES = 12_000;
const PATIENCE_MS = 12_000;

/** Null while it is being made. */
export function useGraphLayout(request: LayoutRequest): GraphLayout | null {
  const [made, setMade] = useState<{ request: LayoutRequest; layout: GraphLayout } | null>(null);
  useEffect(() => {
    const isHuge = request.sizes.length / 2 > MOST_NODES || request.edges.length / 2 > MOST_EDGES;
    const done = (layout: GraphLayout) => setMade({ request, layout });
    let stop = startLayout({ request, isPlain: isHuge }, done, () => {
      // What dagre cannot lay out is still drawn.
      if (!isHuge) startPlain();
    });
    const startPlain = () => {
      stop();
      stop = startLayout({ request, isPlain: true }, done, () => undefined);
    };
    const timer = setTimeout(() => {
      if (!isHuge) startPlain();
    }, PATIENCE_MS);
    const finish = () => {
      clearTimeout(timer);
      stop();
    };
    return finish;

    function startLayout(task: LayoutTask, onDone: (layout: GraphLayout) => void, onError: () => void): () => void {
      const worker = new Worker(new URL('./graph-layout-worker.ts', import.meta.url), { type: 'module' });
      worker.addEventListener('message', (event: MessageEvent<GraphLayout>) => {
        clearTimeout(timer);
        onDone(event.data);
        worker.terminate();
      });
      worker.addEventListener('error', onError);
      worker.postMessage(task);
      return () => worker.terminate();
    }
  }, [request]);
  return made?.request === request ? made.layout : null;
}
