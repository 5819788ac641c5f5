// The layout of a graph, made in a worker, bounded in time, and kept for as long as the graph is.
import { useEffect, useState } from 'react';
import type { GraphLayout, LayoutRequest } from './graph-layout.ts';
import type { LayoutTask } from './graph-layout-worker.ts';

/** Beyond these the layers are taken at once. */
const MOST_NODES = 6000;
const MOST_EDGES = 12_000;
const PATIENCE_MS = 12_000;

const layouts = new WeakMap<object, GraphLayout>();

/** Null while it is being made. @param graph what the layout is kept under */
export function useGraphLayout(graph: object, request: LayoutRequest): GraphLayout | null {
  const [, setMade] = useState<GraphLayout | null>(null);
  useEffect(() => {
    if (layouts.has(graph)) return undefined;
    return layOut(request, (layout) => {
      layouts.set(graph, layout);
      setMade(layout);
    });
  }, [graph, request]);
  return layouts.get(graph) ?? null;
}

/** By dagre; in plain layers where that fails or takes too long. Returns the function that stops it. */
function layOut(request: LayoutRequest, onDone: (layout: GraphLayout) => void): () => void {
  const isHuge = request.sizes.length / 2 > MOST_NODES || request.edges.length / 2 > MOST_EDGES;
  let worker = startWorker({ request, isPlain: isHuge });
  const timer = setTimeout(startPlain, PATIENCE_MS);
  return stop;

  function startWorker(task: LayoutTask): Worker {
    const started = new Worker(new URL('./graph-layout-worker.ts', import.meta.url), { type: 'module' });
    started.addEventListener('message', (event: MessageEvent<GraphLayout>) => {
      stop();
      onDone(event.data);
    });
    started.addEventListener('error', () => {
      if (!task.isPlain) startPlain();
    });
    started.postMessage(task);
    return started;
  }

  function startPlain(): void {
    stop();
    worker = startWorker({ request, isPlain: true });
  }

  function stop(): void {
    clearTimeout(timer);
    worker.terminate();
  }
}
