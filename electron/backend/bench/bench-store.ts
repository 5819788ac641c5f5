// Finished benchmarks: the stated result in the database, the raw samples in a file beside it.
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchResult, benchResultSchema } from '../../../shared/contract/bench.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { fileError } from '../blob-store.ts';
import type { Database } from '../database.ts';

export interface BenchStore {
  /** Where the sidecar is to write the samples of a benchmark that is not finished. */
  makeDraft(id: string): Promise<string>;
  dropDraft(id: string): Promise<void>;
  /** Keeps the draft's samples and the result together. */
  keep(result: BenchResult): Promise<void>;
  /** Newest first. */
  list(): BenchResult[];
  /** @throws NOT_FOUND */
  get(id: string): BenchResult;
  /** @throws NOT_FOUND */
  remove(id: string): Promise<void>;
  /** File of the raw samples: float64, little-endian, milliseconds. */
  samplesPath(id: string): string;
}

export function createBenchStore(db: Database, dataDir: string): BenchStore {
  const folder = join(dataDir, 'bench');
  const samplesPath = (id: string): string => join(folder, `${id}.f64`);
  const draftPath = (id: string): string => `${samplesPath(id)}.part`;

  function get(id: string): BenchResult {
    const row = db.get('SELECT result FROM bench_result WHERE id = ?', id);
    if (row) return readRow(row);
    throw new AppError('NOT_FOUND', `There is no benchmark result ${id}.`, { details: { id } });
  }

  return {
    samplesPath,
    get,
    list: () => db.all('SELECT result FROM bench_result ORDER BY started_at_ms DESC, rowid DESC').map(readRow),
    makeDraft: async (id) => {
      await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
        throw fileError(error, folder);
      });
      return draftPath(id);
    },
    dropDraft: (id) => rm(draftPath(id), { force: true }),
    keep: async (result) => {
      await rename(draftPath(result.id), samplesPath(result.id));
      db.run(
        'INSERT INTO bench_result (id, model_name, model_version, started_at_ms, result) VALUES (?, ?, ?, ?, ?)',
        result.id,
        result.model.name,
        result.model.version,
        result.startedAtMs,
        JSON.stringify(result),
      );
    },
    remove: async (id) => {
      get(id);
      db.run('DELETE FROM bench_result WHERE id = ?', id);
      await rm(samplesPath(id), { force: true });
    },
  };
}

function readRow(row: Record<string, unknown>): BenchResult {
  return benchResultSchema.parse(JSON.parse(String(row['result'])));
}
