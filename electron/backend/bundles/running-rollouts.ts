// Whether a rollout that is still going on needs a bundle.
import * as z from 'zod/mini';
import { type RolloutState, rolloutStateSchema } from '../../../shared/contract/rollouts.ts';
import type { Database } from '../database.ts';

const ENDED: ReadonlySet<RolloutState> = new Set(['done', 'halted', 'aborted', 'interrupted']);

const rowSchema = z.object({ id: z.string(), state: rolloutStateSchema, bundle: z.object({ digest: z.string() }) });

/** Id of a running rollout of the bundle; one whose process is gone does not run, whatever its row says. */
export function runningRolloutOf(db: Database, digest: string): string | null {
  for (const row of db.all('SELECT owner_pid, rollout FROM rollout')) {
    const rollout = rowSchema.parse(JSON.parse(String(row['rollout'])));
    if (rollout.bundle.digest === digest && !ENDED.has(rollout.state) && isAlive(Number(row['owner_pid'])))
      return rollout.id;
  }
  return null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not permitted to signal it: it lives.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
