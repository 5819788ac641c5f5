// The worker that lays a graph out, so that the page goes on meanwhile.
import { type GraphLayout, type LayoutRequest, layoutByDagre, layoutInLayers } from './graph-layout.ts';

export interface LayoutTask {
  readonly request: LayoutRequest;
  readonly isPlain: boolean;
}

self.addEventListener('message', (event: MessageEvent<LayoutTask>) => {
  const { request, isPlain } = event.data;
  const answer: GraphLayout = isPlain ? layoutInLayers(request) : layoutByDagre(request);
  self.postMessage(answer);
});
