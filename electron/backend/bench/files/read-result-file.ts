// Reads a result file back, in pieces and within bounds: whatever the file is, the answer is results or one clear sentence.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as z from 'zod/mini';
import type { BenchRow } from '../../../../shared/contract/bench.ts';
import type { BenchResult } from '../../../../shared/contract/bench-result.ts';
import { AppError } from '../../../../shared/errors/app-error.ts';
import { fileError } from '../../blob-store.ts';
import { sampleBytes } from './raw-samples.ts';
import { fileResultSchema, RESULT_FILE_SCHEMA, resultFileSchema, schemaVersion } from './result-schema.ts';
import { createSampleScanner, type SampleScanner } from './sample-scanner.ts';

export interface StoredResult {
  readonly result: BenchResult;
  /** All raw samples that were kept, in order of time. */
  readonly samplesMs: Float64Array;
  /** False when the samples are not those that were exported. */
  readonly hasOriginalSamples: boolean;
}

export interface StoredResults {
  /** Version of Lineside that wrote the file. */
  readonly lineside: string;
  readonly exportedAtMs: number;
  readonly rows: readonly BenchRow[];
  /** At least one. */
  readonly results: readonly StoredResult[];
}

/** Far above what a long sweep takes (a result without its samples is at most about half a megabyte). */
const MAX_TEXT = 64 << 20;
const MAX_SAMPLES = 32_000_000;
const DIGEST_SLICE = 1 << 18;

/** Results are checked one by one. */
const partsSchema = z.extend(resultFileSchema, { results: z.array(z.unknown()) });

/**
 * @throws FILE_NOT_FOUND, FILE_UNREADABLE; BASELINE_INVALID for what is not JSON, another kind of file, of a newer Lineside, without
 *   results, too large, or with a field missing
 */
export async function readResultFile(path: string): Promise<StoredResults> {
  const { text, samples } = await scan(path);
  const content = parse(path, text);
  checkSchema(path, content);
  const parts = partsSchema.safeParse(content);
  if (!parts.success) throw invalid(path, whereItFails(parts.error));
  if (parts.data.results.length === 0) throw invalid(path, 'it holds no results (every row of its run failed)');
  if (samples.length !== parts.data.results.length) throw invalid(path, 'a result in it lacks its raw samples');
  const results: StoredResult[] = [];
  for (const [index, value] of parts.data.results.entries()) {
    const parsed = fileResultSchema.safeParse(value);
    if (!parsed.success) throw invalid(path, whereItFails(parsed.error, `results[${index}]`));
    const { samplesMs: _emptied, samplesSha256, ...result } = parsed.data;
    const samplesMs = samples[index] ?? new Float64Array();
    if (samplesMs.length === 0) throw invalid(path, 'a result in it lacks its raw samples');
    results.push({ result, samplesMs, hasOriginalSamples: (await digest(samplesMs)) === samplesSha256 });
  }
  const { lineside, exportedAtMs, rows } = parts.data;
  return { lineside, exportedAtMs, rows, results };
}

async function scan(path: string): Promise<ReturnType<SampleScanner['end']>> {
  const scanner = createSampleScanner();
  try {
    const info = await stat(path);
    if (!info.isFile() && !info.isDirectory()) throw invalid(path, 'it is no regular file');
    let isFirst = true;
    for await (const chunk of createReadStream(path, { encoding: 'utf8' }) as AsyncIterable<string>) {
      const text = isFirst ? chunk.replace(/^\uFEFF/, '') : chunk;
      // A film or an archive is refused before it is read to its end.
      if (isFirst && !/^\s*\{/.test(text)) throw invalid(path, 'it is not JSON');
      isFirst = false;
      scanner.push(text);
      if (scanner.keptLength > MAX_TEXT || scanner.sampleCount > MAX_SAMPLES)
        throw invalid(path, 'it is larger than any file of results that Lineside writes');
    }
    return scanner.end();
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(path, `it is damaged: ${error.message}`, error);
    throw fileError(error, path);
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(path, 'it is not JSON, or was cut short', error);
  }
}

function checkSchema(path: string, content: unknown): void {
  const id: unknown =
    typeof content === 'object' && content !== null && 'schema' in content ? content.schema : undefined;
  if (id === RESULT_FILE_SCHEMA) return;
  const version = schemaVersion(id);
  if (version === null) throw invalid(path, `its "schema" is not "${RESULT_FILE_SCHEMA}"`);
  throw invalid(path, `it was written by a newer Lineside (${String(id)}); this one reads ${RESULT_FILE_SCHEMA}`);
}

function whereItFails(error: z.core.$ZodError, base = ''): string {
  const [first] = error.issues;
  const steps = (first?.path ?? []).map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  return `its field ${(base + steps.join('')).replace(/^\./, '')} is missing or not as documented`;
}

/** In slices of some milliseconds. */
async function digest(samples: Float64Array): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < samples.length; at += DIGEST_SLICE) {
    hash.update(sampleBytes(samples.subarray(at, at + DIGEST_SLICE)));
    await nextTurn();
  }
  return hash.digest('hex');
}

function invalid(path: string, reason: string, cause?: unknown): AppError {
  return new AppError('BASELINE_INVALID', `${path} cannot be used as benchmark results: ${reason}.`, {
    details: { path },
    cause,
  });
}
