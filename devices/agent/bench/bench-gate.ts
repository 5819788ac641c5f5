// All that an agent holds of benchmarks while none was ever asked for: a few bytes. The rest is loaded with the first request.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BenchDeskParts } from './bench-desk.ts';
import { sweepBenchLeases } from './bench-sweep.ts';

export interface BenchGate {
  /** Answers paths from `/v1/bench` on. */
  handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void>;
  /** Ends a running benchmark because a transaction begins. @throws DEVICE_BUSY while an exclusive one is held */
  makeWay(): Promise<void>;
  /** Ends what runs and lends nothing any more. */
  close(): Promise<void>;
}

/** Ends what an agent before this one left, and opens the desk when somebody comes. */
export function createBenchGate(parts: BenchDeskParts): BenchGate {
  sweepBenchLeases(parts.root);
  let opening: Promise<BenchGate> | null = null;

  async function open(): Promise<BenchGate> {
    const { createBenchRoutes } = await import('./bench-routes.ts');
    return createBenchRoutes(parts);
  }

  return {
    handle: async (request, response, url) => {
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
