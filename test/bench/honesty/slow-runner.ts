// The sidecar with every measured call made longer by a share of its own time: a slowdown of known size.
import { parseArgs } from 'node:util';
import { serveRunner } from '../../../devices/runtime/runner/serve-runner.ts';

const { values } = parseArgs({ options: { slowdown: { type: 'string', default: '0' } } });
const share = Number(values.slowdown);

/** Waits after the call for `share` of what it took, by the clock. */
function slowed(call: () => void): () => void {
  return () => {
    const startMs = performance.now();
    call();
    const endMs = startMs + (performance.now() - startMs) * (1 + share);
    while (performance.now() < endMs);
  };
}

await serveRunner({ wrapCall: slowed });
