// All that an agent holds of benchmarks while none was ever asked for: a few bytes. The rest is loaded with the first request.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BenchDesk, BenchDeskParts } from './bench-desk.ts';
import { sweepBenchLeases } from './bench-sweep.ts';

/** Ends what an agent before this one left, and opens the desk when somebody comes. */
export function createBenchGate(parts: BenchDeskParts): BenchDesk {
  sweepBenchLeases(parts.root);
  let opening: Promise<BenchDesk> | null = null;

  async function open(): Promise<BenchDesk> {
    const { createBenchDesk } = await import('./bench-desk.ts');
    return createBenchDesk(parts);
  }

  return {
    handle: async (request: IncomingMessage, response: ServerResponse, url: URL) => {
      opening ??= open();
      await (await opening).handle(request, response, url);
    },
    makeWay: async () => {
      await (await opening)?.makeWay();
    },
    close: async () => {
      await (await opening)?.close();
    },
  };
}
