// The one SQLite database of the laptop: opening, schema, and small typed helpers around node:sqlite.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { AppError } from '../../shared/errors/app-error.ts';

/** Each entry is applied once, in order; `PRAGMA user_version` counts them. Entries are added, never changed. */
const MIGRATIONS = [
  `CREATE TABLE model (name TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL, imported_at_ms REAL NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (name, version)) STRICT;
   CREATE TABLE bench_result (id TEXT PRIMARY KEY, model_name TEXT NOT NULL, model_version TEXT NOT NULL, started_at_ms REAL NOT NULL, result TEXT NOT NULL) STRICT;
   CREATE TABLE signing_key (key_id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_at_ms REAL NOT NULL, public_key_pem TEXT NOT NULL) STRICT;
   CREATE TABLE bundle (name TEXT NOT NULL, version TEXT NOT NULL, digest TEXT NOT NULL, created_at_ms REAL NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (name, version)) STRICT;
   CREATE TABLE device (name TEXT PRIMARY KEY, added_at_ms REAL NOT NULL, record TEXT NOT NULL, facts TEXT) STRICT;
   CREATE TABLE rollout (id TEXT PRIMARY KEY, started_at_ms REAL NOT NULL, owner_pid INTEGER NOT NULL, rollout TEXT NOT NULL) STRICT;`,
  // Asked for by another process than the one that runs the rollout.
  `ALTER TABLE rollout ADD COLUMN abort_requested INTEGER NOT NULL DEFAULT 0;`,
  // Benchmarks as rows of runs; `owner_pid`: the process that works on it. Results without a run are of the time before.
  `CREATE TABLE bench_run (id TEXT PRIMARY KEY, started_at_ms REAL NOT NULL, finished_at_ms REAL, owner_pid INTEGER, settings TEXT NOT NULL) STRICT;
   CREATE TABLE bench_row (run_id TEXT NOT NULL REFERENCES bench_run (id) ON DELETE CASCADE, row_index INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (run_id, row_index)) STRICT;
   ALTER TABLE bench_result ADD COLUMN run_id TEXT REFERENCES bench_run (id);
   CREATE TABLE comparison (id TEXT PRIMARY KEY, started_at_ms REAL NOT NULL, comparison TEXT NOT NULL) STRICT;`,
  // `summary`: without kernels, nodes and timeline; `outline`: the nodes of the model's graph.
  `CREATE TABLE profile (id TEXT PRIMARY KEY, started_at_ms REAL NOT NULL, summary TEXT NOT NULL, profile TEXT NOT NULL, outline TEXT NOT NULL) STRICT;`,
  // Who measures on this computer; at most one row.
  `CREATE TABLE measuring (owner_pid INTEGER NOT NULL) STRICT;`,
];

type Row = Record<string, unknown>;

export interface Database {
  run(sql: string, ...values: SQLInputValue[]): { changes: number };
  get(sql: string, ...values: SQLInputValue[]): Row | undefined;
  all(sql: string, ...values: SQLInputValue[]): Row[];
  /** Runs `work` in one immediate transaction; rolled back when it throws. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/**
 * Opens (and where needed makes) `<dataDir>/lineside.db`. Several processes may hold it at once.
 * @throws FILE_UNREADABLE when the folder or the file cannot be used, or the file was written by a newer Lineside; LOCAL_DISK_FULL.
 */
export function openDatabase(dataDir: string): Database {
  const path = join(dataDir, 'lineside.db');
  let db: DatabaseSync;
  try {
    makeFolder(dataDir);
    db = new DatabaseSync(path, { timeout: 5000 });
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON');
    migrate(db, path);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unusable(dataDir, error);
  }
  return {
    run: (sql, ...values) => ({ changes: Number(db.prepare(sql).run(...values).changes) }),
    get: (sql, ...values) => db.prepare(sql).get(...values),
    all: (sql, ...values) => db.prepare(sql).all(...values),
    transaction: (work) => {
      db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        db.exec('COMMIT');
        return result;
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    close: () => db.close(),
  };
}

/** Not `mkdirSync` with `recursive`: below /proc that never returns (seen with Node 24.21). */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another Lineside that starts at the same moment.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function migrate(db: DatabaseSync, path: string): void {
  // Immediate, so that two processes which start together do not both apply the same step.
  db.exec('BEGIN IMMEDIATE');
  try {
    const version = Number(db.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (version > MIGRATIONS.length) {
      throw new AppError('FILE_UNREADABLE', `${path} was written by a newer Lineside; start that version instead.`);
    }
    for (const step of MIGRATIONS.slice(version)) db.exec(step);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

const SQLITE_FULL = 13;

function unusable(dataDir: string, error: unknown): AppError {
  const { code = '', errcode, message } = error as NodeJS.ErrnoException & { errcode?: number };
  if (code === 'ENOSPC' || errcode === SQLITE_FULL)
    return new AppError(
      'LOCAL_DISK_FULL',
      `This computer's disk is full (at ${dataDir}); free some space and try again.`,
      { cause: error },
    );
  const reasons: Readonly<Record<string, string>> = {
    EEXIST: 'it is a file',
    ENOTDIR: 'a part of its path is a file',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'its disk is read-only',
  };
  const reason = reasons[code] ?? message;
  return new AppError('FILE_UNREADABLE', `The data folder ${dataDir} cannot be used: ${reason}; name another one.`, {
    cause: error,
  });
}
