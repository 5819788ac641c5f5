// This computer measures for one Lineside at a time: the window and the command line on the same data folder wait for each other.
import { setTimeout as delay } from 'node:timers/promises';
import { cancelled } from '../../../shared/errors/app-error.ts';
import type { Database } from '../database.ts';
import { isProcessAlive } from '../process-alive.ts';

export interface MeasuringClaim {
  /** True while another process measures. */
  isTaken(): boolean;
  /** Resolves when this process has the claim. What a killed process left is taken over. @throws CANCELLED */
  take(signal: AbortSignal): Promise<void>;
  release(): void;
}

const LOOK_AGAIN_MS = 300;

export function createMeasuringClaim(db: Database): MeasuringClaim {
  const owner = (): number | null => {
    const pid = Number(db.get('SELECT owner_pid FROM measuring')?.['owner_pid'] ?? process.pid);
    return pid !== process.pid && isProcessAlive(pid) ? pid : null;
  };

  function tryTake(): boolean {
    return db.transaction(() => {
      if (owner() !== null) return false;
      db.run('DELETE FROM measuring');
      db.run('INSERT INTO measuring (owner_pid) VALUES (?)', process.pid);
      return true;
    });
  }

  return {
    isTaken: () => owner() !== null,
    take: async (signal) => {
      while (!tryTake()) {
        await delay(LOOK_AGAIN_MS, undefined, { signal }).catch(() => {
          throw cancelled('The benchmark');
        });
      }
    },
    release: () => {
      db.run('DELETE FROM measuring WHERE owner_pid = ?', process.pid);
    },
  };
}
