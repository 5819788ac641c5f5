// Finished comparisons in the database.
import { type Comparison, comparisonSchema } from '../../../shared/contract/compare.ts';
import { AppError } from '../../../shared/errors/app-error.ts';
import type { Database } from '../database.ts';

export interface CompareStore {
  add(comparison: Comparison): void;
  /** Newest first. */
  list(): Comparison[];
  /** @throws NOT_FOUND */
  get(id: string): Comparison;
  /** @throws NOT_FOUND */
  remove(id: string): void;
}

export function createCompareStore(db: Database): CompareStore {
  function get(id: string): Comparison {
    const row = db.get('SELECT comparison FROM comparison WHERE id = ?', id);
    if (row) return readRow(row);
    throw new AppError('NOT_FOUND', `There is no comparison ${id}.`, { details: { id } });
  }
  return {
    get,
    add: (comparison) => {
      db.run(
        'INSERT INTO comparison (id, started_at_ms, comparison) VALUES (?, ?, ?)',
        comparison.id,
        comparison.startedAtMs,
        JSON.stringify(comparison),
      );
    },
    list: () => db.all('SELECT comparison FROM comparison ORDER BY started_at_ms DESC, rowid DESC').map(readRow),
    remove: (id) => {
      get(id);
      db.run('DELETE FROM comparison WHERE id = ?', id);
    },
  };
}

function readRow(row: Record<string, unknown>): Comparison {
  return comparisonSchema.parse(JSON.parse(String(row['comparison'])));
}
