// Latency quantiles of the last minute in logarithmic buckets (relative error 1 %), and the request rate of the last seconds.

/** Relative error of every quantile (DDSketch's alpha). */
const ALPHA = 0.01;
const LOG_GAMMA = Math.log((1 + ALPHA) / (1 - ALPHA));
/** Bucket 0 holds everything up to 10 us, the last one everything above 100 s. */
const LOWEST_MS = 0.01;
const HIGHEST_MS = 100_000;
const BUCKETS = Math.ceil(Math.log(HIGHEST_MS / LOWEST_MS) / LOG_GAMMA) + 1;
const SLOT_MS = 5_000;
const SLOTS = 12;
const RATE_SECONDS = 5;
/** Below these counts a quantile would be a guess. */
const ENOUGH = { p50: 3, p95: 20, p99: 100 } as const;

export interface LatencyQuantiles {
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

export interface LatencyWindow {
  record(latencyMs: number): void;
  quantiles(): LatencyQuantiles;
  /** Mean over the last five whole seconds. */
  requestsPerS(): number;
  reset(): void;
}

function bucketOf(latencyMs: number): number {
  if (!(latencyMs > LOWEST_MS)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(latencyMs / LOWEST_MS) / LOG_GAMMA));
}

/** The value within alpha of everything in the bucket. */
function valueOf(bucket: number): number {
  return (LOWEST_MS * 2 * Math.exp(bucket * LOG_GAMMA)) / (1 + Math.exp(LOG_GAMMA));
}

/** `nowMs`: a monotonic clock. */
export function createLatencyWindow(nowMs: () => number): LatencyWindow {
  // One histogram for each five seconds, and their sum, so that a quantile walks one array.
  const slots = Array.from({ length: SLOTS }, () => new Uint32Array(BUCKETS));
  const sum = new Uint32Array(BUCKETS);
  const perSecond = new Uint32Array(RATE_SECONDS + 1);
  let count = 0;
  let slotNumber = Math.floor(nowMs() / SLOT_MS);
  let second = Math.floor(nowMs() / 1000);

  function advance(): void {
    const now = nowMs();
    const wantedSlot = Math.floor(now / SLOT_MS);
    for (let step = Math.min(SLOTS, wantedSlot - slotNumber); step > 0; step -= 1) {
      const old = slots[(wantedSlot - step + 1) % SLOTS] as Uint32Array;
      if (count === 0) continue;
      for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
        const dropped = old[bucket] as number;
        if (dropped === 0) continue;
        sum[bucket] = (sum[bucket] as number) - dropped;
        count -= dropped;
        old[bucket] = 0;
      }
    }
    slotNumber = wantedSlot;
    const wantedSecond = Math.floor(now / 1000);
    for (let step = Math.min(perSecond.length, wantedSecond - second); step > 0; step -= 1) {
      perSecond[(wantedSecond - step + 1) % perSecond.length] = 0;
    }
    second = wantedSecond;
  }

  function quantile(share: number, enough: number): number | null {
    if (count < enough) return null;
    const rank = Math.ceil(share * count);
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += sum[bucket] as number;
      if (seen >= rank) return Math.round(valueOf(bucket) * 1000) / 1000;
    }
    return null;
  }

  return {
    record(latencyMs) {
      advance();
      const bucket = bucketOf(latencyMs);
      const slot = slots[slotNumber % SLOTS] as Uint32Array;
      slot[bucket] = (slot[bucket] as number) + 1;
      sum[bucket] = (sum[bucket] as number) + 1;
      count += 1;
      const index = second % perSecond.length;
      perSecond[index] = (perSecond[index] as number) + 1;
    },
    quantiles() {
      advance();
      return {
        p50Ms: quantile(0.5, ENOUGH.p50),
        p95Ms: quantile(0.95, ENOUGH.p95),
        p99Ms: quantile(0.99, ENOUGH.p99),
      };
    },
    requestsPerS() {
      advance();
      // The second that is still running would make the rate jump.
      let total = 0;
      for (let ago = 1; ago <= RATE_SECONDS; ago += 1)
        total += perSecond[(second - ago + perSecond.length) % perSecond.length] as number;
      return total / RATE_SECONDS;
    },
    reset() {
      for (const slot of slots) slot.fill(0);
      sum.fill(0);
      perSecond.fill(0);
      count = 0;
    },
  };
}
