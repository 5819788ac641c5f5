// Event files for TensorBoard: a folder for each configuration, so that each is a run there. Writing again replaces the same files.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchResult } from '../../../../shared/contract/bench-result.ts';
import { type EventHistogram, type ScalarEvent, valueRecord, versionRecord } from './event-records.ts';
import type { ExportSource } from './export-source.ts';
import { readSamples } from './raw-samples.ts';
import { writeError, writeInPlace } from './write-file.ts';

const BUCKETS = 60;

/** Gives the bytes written. @throws FILE_WRITE_FAILED, LOCAL_DISK_FULL, FILE_NOT_FOUND */
export async function writeTensorBoard({ results, samplesPath }: ExportSource, folder: string): Promise<number> {
  let sizeBytes = 0;
  const taken = new Set<string>();
  for (const result of results) {
    const name = runName(result);
    const own = join(folder, taken.has(name) ? `${name}_${result.id.slice(0, 8)}` : name);
    taken.add(name);
    await mkdir(own, { recursive: true }).catch((error: unknown) => {
      throw writeError(error, own);
    });
    // The reader goes by `tfevents` in the name; the second and the id keep two results apart.
    const file = join(own, `events.out.tfevents.${Math.floor(result.startedAtMs / 1000)}.lineside.${result.id}`);
    sizeBytes += await writeInPlace(file, records(result, samplesPath(result.id)));
  }
  return sizeBytes;
}

/** `digits-1_laptop_cpu_t1_b8_all_single-stream`: what a person would call the configuration. */
function runName({ model, machine, options }: BenchResult): string {
  const { provider, threads, batch, level, scenario } = options;
  const parts = [
    `${model.name}-${model.version}`,
    machine.name,
    provider,
    `t${threads}`,
    `b${batch}`,
    level,
    scenario.kind,
  ];
  return parts
    .map((part) => part.replaceAll(/[^A-Za-z0-9.+-]/g, '-'))
    .join('_')
    .slice(0, 200);
}

async function* records(result: BenchResult, samplesPath: string): AsyncGenerator<Uint8Array> {
  const { startedAtMs, latencyMs, seconds } = result;
  yield versionRecord(startedAtMs);
  const at = (tag: string, value: number | EventHistogram | null, step = 0, wallTimeMs = startedAtMs): Uint8Array[] =>
    value === null ? [] : [valueRecord({ wallTimeMs, step, tag, value } satisfies ScalarEvent)];
  for (const { percentile, valueMs, signOffMs } of latencyMs.percentiles) {
    yield* at(`latency/p${percentile}_ms`, valueMs);
    yield* at(`latency/p${percentile}_sign_off_ms`, signOffMs);
  }
  yield* at('throughput/items_per_s', result.throughputPerS);
  yield* at('memory/peak_rss_mb', result.peakRssBytes / 1e6);
  yield* at('memory/model_rss_mb', result.modelRssBytes / 1e6);
  for (const [step, second] of seconds.entries()) {
    const wallTimeMs = startedAtMs + second.timeMs;
    yield* at('over_time/p50_ms', second.p50Ms, step, wallTimeMs);
    yield* at('over_time/p95_ms', second.p95Ms, step, wallTimeMs);
    yield* at('over_time/max_ms', second.maxMs, step, wallTimeMs);
    yield* at('over_time/clock_mhz', second.clockMHz, step, wallTimeMs);
    yield* at('over_time/temperature_c', second.temperatureC, step, wallTimeMs);
    yield* at('over_time/power_w', second.powerW, step, wallTimeMs);
  }
  yield* at('latency/distribution_ms', await histogramOf(samplesPath, result));
}

/** Of all raw samples, in buckets of equal ratio, which show the tail as well as the middle. */
async function histogramOf(path: string, { latencyMs }: BenchResult): Promise<EventHistogram | null> {
  let [min, max, count, sum, sumOfSquares] = [Number.POSITIVE_INFINITY, 0, 0, 0, 0];
  const counts = new Float64Array(BUCKETS);
  // Buckets of the steady part's range; what lies outside of it (the warm-up) falls into the first or the last one.
  const low = Math.log(Math.max(latencyMs.min, 1e-6));
  const width = Math.max((Math.log(Math.max(latencyMs.max, 1e-6)) - low) / BUCKETS, 1e-9);
  for await (const piece of readSamples(path)) {
    for (const value of piece) {
      min = Math.min(min, value);
      max = Math.max(max, value);
      count += 1;
      sum += value;
      sumOfSquares += value * value;
      const bucket = Math.floor((Math.log(Math.max(value, 1e-6)) - low) / width);
      const index = Math.min(BUCKETS - 1, Math.max(0, bucket));
      counts[index] = (counts[index] ?? 0) + 1;
    }
  }
  if (count === 0) return null;
  // Edges ascend even where thinning left the largest call out of the samples.
  const edge = (index: number): number => {
    const upper = Math.exp(low + (index + 1) * width);
    return index === BUCKETS - 1 ? Math.max(max, upper) : upper;
  };
  const buckets = Array.from(counts, (inBucket, index) => ({ limit: edge(index), count: inBucket }));
  return { min, max, count, sum, sumOfSquares, buckets };
}
