// Counts the requests of the routed release by outcome; nothing here knows how they are carried out.
import { createLatencyWindow, type LatencyQuantiles } from './latency-window.ts';

export interface RequestCounters {
  readonly requestsTotal: number;
  /** Requests that failed through our fault (5xx). A sender's own mistakes (4xx) are requests, not errors. */
  readonly errorsTotal: number;
  answered(status: number, latencyMs: number): void;
  quantiles(): LatencyQuantiles;
  requestsPerS(): number;
  reset(): void;
}

/** `nowMs`: a monotonic clock. */
export function createRequestCounters(nowMs: () => number): RequestCounters {
  const window = createLatencyWindow(nowMs);
  let requestsTotal = 0;
  let errorsTotal = 0;
  return {
    get requestsTotal() {
      return requestsTotal;
    },
    get errorsTotal() {
      return errorsTotal;
    },
    answered(status, latencyMs) {
      requestsTotal += 1;
      if (status >= 500) errorsTotal += 1;
      window.record(latencyMs);
    },
    quantiles: () => window.quantiles(),
    requestsPerS: () => window.requestsPerS(),
    reset() {
      requestsTotal = 0;
      errorsTotal = 0;
      window.reset();
    },
  };
}
