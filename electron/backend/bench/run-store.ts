// Runs and their rows in the database, so that what was measured outlives whatever ends the run, and a run that was cut off is told as such.
import * as z from 'zod/mini';
import { type BenchRow, type BenchRun, benchRowSchema } from '../../../shared/contract/bench.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../database.ts';
import { isProcessAlive } from '../process-alive.ts';

const settingsSchema = z.object({
  hasNoiseFloor: z.boolean(),
  callTimeoutMs: z.number(),
});
/** What holds for all rows of a run and is not among their options. */
export type RunSettings = z.infer<typeof settingsSchema>;

export interface RunStore {
  /** Keeps a run that this process works on from now on. */
  add(run: BenchRun, settings: RunSettings): void;
  saveRow(runId: string, row: BenchRow): void;
  /** This process stops working on the run: rows that are under way wait again. */
  release(runId: string): void;
  /** Takes up an interrupted run. @throws NOT_FOUND, INPUT_INVALID when it is worked on, or when nothing of it is left to do */
  claim(runId: string): { run: BenchRun; settings: RunSettings };
  /** Newest first. */
  list(): BenchRun[];
  find(runId: string): BenchRun | null;
  remove(runId: string): void;
}

export function createRunStore(db: Database): RunStore {
  /** Runs of this very process: its id alone would also fit one that came before it under the same id. */
  const own = new Set<string>();

  function read(record: Record<string, unknown>): BenchRun {
    const id = String(record['id']);
    const rows = db
      .all('SELECT row FROM bench_row WHERE run_id = ? ORDER BY row_index', id)
      .map(({ row }) => benchRowSchema.parse(JSON.parse(String(row))));
    const pid = record['owner_pid'];
    const isOwned = typeof pid === 'number' && (pid === process.pid ? own.has(id) : isProcessAlive(pid));
    const isFinished = rows.every(({ state }) => state === 'done' || state === 'failed');
    return {
      id,
      startedAtMs: Number(record['started_at_ms']),
      finishedAtMs: isOwned || record['finished_at_ms'] === null ? null : Number(record['finished_at_ms']),
      state: isOwned ? 'running' : isFinished ? 'done' : 'interrupted',
      rows: isOwned ? rows : rows.map(resting),
    };
  }

  function find(runId: string): BenchRun | null {
    const record = db.get('SELECT * FROM bench_run WHERE id = ?', runId);
    return record ? read(record) : null;
  }

  function saveRow(runId: string, row: BenchRow): void {
    db.run(
      'INSERT INTO bench_row (run_id, row_index, row) VALUES (?, ?, ?) ON CONFLICT (run_id, row_index) DO UPDATE SET row = excluded.row',
      runId,
      row.index,
      JSON.stringify(row),
    );
  }

  return {
    find,
    saveRow,
    add: (run, settings) => {
      own.add(run.id);
      db.transaction(() => {
        db.run(
          'INSERT INTO bench_run (id, started_at_ms, owner_pid, settings) VALUES (?, ?, ?, ?)',
          run.id,
          run.startedAtMs,
          process.pid,
          JSON.stringify(settings),
        );
        for (const row of run.rows) saveRow(run.id, row);
      });
    },
    release: (runId) => {
      own.delete(runId);
      db.transaction(() => {
        for (const row of find(runId)?.rows ?? []) saveRow(runId, row);
        db.run('UPDATE bench_run SET owner_pid = NULL, finished_at_ms = ? WHERE id = ?', Date.now(), runId);
      });
    },
    claim: (runId) =>
      db.transaction(() => {
        const run = find(runId);
        if (run === null) throw noSuchRun(runId);
        if (run.state === 'running')
          throw new AppError('INPUT_INVALID', 'This run is being worked on; wait for it or cancel it first.');
        if (run.state === 'done')
          throw new AppError('INPUT_INVALID', 'Every row of this run has its result or its reason; start a new run.');
        own.add(runId);
        db.run('UPDATE bench_run SET owner_pid = ?, finished_at_ms = NULL WHERE id = ?', process.pid, runId);
        const settings = db.get('SELECT settings FROM bench_run WHERE id = ?', runId)?.['settings'];
        return { run: { ...run, state: 'running' }, settings: settingsSchema.parse(JSON.parse(String(settings))) };
      }),
    list: () => db.all('SELECT * FROM bench_run ORDER BY started_at_ms DESC, rowid DESC').map(read),
    remove: (runId) => {
      db.run('DELETE FROM bench_run WHERE id = ?', runId);
    },
  };
}

/** A row that nobody works on any more is to be measured again. */
function resting(row: BenchRow): BenchRow {
  return row.state === 'running' ? { ...row, state: 'waiting' } : row;
}

export function noSuchRun(id: string): AppError {
  return new AppError('NOT_FOUND', `There is no benchmark run ${id}.`, { details: { id } });
}
