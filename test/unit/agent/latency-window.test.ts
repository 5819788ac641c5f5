// Latency quantiles in logarithmic buckets, against exact ones.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLatencyWindow } from '../../../devices/agent/inference/latency-window.ts';

describe('createLatencyWindow', () => {
  it('is within 1 % of the exact quantile', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.02, max: 50_000, noNaN: true }), { minLength: 100, maxLength: 400 }),
        (latencies) => {
          const window = createLatencyWindow(() => 1_000_000);
          for (const latency of latencies) window.record(latency);
          const sorted = [...latencies].sort((a, b) => a - b);
          const { p50Ms, p95Ms, p99Ms } = window.quantiles();
          for (const [got, share] of [
            [p50Ms, 0.5],
            [p95Ms, 0.95],
            [p99Ms, 0.99],
          ] as const) {
            const exact = sorted[Math.ceil(share * sorted.length) - 1] as number;
            // Half a microsecond of rounding on top of the 1 %.
            expect(Math.abs((got as number) - exact)).toBeLessThanOrEqual(exact * 0.0101 + 0.0006);
          }
        },
      ),
    );
  });

  it('gives no quantile that too few requests back', () => {
    const window = createLatencyWindow(() => 0);
    expect(window.quantiles()).toEqual({ p50Ms: null, p95Ms: null, p99Ms: null });
    for (let request = 0; request < 20; request += 1) window.record(5);
    const { p50Ms, p95Ms, p99Ms } = window.quantiles();
    expect(p50Ms).not.toBeNull();
    expect(p95Ms).not.toBeNull();
    expect(p99Ms).toBeNull();
  });

  it('forgets what is older than a minute and counts the rate over five whole seconds', () => {
    let now = 500;
    const window = createLatencyWindow(() => now);
    expect(window.requestsPerS()).toBe(0);
    for (let request = 0; request < 50; request += 1) window.record(10);
    now = 1_500;
    expect(window.requestsPerS()).toBe(10);
    now = 7_000;
    expect(window.requestsPerS()).toBe(0);
    now = 50_000;
    for (let request = 0; request < 30; request += 1) window.record(1000);
    expect(window.quantiles().p50Ms).toBeCloseTo(10, 0);
    now = 66_000;
    expect((window.quantiles().p50Ms ?? 0) / 1000).toBeCloseTo(1, 1);
    now = 200_000;
    expect(window.quantiles().p50Ms).toBeNull();
  });
});
