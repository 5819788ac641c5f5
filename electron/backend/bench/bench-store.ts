// Finished measurements: the stated result in the database, the raw samples in a file beside it.
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BenchResult } from '../../../shared/contract/bench-result.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import { fileError } from '../blob-store.ts';
import type { Database } from '../database.ts';
import { OWNED, removeLeftovers } from './leftovers.ts';
import { readStoredResult } from './upgrade-result.ts';

/** Raw samples of a measurement that goes on: float64, little-endian, milliseconds. */
export interface SampleDraft {
  append(bytes: Uint8Array): Promise<void>;
  /** Closes the file; unless the result was kept, the samples are gone. Safe to call twice. */
  drop(): Promise<void>;
}

export interface BenchStore {
  /** @throws FILE_UNREADABLE, LOCAL_DISK_FULL */
  makeDraft(id: string): Promise<SampleDraft>;
  /** Keeps the draft's samples and the result together; `also` is written in the same transaction. */
  keep(result: BenchResult, draft: SampleDraft, also: () => void): Promise<void>;
  /** Newest first. */
  list(): BenchResult[];
  /** @throws NOT_FOUND */
  get(id: string): BenchResult;
  find(id: string): BenchResult | null;
  /** Those that belong to no run: of the time before there were runs. Newest first. */
  listWithoutRun(): BenchResult[];
  /** @throws NOT_FOUND */
  remove(id: string): Promise<void>;
  /** File of the raw samples. */
  samplesPath(id: string): string;
}

export function createBenchStore(db: Database, dataDir: string): BenchStore {
  const folder = join(dataDir, 'bench');
  const samplesPath = (id: string): string => join(folder, `${id}.f64`);
  const draftPath = (id: string): string => `${samplesPath(id)}.part${OWNED}`;

  function find(id: string): BenchResult | null {
    const row = db.get('SELECT result FROM bench_result WHERE id = ?', id);
    return row ? readRow(row) : null;
  }

  function get(id: string): BenchResult {
    const result = find(id);
    if (result) return result;
    throw new AppError('NOT_FOUND', `There is no benchmark result ${id}.`, { details: { id } });
  }

  return {
    samplesPath,
    find,
    get,
    list: () => db.all('SELECT result FROM bench_result ORDER BY started_at_ms DESC, rowid DESC').map(readRow),
    listWithoutRun: () =>
      db
        .all('SELECT result FROM bench_result WHERE run_id IS NULL ORDER BY started_at_ms DESC, rowid DESC')
        .map(readRow),
    makeDraft: async (id) => {
      const path = draftPath(id);
      const failed = (error: unknown): never => {
        throw fileError(error, path);
      };
      await mkdir(folder, { recursive: true, mode: 0o700 }).catch(failed);
      await removeLeftovers(folder).catch(failed);
      const file = await open(path, 'wx', 0o600).catch(failed);
      let isOpen = true;
      return {
        append: (bytes) => file.writeFile(bytes).catch(failed),
        drop: async () => {
          if (isOpen) await file.close();
          isOpen = false;
          await rm(path, { force: true });
        },
      };
    },
    keep: async (result, draft, also) => {
      const path = samplesPath(result.id);
      await rename(draftPath(result.id), path).catch((error: unknown) => {
        throw fileError(error, path);
      });
      await draft.drop();
      db.transaction(() => {
        db.run(
          'INSERT INTO bench_result (id, model_name, model_version, started_at_ms, result, run_id) VALUES (?, ?, ?, ?, ?, ?)',
          result.id,
          result.model.name,
          result.model.version,
          result.startedAtMs,
          JSON.stringify(result),
          result.runId,
        );
        also();
      });
    },
    remove: async (id) => {
      get(id);
      db.run('DELETE FROM bench_result WHERE id = ?', id);
      await rm(samplesPath(id), { force: true });
    },
  };
}

function readRow(row: Record<string, unknown>): BenchResult {
  return readStoredResult(JSON.parse(String(row['result'])));
}
