// One telemetry sample of a device: what the agent reads every second. Missing values are null and say why in `sensors`.
import * as z from 'zod/mini';

/** Why a value is there or not; never a fake 0. */
export const sensorStateSchema = z.enum(['ok', 'off', 'unsupported', 'unprivileged', 'error', 'stale']);
export type SensorState = z.infer<typeof sensorStateSchema>;

const nullableNumber = z.nullable(z.number());

export const gpuSampleSchema = z.object({
  name: z.string(),
  /** Busy share, 0–1. */
  utilization: nullableNumber,
  frequencyHz: nullableNumber,
  memoryUsedBytes: nullableNumber,
  memoryTotalBytes: nullableNumber,
  temperatureC: nullableNumber,
  powerW: nullableNumber,
});
export type GpuSample = z.infer<typeof gpuSampleSchema>;

/** Counters are since the start of the agent for the served release; latencies are of the last 60 s. */
export const inferenceSampleSchema = z.object({
  releaseId: z.nullable(z.string()),
  model: z.nullable(z.string()),
  version: z.nullable(z.string()),
  isReady: z.boolean(),
  requestsTotal: z.int(),
  errorsTotal: z.int(),
  inFlight: z.int(),
  /** Requests per second over the last 5 s. */
  requestsPerS: z.number(),
  p50Ms: nullableNumber,
  p95Ms: nullableNumber,
  p99Ms: nullableNumber,
  workerRestarts: z.int(),
  workerRssBytes: nullableNumber,
});
export type InferenceSample = z.infer<typeof inferenceSampleSchema>;

export const sampleSchema = z.object({
  /** Counts up by one per tick since the agent started; a hole is a missed tick. */
  seq: z.int(),
  /** Device wall clock, milliseconds since the epoch. */
  timeMs: z.number(),
  /** Device monotonic clock since boot, milliseconds. */
  monotonicMs: z.number(),
  cpu: z.object({
    /** Busy share of all cores over the last tick, 0–1; null on the first tick. */
    utilization: nullableNumber,
    perCore: z.array(nullableNumber),
    frequencyHz: nullableNumber,
    load1: nullableNumber,
    /** Share of the last tick in which some task waited for a CPU (PSI), 0–1. */
    pressure: nullableNumber,
  }),
  memory: z.object({
    totalBytes: nullableNumber,
    availableBytes: nullableNumber,
    swapUsedBytes: nullableNumber,
    pressure: nullableNumber,
    oomKillsTotal: nullableNumber,
  }),
  disk: z.object({
    /** Of the file system that holds the Lineside root. */
    totalBytes: nullableNumber,
    availableBytes: nullableNumber,
    readBytesPerS: nullableNumber,
    writtenBytesPerS: nullableNumber,
    pressure: nullableNumber,
  }),
  network: z.object({ receivedBytesPerS: nullableNumber, sentBytesPerS: nullableNumber }),
  gpus: z.array(gpuSampleSchema),
  temperatures: z.array(z.object({ zone: z.string(), celsius: z.number() })),
  powerW: nullableNumber,
  uptimeS: nullableNumber,
  inference: inferenceSampleSchema,
  agent: z.object({
    /** Share of one core, 0–1, over the last tick; null on the first tick. */
    cpu: nullableNumber,
    rssBytes: z.number(),
    /** How late this tick came after its due time. */
    tickLateMs: z.number(),
    missedTicks: z.int(),
    collectMs: z.number(),
  }),
  /** State of each source, by its name: cpu, memory, disk, network, gpu, temperature, power, pressure. */
  sensors: z.record(z.string(), sensorStateSchema),
});
export type Sample = z.infer<typeof sampleSchema>;
