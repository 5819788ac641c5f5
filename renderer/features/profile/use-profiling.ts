// Starts one or two profiles, one after the other, and says where their results are.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { useLocation } from 'wouter';
import { PATHS } from '../../lib/paths.ts';
import { useApi } from '../../lib/rpc-context.tsx';
import type { ProfileOrder } from './profile-form.tsx';

interface Work {
  readonly jobId: string;
  readonly order: ProfileOrder;
  /** Profiles that are finished. */
  readonly done: readonly string[];
}

export interface Profiling {
  readonly jobId: string | null;
  readonly isStarting: boolean;
  readonly error: unknown;
  start(order: ProfileOrder): void;
  onDone(profileId: string): void;
  onClosed(): void;
}

export function useProfiling(): Profiling {
  const api = useApi();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [work, setWork] = useState<Work | null>(null);
  const { mutate, isPending, error } = useMutation(api.profiles.start.mutationOptions());
  const begin = useCallback(
    (order: ProfileOrder, done: readonly string[]) => {
      const modelRef = order.refs[done.length];
      if (modelRef === undefined) return;
      mutate(
        { modelRef, machine: order.machine },
        { onSuccess: ({ jobId }) => setWork({ jobId, order, done }), onError: () => setWork(null) },
      );
    },
    [mutate],
  );
  const onDone = useCallback(
    (profileId: string) => {
      if (!work) return;
      const done = [...work.done, profileId];
      void queries.invalidateQueries({ queryKey: api.profiles.key() });
      if (done.length < work.order.refs.length) {
        begin(work.order, done);
        return;
      }
      setWork(null);
      const [first = profileId, second] = done;
      navigate(second === undefined ? PATHS.profile(first) : PATHS.profilePair(first, second));
    },
    [work, begin, queries, api, navigate],
  );
  return {
    jobId: work?.jobId ?? null,
    isStarting: isPending,
    error,
    start: (order) => begin(order, []),
    onDone,
    onClosed: useCallback(() => setWork(null), []),
  };
}
