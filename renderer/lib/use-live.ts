// Hooks for streams of whole snapshots: the latest value of a job or a rollout.
import { useEffect, useState } from 'react';
import type { Job } from '../../shared/contract/jobs.ts';
import type { Rollout } from '../../shared/contract/rollouts.ts';
import type { AppError } from '../../shared/errors/app-error.ts';
import { follow } from './follow.ts';
import { useServices } from './rpc-context.tsx';

export interface Live<T> {
  readonly value: T | null;
  readonly failure: AppError | null;
  readonly isEnded: boolean;
}

const NOTHING: Live<never> = { value: null, failure: null, isEnded: false };

function useLive<T>(
  key: string | null,
  open: (key: string, signal: AbortSignal) => Promise<AsyncIterable<T>>,
): Live<T> {
  const { connection } = useServices();
  const [live, setLive] = useState<{ key: string | null; state: Live<T> }>({ key: null, state: NOTHING });
  useEffect(() => {
    if (key === null) return undefined;
    const change = (patch: Partial<Live<T>>) =>
      setLive((now) => ({ key, state: { ...(now.key === key ? now.state : NOTHING), ...patch } }));
    return follow<T>(connection, {
      open: (signal) => open(key, signal),
      onMessage: (value) => change({ value, failure: null }),
      onFailure: (failure) => change({ failure }),
      onEnd: () => change({ isEnded: true }),
    });
  }, [connection, key, open]);
  return live.key === key ? live.state : NOTHING;
}

/** The job as it goes; null: none to follow. */
export function useJob(jobId: string | null): Live<Job> {
  const { client } = useServices();
  const [open] = useState(() => (id: string, signal: AbortSignal) => client.jobs.watch({ jobId: id }, { signal }));
  return useLive<Job>(jobId, open);
}

/** The rollout as it goes; null: none to follow. */
export function useRollout(rolloutId: string | null): Live<Rollout> {
  const { client } = useServices();
  const [open] = useState(
    () => (id: string, signal: AbortSignal) => client.rollouts.watch({ rolloutId: id }, { signal }),
  );
  return useLive<Rollout>(rolloutId, open);
}
