// How many connections are being opened at the same time: all in all, and at one site behind its one line.
import { cancelled } from '../../../shared/errors/app-error.ts';

export interface OpeningLimits {
  /** Logins under way at the same time (default 32). */
  readonly total: number;
  /** Of these, to one site (default 8; an SSH server in its usual settings turns away more than ten). */
  readonly perSite: number;
}

export const defaultOpeningLimits: OpeningLimits = { total: 32, perSite: 8 };

export interface OpeningGate {
  /**
   * Waits for a place, first come first served within a site; a site that is full holds up no other. The returned
   * function gives the place back; calling it twice does no harm.
   * @throws CANCELLED
   */
  enter(site: string | null, signal: AbortSignal): Promise<() => void>;
}

interface Waiting {
  readonly site: string | null;
  admit(): void;
}

export function createOpeningGate(limits: OpeningLimits): OpeningGate {
  const inside = new Map<string, number>();
  let total = 0;
  let queue: Waiting[] = [];

  const hasRoom = (site: string | null): boolean =>
    total < limits.total && (site === null || (inside.get(site) ?? 0) < limits.perSite);
  const count = (site: string | null, change: 1 | -1): void => {
    total += change;
    if (site === null) return;
    const left = (inside.get(site) ?? 0) + change;
    if (left > 0) inside.set(site, left);
    else inside.delete(site);
  };
  const admitWaiting = (): void => {
    const next = queue.find(({ site }) => hasRoom(site));
    if (!next) return;
    queue = queue.filter((waiting) => waiting !== next);
    next.admit();
  };

  return {
    async enter(site, signal) {
      if (signal.aborted) throw cancelled('Connecting');
      if (hasRoom(site)) count(site, 1);
      else {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const waiting: Waiting = {
          site,
          admit() {
            count(site, 1);
            resolve();
          },
        };
        const onAbort = (): void => {
          queue = queue.filter((other) => other !== waiting);
          reject(cancelled('Connecting'));
        };
        queue.push(waiting);
        signal.addEventListener('abort', onAbort, { once: true });
        await promise.finally(() => signal.removeEventListener('abort', onAbort));
      }
      let isInside = true;
      return () => {
        if (!isInside) return;
        isInside = false;
        count(site, -1);
        admitWaiting();
      };
    },
  };
}
