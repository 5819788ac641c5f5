// The documented result file, `lineside.bench/1`: what is in it, as schemas that both the writer and the reader hold to.
import * as z from 'zod/mini';
import { benchRowSchema, benchRunSchema } from '../../../../shared/contract/bench.ts';
import { benchResultSchema } from '../../../../shared/contract/bench-result.ts';

const SCHEMA_FAMILY = 'lineside.bench/';
const SCHEMA_VERSION = 1;
/** Raised when a reader of the older version would misread a newer file; fields that are only added leave it as it is. */
export const RESULT_FILE_SCHEMA = `${SCHEMA_FAMILY}${SCHEMA_VERSION}` as const;

/** One result with all raw samples that were kept, in order of time. */
export const fileResultSchema = z.extend(benchResultSchema, {
  samplesMs: z.array(z.number()),
  samplesSha256: z.string(),
});

export const resultFileSchema = z.object({
  schema: z.literal(RESULT_FILE_SCHEMA),
  lineside: z.string(),
  exportedAtMs: z.number(),
  run: z.nullable(z.omit(benchRunSchema, { rows: true })),
  rows: z.array(benchRowSchema),
  results: z.array(fileResultSchema),
});
export type ResultFile = z.infer<typeof resultFileSchema>;

/** Version of the file by its schema id; null when the id is of something else. */
export function schemaVersion(id: unknown): number | null {
  if (typeof id !== 'string' || !id.startsWith(SCHEMA_FAMILY)) return null;
  const version = Number(id.slice(SCHEMA_FAMILY.length));
  return Number.isInteger(version) && version > 0 ? version : null;
}
