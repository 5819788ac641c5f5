// Rollouts in the database, so that every host sees them and one that was cut off is told as such.
import { type Rollout, rolloutSchema } from '../../../shared/contract/rollouts.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../database.ts';
import { isProcessAlive } from '../process-alive.ts';

export interface RolloutStore {
  save(rollout: Rollout): void;
  /** Newest first. A running one whose process is gone is given as `interrupted`. */
  list(): Rollout[];
  /** @throws NOT_FOUND */
  get(id: string): Rollout;
  /** Asks the process that runs it to abort. */
  requestAbort(id: string): void;
  isAbortRequested(id: string): boolean;
}

const ENDED: ReadonlySet<Rollout['state']> = new Set(['done', 'halted', 'aborted', 'interrupted']);

export function isEnded(rollout: Rollout): boolean {
  return ENDED.has(rollout.state);
}

export function createRolloutStore(db: Database): RolloutStore {
  const read = (row: Record<string, unknown>): Rollout => {
    const rollout = rolloutSchema.parse(JSON.parse(String(row['rollout'])));
    if (isEnded(rollout) || isProcessAlive(Number(row['owner_pid']))) return rollout;
    return {
      ...rollout,
      state: 'interrupted',
      summary:
        'Lineside was closed while this rollout ran; devices finished or kept their old version by themselves. Deploy again to go on.',
    };
  };
  return {
    requestAbort: (id) => {
      db.run('UPDATE rollout SET abort_requested = 1 WHERE id = ?', id);
    },
    isAbortRequested: (id) => db.get('SELECT abort_requested FROM rollout WHERE id = ?', id)?.['abort_requested'] === 1,
    save: (rollout) => {
      db.run(
        'INSERT INTO rollout (id, started_at_ms, owner_pid, rollout) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET rollout = excluded.rollout',
        rollout.id,
        rollout.startedAtMs,
        process.pid,
        JSON.stringify(rollout),
      );
    },
    list: () => db.all('SELECT owner_pid, rollout FROM rollout ORDER BY started_at_ms DESC').map(read),
    get: (id) => {
      const row = db.get('SELECT owner_pid, rollout FROM rollout WHERE id = ?', id) ?? newestByPrefix(db, id);
      if (row) return read(row);
      throw new AppError('NOT_FOUND', `There is no rollout ${id}; see \`lineside rollout list\`.`, {
        details: { rollout: id },
      });
    },
  };
}

/** The command line shows short ids. */
function newestByPrefix(db: Database, id: string): Record<string, unknown> | undefined {
  if (id.length < 4 || /[^0-9a-f-]/.test(id)) return undefined;
  const rows = db.all('SELECT owner_pid, rollout FROM rollout WHERE id LIKE ?', `${id}%`);
  return rows.length === 1 ? rows[0] : undefined;
}
