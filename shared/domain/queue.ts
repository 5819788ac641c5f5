// Requests that arrive by themselves: a queue before one model, and the highest rate that it answers within a latency limit.
import { seededRandom } from './random.ts';
import { quantileOfSorted, sorted } from './statistics-order.ts';

/** Simulated requests; the first tenth, in which the queue fills, is not counted. */
const REQUESTS = 60_000;
const FILLING = REQUESTS / 10;
/** Service times are drawn in stretches of so many consecutive calls, so that slow calls that come in bursts still do. */
const STRETCH = 50;
/** Halvings of the range of rates: far finer than the simulation is sure. */
const HALVINGS = 24;
/** A service time of nothing would allow any rate. */
const SHORTEST_MS = 1e-6;

/**
 * Latency of each request from its arrival to its answer, in ms: one server, first come, first served (Lindley 1952, The Theory of
 * Queues with a Single Server). `arrivalsMs` ascends; `serviceMs` holds one time for each arrival.
 */
export function queueLatencies(serviceMs: Float64Array, arrivalsMs: Float64Array): Float64Array {
  const latencies = new Float64Array(arrivalsMs.length);
  let freeMs = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < latencies.length; i++) {
    const arrivalMs = arrivalsMs[i] ?? 0;
    freeMs = Math.max(arrivalMs, freeMs) + (serviceMs[i] ?? 0);
    latencies[i] = freeMs - arrivalMs;
  }
  return latencies;
}

/** Times in [0, durationMs) of a Poisson process with this rate, ascending. `random` gives uniform numbers in [0, 1). */
export function poissonArrivals(ratePerS: number, durationMs: number, random: () => number): Float64Array {
  const arrivals: number[] = [];
  const meanMs = 1000 / ratePerS;
  for (let timeMs = gap(random) * meanMs; timeMs < durationMs; timeMs += gap(random) * meanMs) arrivals.push(timeMs);
  return Float64Array.from(arrivals);
}

export interface PeakRateInput {
  /** Measured calls, in order of time. */
  readonly serviceMs: Float64Array;
  /** For the latency from the arrival. */
  readonly limitMs: number;
  /** Which percentile of the latency must stay within the limit, as 99. */
  readonly percentile: number;
  readonly seed: number;
}

/**
 * The highest rate of Poisson arrivals, in requests a second, at which the percentile of the latency stays within the limit; null when
 * a call alone takes too long. Simulated with the measured calls as service times; the same arrivals, stretched, serve for every rate,
 * so that a lower rate can never look worse and halving the range is right.
 */
export function predictPeakRate({ serviceMs, limitMs, percentile, seed }: PeakRateInput): number | null {
  if (serviceMs.length === 0 || quantileOfSorted(sorted(serviceMs), percentile / 100) > limitMs) return null;
  const random = seededRandom(seed);
  const service = resampled(serviceMs, random);
  const gaps = Float64Array.from({ length: REQUESTS }, () => gap(random));
  const allowedLate = Math.floor((REQUESTS - FILLING) * (1 - percentile / 100) + 1e-9);
  const isMet = (ratePerS: number): boolean => countLate(service, gaps, 1000 / ratePerS, limitMs) <= allowedLate;
  let total = 0;
  for (const value of service) total += value;
  // At this rate the model is always at work and the queue never ends.
  let high = (1000 * REQUESTS) / Math.max(total, SHORTEST_MS * REQUESTS);
  let low = 0;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (isMet(middle)) low = middle;
    else high = middle;
  }
  return low > 0 ? low : null;
}

/** Stretches of the measured calls from random places, end to end. */
function resampled(serviceMs: Float64Array, random: () => number): Float64Array {
  const stretch = Math.min(STRETCH, serviceMs.length);
  const places = serviceMs.length - stretch + 1;
  const service = new Float64Array(REQUESTS);
  for (let at = 0; at < REQUESTS; at += stretch) {
    const from = Math.floor(random() * places);
    service.set(serviceMs.subarray(from, from + Math.min(stretch, REQUESTS - at)), at);
  }
  return service;
}

function countLate(serviceMs: Float64Array, gaps: Float64Array, meanGapMs: number, limitMs: number): number {
  let late = 0;
  let waitMs = 0;
  for (let i = 0; i < REQUESTS; i++) {
    const latencyMs = waitMs + (serviceMs[i] ?? 0);
    if (latencyMs > limitMs && i >= FILLING) late += 1;
    waitMs = Math.max(0, latencyMs - (gaps[i] ?? 0) * meanGapMs);
  }
  return late;
}

/** Exponential with mean 1. */
function gap(random: () => number): number {
  return -Math.log(1 - random());
}
